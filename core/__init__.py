"""What everything speaks of: the experiment and its URL, its steps, stories, data sets, texts; and the rooms.

docs/architecture.md has the map.
"""
