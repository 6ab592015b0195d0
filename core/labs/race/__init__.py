"""The fixes raced against the unfixed run."""
