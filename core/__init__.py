"""The Exploding Gradient Explorer: engine, measurements, charts, texts. The README has the map."""
