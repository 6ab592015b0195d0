"""What every chart is made of: tidy rows, colours, sizes, layers."""
