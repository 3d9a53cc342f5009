"""The web server: for Telegram and payment gateways outside, for supervisor and Prometheus inside."""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from bot.incoming.intake import is_numbered
from bot.monitoring.metrics import CONTENT_TYPE, METRICS, Look, Metrics
from bot.monitoring.readiness import Readiness
from bot.web.entrance import LARGEST_BODY, Entrance, bounded
from bot.web.payment_callbacks import PATH, PaymentCallbacks

logger = logging.getLogger(__name__)

PROOF_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
MOST_CONNECTIONS: Final = 200
"""Of the outside: Telegram opens 40 by default and 100 at most, which leaves room for gateways."""
MOST_INTERNAL_CONNECTIONS: Final = 20

TakeIn = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Returns when the update is stored."""


class WebServer:
    """Two doors, each on its own address, either of which may stay shut.

    Outside: `POST /telegram` takes updates, `POST /payments/<gateway>` what gateways confirm. Inside, for the own
    network only: `GET /health` answers while the process lives, `GET /ready` tells whether it can work (503 if not)
    with every check by name, `GET /metrics` is for Prometheus.
    """

    def __init__(
        self,
        take_in: TakeIn,
        readiness: Readiness,
        *,
        secrets: Sequence[str] = (),
        callbacks: PaymentCallbacks | None = None,
        looks: Sequence[Look] = (),
        metrics: Metrics = METRICS,
        connections: int = MOST_CONNECTIONS,
    ) -> None:
        """`looks` are taken before the figures are shown."""
        self._take_in = take_in
        self._readiness = readiness
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._metrics = metrics
        self._looks = (*looks, self._look)
        self._outside = Entrance(self._outer_site(callbacks), connections, metrics)
        self._inside = Entrance(self._inner_site(), MOST_INTERNAL_CONNECTIONS, metrics)

    def _outer_site(self, callbacks: PaymentCallbacks | None) -> web.Application:
        site = web.Application(client_max_size=LARGEST_BODY, middlewares=[bounded(self._metrics)])
        if self._secrets:
            site.add_routes([web.post("/telegram", self._telegram)])
        if callbacks:
            site.add_routes([web.post(PATH, callbacks.handle)])
        return site

    def _inner_site(self) -> web.Application:
        site = web.Application()
        pages = {"/health": self._health, "/ready": self._ready, "/metrics": self._page}
        site.add_routes([web.get(path, page) for path, page in pages.items()])
        return site

    async def start(self, host: str, port: int) -> int:
        """Let Telegram and gateways in; answers the port, which is chosen by the system when `port` is 0."""
        return await self._outside.open(host, port)

    async def start_internal(self, host: str, port: int) -> int:
        """Let supervisor and Prometheus in; answers the port likewise."""
        return await self._inside.open(host, port)

    async def stop(self) -> None:
        """Take nothing more from outside, and answer what was asked."""
        self._readiness.stop()
        await self._outside.close()

    async def stop_internal(self) -> None:
        """The last thing to close: until then it tells that the process is stopping."""
        await self._inside.close()

    async def _telegram(self, request: web.Request) -> web.Response:
        """Take an update. It is answered when it is stored, not when it is handled: Telegram would send it again while
        a slow answer is prepared."""
        given = request.headers.get(PROOF_HEADER, "")
        if not any(hmac.compare_digest(given.encode(), secret) for secret in self._secrets):
            return web.Response(status=403)
        try:
            update = await request.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            update = None
        if not is_numbered(update):
            logger.warning("an update could not be read")
            return web.Response(status=400)
        try:
            await self._take_in(update)
        except Exception:  # noqa: BLE001 - Telegram brings it again, and the intake tells of the outage once
            return web.Response(status=503)
        return web.Response()

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _ready(self, request: web.Request) -> web.Response:
        found = await self._readiness.look()
        return web.json_response(found, status=200 if all(found.values()) else 503)

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(body=await self._metrics.page(self._looks), headers={"Content-Type": CONTENT_TYPE})

    async def _look(self) -> None:
        await self._readiness.look()
