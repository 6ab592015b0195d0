"""What does not help, measured."""
