"""Faults on purpose in the bot's connection: latency, dropped connections, server errors, floods, doubles."""

import asyncio
import random
from dataclasses import dataclass, field, fields

from sandbox.errors import ApiError, too_many_requests
from sandbox.shapes import JsonObject

POLLING = "getupdates"


class ConnectionDropped(Exception):
    """The connection is to be closed without an answer."""


@dataclass
class Faults:
    """Switches; each applies to calls that match `method` and `chat` (None = any).

    Long polls are hit only when `method` names getUpdates. With `after_processing` a dropped call or a server
    error takes effect first and only its answer is lost. `latency` and `flood_retry_after` are seconds.
    """

    latency: float = 0.0
    drop_next: int = 0
    drop_probability: float = 0.0
    error_next: int = 0
    error_probability: float = 0.0
    error_status: int = 502
    flood_next: int = 0
    flood_retry_after: int = 1
    duplicate_updates: bool = False
    after_processing: bool = False
    method: str | None = None
    chat: int | None = None
    dice: random.Random = field(default_factory=lambda: random.Random(1), repr=False)  # nosec B311  # noqa: S311 - not a secret

    def as_json(self) -> JsonObject:
        """All switches by name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "dice"}

    def change(self, changes: JsonObject) -> None:
        """Set switches by name. Raises ValueError for an unknown name or a value of another type."""
        known = {item.name for item in fields(self)} - {"dice"}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"There is no fault named {name}.")
            current = getattr(Faults(), name)
            if name == "method":
                valid = value is None or isinstance(value, str)
            elif name == "chat":
                valid = value is None or (isinstance(value, int) and not isinstance(value, bool))
            elif isinstance(current, bool):
                valid = isinstance(value, bool)
            else:
                valid = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
            if not valid:
                raise ValueError(f"{value!r} is no value for {name}.")
        for name, value in changes.items():
            setattr(self, name, value)

    def clear(self) -> None:
        """Switch everything off."""
        self.change(Faults().as_json())

    def matches(self, method: str, chat_id: int | None) -> bool:
        """Whether a call is one that the faults are meant for."""
        if self.method is None:
            if method == POLLING:
                return False
        elif self.method.lower() != method:
            return False
        return self.chat is None or self.chat == chat_id

    async def before(self, method: str, chat_id: int | None) -> None:
        """Delay or refuse a call that is about to be carried out."""
        if not self.matches(method, chat_id):
            return
        if self.latency:
            await asyncio.sleep(self.latency)
        if self.flood_next > 0:
            self.flood_next -= 1
            raise too_many_requests(self.flood_retry_after)
        if not self.after_processing:
            self._fail()

    def after(self, method: str, chat_id: int | None) -> None:
        """Lose the answer of a call that was carried out."""
        if self.after_processing and self.matches(method, chat_id):
            self._fail()

    def _fail(self) -> None:
        if self.drop_next > 0:
            self.drop_next -= 1
            raise ConnectionDropped
        if self.error_next > 0:
            self.error_next -= 1
            raise self._server_error()
        if self.drop_probability and self.dice.random() < self.drop_probability:
            raise ConnectionDropped
        if self.error_probability and self.dice.random() < self.error_probability:
            raise self._server_error()

    def _server_error(self) -> ApiError:
        words = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
        return ApiError(self.error_status, words.get(self.error_status, "Internal Server Error"))
