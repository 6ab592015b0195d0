"""Pictures of a run, played like a film."""
