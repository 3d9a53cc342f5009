"""A door between a client and a server, which can be shut."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Self

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
PIECE = 2**16


class Gate:
    """Listens on a port of its own and passes everything on to `server`. Use as an async context manager."""

    def __init__(self, server: Callable[[], Awaitable[Line]]) -> None:
        self._server = server
        self._listening: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._moving = asyncio.Event()
        self._moving.set()
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()

    async def open(self) -> None:
        """Let clients in again, on the same port as before."""
        self._listening = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Refuse everybody, and cut the lines of those inside."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def freeze(self) -> None:
        """Keep what is sent either way, and every line open, as a server does that is stopped in its tracks."""
        self._moving.clear()

    def thaw(self) -> None:
        """Let everything go on."""
        self._moving.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.ensure_future(self._serve(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await line

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inside = await self._server()
        except OSError:
            writer.transport.abort()
            return
        ways = [asyncio.create_task(self._carry(*way)) for way in ((reader, inside[1]), (inside[0], writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, inside[1]):
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await self._moving.wait()
            writer.write(piece)
            await writer.drain()
