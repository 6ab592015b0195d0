"""Which threshold to clip at."""
