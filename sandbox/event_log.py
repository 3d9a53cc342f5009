"""What a person's phone is told, numbered without gaps so that a reader can resume anywhere."""

from sandbox.bell import Bell
from sandbox.shapes import JsonObject


class EventLog:
    """All events of one person; the first has the number 1."""

    def __init__(self) -> None:
        self.changed = Bell()
        self._events: list[JsonObject] = []
        self._closed = False

    @property
    def last(self) -> int:
        """Number of the newest event, 0 before the first."""
        return len(self._events)

    @property
    def closed(self) -> bool:
        """Whether nothing will follow any more."""
        return self._closed

    def add(self, event: JsonObject) -> None:
        """Append an event and wake its readers."""
        self._events.append({**event, "seq": len(self._events) + 1})
        self.changed.ring()

    def after(self, number: int) -> list[JsonObject]:
        """All events with a higher number."""
        return self._events[max(number, 0) :]

    def close(self) -> None:
        """Let every reader finish."""
        self._closed = True
        self.changed.ring()
