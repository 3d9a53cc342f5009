"""Reading what phones send, and the numbers that let them follow the event stream."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.errors import PhoneError
from sandbox.shapes import JsonObject
from sandbox.world import World

SEQ_HEADER = "X-Seq"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a request."""

    values: JsonObject

    def text(self, name: str) -> str:
        """A text, empty when missing. Raises PhoneError 400 for anything but text."""
        value = self.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise PhoneError(400, f"{name} has to be text.")
        return value

    def integer(self, name: str) -> int | None:
        """A whole number, None when missing. Raises PhoneError 400 for anything else."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            return int(str(value))
        except ValueError:
            raise PhoneError(400, f"{name} has to be a whole number.") from None

    def required_integer(self, name: str) -> int:
        """A whole number. Raises PhoneError 400 when it is missing."""
        value = self.integer(name)
        if value is None:
            raise PhoneError(400, f"{name} is missing.")
        return value

    def decimal(self, name: str) -> float:
        """A number. Raises PhoneError 400 when it is missing or none."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise PhoneError(400, f"{name} has to be a number.")
        return float(value)


async def read_body(request: web.Request) -> Body:
    """The JSON object of a request, empty when it has no body. Raises PhoneError 400 for anything else."""
    raw = await request.text()
    if not raw.strip():
        return Body({})
    try:
        value = json.loads(raw)
    except json.JSONDecodeError:
        raise PhoneError(400, "The request is no JSON.") from None
    if not isinstance(value, dict):
        raise PhoneError(400, "The request is no JSON object.")
    return Body(value)


def event_number(world: World, person_id: int) -> int:
    """Number of the newest event on the person's stream."""
    return world.events[person_id].last


def seq_header(world: World, person_id: int) -> dict[str, str]:
    """The header that tells from which event on a reader of this answer has to follow the stream."""
    return {SEQ_HEADER: str(event_number(world, person_id))}


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a PhoneError into its JSON answer."""
    try:
        return await handler(request)
    except PhoneError as error:
        return web.json_response({"error": error.reason}, status=error.code)
