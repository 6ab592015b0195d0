"""Maps of where training is possible."""
