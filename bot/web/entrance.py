"""A listening socket of the web server, which lets in as many connections as it was told and no more."""

import asyncio
import logging
from typing import Final

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.monitoring.metrics import METRICS, Metrics

logger = logging.getLogger(__name__)

LARGEST_BODY: Final = 2**20
SLOWEST_BODY_S: Final = 10.0
"""A body comes whole within this time or is given up."""
LONGEST_FAREWELL_S: Final = 10.0
"""What is being answered at a stop may take so long: well within the time after which Telegram gives a call up."""
KEEP_ALIVE_S: Final = 75.0
LINGERING_S: Final = 2.0
"""How long the rest of a refused body is read, so that the refusal arrives."""


class Entrance:
    """Serves one aiohttp application. Headers that come slowly are for the reverse proxy to cut off; see
    docs/deployment.md."""

    def __init__(self, site: web.Application, connections: int, metrics: Metrics = METRICS) -> None:
        self._runner = web.AppRunner(
            site,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_S,
            lingering_time=LINGERING_S,
            shutdown_timeout=LONGEST_FAREWELL_S,
        )
        self._connections = connections
        self._metrics = metrics
        self._listening: asyncio.Server | None = None
        self._crowded = False

    async def open(self, host: str, port: int) -> int:
        """Listen; answers the port, which is chosen by the system when `port` is 0. Raises OSError."""
        await self._runner.setup()
        try:
            self._listening = await asyncio.get_running_loop().create_server(self._let_in, host, port)
        except OSError:
            await self._runner.cleanup()
            raise
        return int(self._listening.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more connections, finish what is being answered."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
            await self._runner.cleanup()

    def _let_in(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        if server is not None and len(server.connections) < self._connections:
            self._crowded = False
            return server()
        self._metrics.turned_away("connections")
        if not self._crowded:
            self._crowded = True
            logger.warning("too many connections to the web server", extra={"at_most": self._connections})
        return _Refusal()


class _Refusal(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def bounded(metrics: Metrics = METRICS) -> Middleware:
    """Middleware that has read the whole body, of bearable size and in bearable time, before a handler sees it."""

    @web.middleware
    async def read_first(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.http_exception is not None:
            return await handler(request)
        if (request.content_length or 0) > LARGEST_BODY:
            return _turned_away(413, "large", metrics)
        try:
            async with asyncio.timeout(SLOWEST_BODY_S):
                await request.read()
        except TimeoutError:
            return _turned_away(408, "slow", metrics)
        except web.HTTPRequestEntityTooLarge:
            return _turned_away(413, "large", metrics)
        except (ConnectionError, aiohttp.ClientError):
            # Nobody is left to be answered; what was on its way is brought again.
            return _turned_away(400, "broken", metrics)
        return await handler(request)

    return read_first


def _turned_away(code: int, reason: str, metrics: Metrics) -> web.Response:
    metrics.turned_away(reason)
    response = web.Response(status=code)
    response.force_close()
    return response
