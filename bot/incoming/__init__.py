"""The way of an update: taken in, handled as a turn, answered in its own time."""
