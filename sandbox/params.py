"""Parameters of a Bot API call: query, form, JSON and multipart read alike, as Telegram does."""

import json
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.multipart import BodyPartReader

from sandbox.errors import ApiError, bad_request
from sandbox.files import UPLOAD_LIMIT
from sandbox.shapes import JsonObject

ATTACHED = "attach://"
TRUE_WORDS = frozenset(("true", "yes", "1"))


@dataclass(frozen=True, slots=True)
class Upload:
    """A file part of a multipart request."""

    name: str
    data: bytes


@dataclass(slots=True)
class Params:
    """Values by parameter name; nested values may be objects or JSON text."""

    values: JsonObject = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the parameter was given at all."""
        return self.values.get(name) is not None or name in self.uploads

    def text(self, name: str, default: str = "") -> str:
        """The parameter as text."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        """The parameter as text. Raises ApiError 400 when it is missing or empty."""
        value = self.text(name)
        if not value:
            raise bad_request(f'parameter "{name}" is required')
        return value

    def integer(self, name: str, default: int = 0) -> int:
        """The parameter as a whole number; anything else counts as not given."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def decimal(self, name: str) -> float:
        """A coordinate or a duration. Raises ApiError 400 when it is no number."""
        try:
            return float(self.required(name))
        except ValueError:
            raise bad_request(f"can't parse {name}") from None

    def flag(self, name: str) -> bool:
        """The parameter as a switch."""
        return self.text(name).lower() in TRUE_WORDS

    def json(self, name: str) -> object:
        """The parameter as parsed JSON, None when not given. Raises ValueError when it is no JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        return json.loads(value) if value.strip() else None

    def file(self, reference: str, name: str) -> Upload | None:
        """The upload that a file parameter refers to, directly or as attach://part."""
        if reference.startswith(ATTACHED):
            return self.uploads.get(reference.removeprefix(ATTACHED))
        return self.uploads.get(name) if not reference else None


async def read_params(request: web.Request) -> Params:
    """Read the parameters of a call. Raises ApiError 400 for unreadable JSON and 413 for a huge upload."""
    params = Params(dict(request.query))
    kind = request.content_type
    try:
        if kind == "application/json":
            body = await request.json()
            if not isinstance(body, dict):
                raise bad_request("can't parse JSON object")
            params.values.update(body)
        elif kind == "multipart/form-data":
            await _read_parts(request, params)
        elif kind == "application/x-www-form-urlencoded":
            params.values.update(await request.post())
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise bad_request("can't parse JSON object") from None
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    return params


async def _read_parts(request: web.Request, params: Params) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read(decode=True))
        if len(data) > UPLOAD_LIMIT:
            raise ApiError(413, "Request Entity Too Large")
        if part.filename is not None:
            params.uploads[part.name] = Upload(part.filename, data)
        else:
            params.values[part.name] = data.decode()
