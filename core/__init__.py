"""The Exploding Gradient Explorer's engine, measurements, charts and texts. See DESIGN in docs/."""
