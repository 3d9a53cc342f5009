"""The web server: Telegram's webhook, and what a supervisor asks to know whether all is well."""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from bot.intake import is_numbered
from bot.sender import OutboxSender
from services.clock import Clock

logger = logging.getLogger(__name__)

PROOF_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
LARGEST_UPDATE: Final = 2**20
LONGEST_LAG: Final = timedelta(minutes=5)
"""A sender that has not looked at the outbox for longer has stopped."""

TakeIn = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Returns when the update is stored."""
CheckDatabase = Callable[[], Awaitable[None]]
"""Returns when the database answers, raises when it does not."""


class WebServer:
    """`POST /telegram` hands updates to the application, `GET /health` tells how it does, `GET /ready` whether it
    takes updates. Payment gateways add their callbacks to `routes` before the start."""

    def __init__(
        self,
        take_in: TakeIn,
        sender: OutboxSender,
        clock: Clock,
        check_database: CheckDatabase,
        secret: str | None = None,
    ) -> None:
        self._take_in = take_in
        self._stopping = False
        self._sender = sender
        self._clock = clock
        self._check_database = check_database
        self._secret = secret
        self.site = web.Application(client_max_size=LARGEST_UPDATE)
        self.site.add_routes([web.get("/health", self._health), web.get("/ready", self._ready)])
        if secret:
            self.site.add_routes([web.post("/telegram", self._telegram)])
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; answers the port, which is chosen by the system when `port` is 0."""
        self._runner = web.AppRunner(self.site, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        self._stopping = True
        if self._runner is not None:
            await self._runner.cleanup()

    async def _telegram(self, request: web.Request) -> web.Response:
        """Take an update. It is answered when it is stored, not when it is handled: Telegram would send it again while
        a slow answer is prepared."""
        given = request.headers.get(PROOF_HEADER, "")
        if not hmac.compare_digest(given.encode(), (self._secret or "").encode()):
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
        except Exception as failure:  # noqa: BLE001 - Telegram brings it again
            logger.error("an update could not be stored", extra={"kind": type(failure).__name__})
            return web.Response(status=503)
        return web.Response()

    async def _health(self, request: web.Request) -> web.Response:
        lag = self._clock.now() - self._sender.looked_at
        state = {
            "database": await self._database_answers(),
            "sender": lag <= LONGEST_LAG,
        }
        body = {
            **state,
            "sender_lag_seconds": int(lag.total_seconds()),
        }
        return web.json_response(body, status=200 if all(state.values()) else 503)

    async def _ready(self, request: web.Request) -> web.Response:
        return web.Response(status=503 if self._stopping or not await self._database_answers() else 200)

    async def _database_answers(self) -> bool:
        try:
            await self._check_database()
        except Exception as failure:  # noqa: BLE001 - whatever the driver raises, the answer is no
            logger.warning("the database does not answer", extra={"kind": type(failure).__name__})
            return False
        return True
