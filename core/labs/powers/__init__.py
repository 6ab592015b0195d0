"""Equal factors, multiplied."""
