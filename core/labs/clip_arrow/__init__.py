"""A gradient as an arrow, and what clipping does to it."""
