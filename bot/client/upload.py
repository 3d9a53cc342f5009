"""Bodies of requests that carry files: streamed piece by piece, each piece within its time."""

import asyncio
import io
from collections.abc import Mapping
from typing import IO, cast

from aiohttp import MultipartWriter, hdrs, payload
from aiohttp.abc import AbstractStreamWriter

File = tuple[str, bytes | IO[bytes], str]
"""Name, content, media type."""


class Upload(MultipartWriter):
    """The fields and files of a request. A file that was handed over open is read once, from where it stands, and
    stays open: it belongs to whoever opened it. `patience_s`: seconds that one piece may take to be sent."""

    def __init__(self, fields: Mapping[str, str], files: Mapping[str, File], patience_s: float | None) -> None:
        super().__init__("form-data")
        self._patience_s = patience_s
        for name, value in fields.items():
            self._add(payload.StringPayload(value), name=name)
        for name, (filename, content, media_type) in files.items():
            self._add(_part(content, media_type), name=name, filename=filename)

    def _add(self, part: payload.Payload, **names: str) -> None:
        # Telegram takes names as they are: percent signs would show.
        part.set_content_disposition("form-data", quote_fields=False, **names)
        part.headers.pop(hdrs.CONTENT_LENGTH, None)
        self.append_payload(part)

    async def write(self, writer: AbstractStreamWriter, close_boundary: bool = True) -> None:
        await super().write(cast("AbstractStreamWriter", _Patient(writer, self._patience_s)), close_boundary)


class _Patient:
    """Writes through to another writer. Raises TimeoutError when a piece is not taken in time."""

    def __init__(self, writer: AbstractStreamWriter, patience_s: float | None) -> None:
        self._writer = writer
        self._patience_s = patience_s

    async def write(self, piece: bytes | bytearray | memoryview) -> None:
        async with asyncio.timeout(self._patience_s):
            await self._writer.write(piece)


class _Borrowed(payload.IOBasePayload):
    """An open file of somebody else."""

    async def close(self) -> None:
        """Leave it open."""


def _part(content: bytes | IO[bytes], media_type: str) -> payload.Payload:
    if isinstance(content, bytes):
        return payload.BytesIOPayload(io.BytesIO(content), content_type=media_type)
    return _Borrowed(content, content_type=media_type)
