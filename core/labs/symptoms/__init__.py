"""What the rules found in a run."""
