"""How a run that diverged came to its end."""
