"""Every combination of fixes, over several seeds."""
