"""The cliff in the loss surface."""
