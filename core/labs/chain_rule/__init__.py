"""The product of Jacobians in full."""
