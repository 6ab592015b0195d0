"""How fast the engine is, beside what one would write otherwise."""
