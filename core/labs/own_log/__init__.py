"""A log of the visitor's own."""
