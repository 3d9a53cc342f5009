"""What machines ask of PostgreSQL, one request after the other, so that the same seed gives the same run.

Answers of a server come in the order in which it is done, which is chance. Here a request is only sent when nobody has
anything else to do, and the next one when whoever asked has gone on as far as they can with the answer. Whoever waits
for a lock waits in the server, as ever, while others are served; when there are none left, the wait is over in vain.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, Final

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import make_url

from services.connections import GIVEN_BACK, WatchfulConnection
from services.db import Database

ASKED: Final = frozenset(
    {"prepare", "bind_execute", "bind_execute_many", "bind", "execute", "query", "close_statement"}
)
"""What waits for the server's answer."""
SOON: Final = 0.005
"""Seconds after which somebody asks whether a request is still at work or waits for a lock; decides nothing."""
ABOUT_TO: Final = 3.0
"""Who sleeps for fewer seconds goes on before anything else happens; longer times are limits that nobody reaches."""
IN_VAIN: Final = "canceling statement due to lock timeout"

_BLOCKED: Final = "SELECT cardinality(pg_blocking_pids($1)) > 0"
_GIVE_UP: Final = "SELECT pg_cancel_backend($1)"
_SEND_HOME: Final = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = ANY($1)"


class Request:
    """One request and what came of it."""

    work: "asyncio.Future[Any]"
    """The sending and the wait for the server's answer, once it has begun."""

    def __init__(self, pid: int, send: Callable[[], Awaitable[Any]]) -> None:
        self.pid = pid
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.begun = self.given_up = False
        self._send = send

    def begin(self) -> None:
        self.begun, self.work = True, asyncio.ensure_future(self._send())

    def hand_over(self) -> None:
        """Give whoever asked the answer, if they still wait for it."""
        if self.answer.done():
            return
        failure = None if self.work.cancelled() else self.work.exception()
        if self.given_up and isinstance(failure, asyncpg.QueryCanceledError):
            failure = asyncpg.LockNotAvailableError(IN_VAIN)
        if self.work.cancelled():
            self.answer.cancel()
        elif failure is not None:
            self.answer.set_exception(failure)
        else:
            self.answer.set_result(self.work.result())


class OneByOne:
    """The order of requests to one server. Belongs to the running loop."""

    def __init__(self, url: str) -> None:
        self._where = make_url(url)
        self._waiting: deque[Request] = deque()
        self._blocked: list[Request] = []
        self._leaving: set[int] = set()
        self._serving: asyncio.Task[None] | None = None
        self._watcher: asyncpg.Connection | None = None
        self._watching = asyncio.Lock()

    def order(self, database: Database) -> None:
        """Put the database's requests into this order; before it is used. Does nothing to SQLite."""
        for engine in database.engines:
            if engine.dialect.name == "postgresql":
                event.listen(engine.sync_engine, "do_connect", self._connects)
                event.listen(engine.sync_engine, "checkin", _trust)

    async def ask(self, pid: int, send: Callable[[], Awaitable[Any]]) -> Any:
        """Send when it is its turn; answers or raises what the server does. Who is cancelled before has sent nothing,
        who is cancelled afterwards leaves the request to its end."""
        request = Request(pid, send)
        self._waiting.append(request)
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        try:
            return await request.answer
        except asyncio.CancelledError:
            if request in self._waiting:
                self._waiting.remove(request)
            elif request.begun:
                await self._end(request)
            raise

    def leaves(self, pid: int) -> None:
        """A connection ends: nothing is asked before the server has forgotten it, its transaction and its locks."""
        self._leaving.add(pid)

    async def close(self) -> None:
        """No more requests."""
        if self._watcher is not None:
            await self._watcher.close()

    async def _serve(self) -> None:
        try:
            await _idle()
            while self._waiting or self._blocked:
                await self._serve_next()
                await _idle()
        except BaseException as failure:
            for request in self._waiting:
                request.answer.set_exception(failure)
            raise
        finally:
            self._serving = None

    async def _serve_next(self) -> None:
        if self._leaving:
            await self._see_off()
        if self._waiting:
            await self._begin(self._waiting.popleft())
        elif self._blocked:
            await self._end(self._blocked[0])
        for request in list(self._blocked):
            if not await self._still_at_work(request):
                await _idle()

    async def _begin(self, request: Request) -> None:
        request.begin()
        if await self._still_at_work(request):
            self._blocked.append(request)

    async def _still_at_work(self, request: Request) -> bool:
        """Wait until the request is done, and hand over its answer; True if it waits for a lock instead."""
        while not request.work.done():
            await asyncio.wait({request.work}, timeout=SOON)
            if not request.work.done() and await self._waits_for_a_lock(request):
                return True
        self._hand_over(request)
        return False

    async def _end(self, request: Request) -> None:
        """A wait for a lock is over."""
        request.given_up = True
        while not request.work.done():
            if await self._waits_for_a_lock(request):
                await self._look(_GIVE_UP, request.pid)
            await asyncio.wait({request.work}, timeout=SOON)
        self._hand_over(request)

    async def _waits_for_a_lock(self, request: Request) -> bool:
        return bool(request.pid and await self._look(_BLOCKED, request.pid))

    def _hand_over(self, request: Request) -> None:
        if request in self._blocked:
            self._blocked.remove(request)
        request.hand_over()

    async def _see_off(self) -> None:
        while await self._look(_SEND_HOME, list(self._leaving)):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(SOON)
        self._leaving.clear()

    async def _look(self, question: str, about: object) -> Any:
        async with self._watching:
            if self._watcher is None:
                self._watcher = await asyncpg.connect(**_arguments(self._where))
            return await self._watcher.fetchval(question, about)

    def _connects(self, dialect: Any, record: Any, args: Any, options: dict[str, Any]) -> None:
        connect, order = options["async_creator_fn"], self

        class Ordered(WatchfulConnection):
            def __init__(self, protocol: Any, *rest: Any) -> None:
                super().__init__(protocol, *rest)
                self._protocol = _Protocol(protocol, order)

        async def connect_in_turn(*args: Any, **options: Any) -> Any:
            return await order.ask(0, lambda: connect(*args, **options))

        options |= {"connection_class": Ordered, "async_creator_fn": connect_in_turn}


class _Protocol:
    """The driver's line to the server, whose requests take their turn."""

    def __init__(self, protocol: Any, order: OneByOne) -> None:
        self._protocol = protocol
        self._order = order
        self._pid = protocol.get_server_pid()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._protocol, name)
        if name not in ASKED:
            return value

        return lambda *args, **named: self._order.ask(self._pid, lambda: value(*args, **named))

    async def close(self, patience: float | None) -> None:
        await self._order.ask(self._pid, lambda: self._protocol.close(patience))
        self._order.leaves(self._pid)

    def abort(self) -> None:
        self._order.leaves(self._pid)
        self._protocol.abort()


def _trust(connection: Any, record: Any) -> None:
    """How long a connection rested by the clock on the wall is not to decide what is asked."""
    record.info[GIVEN_BACK] = inf


async def _idle() -> None:
    """Come back when nobody else has anything to do, nor is about to."""
    loop: Any = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while True:
        if loop._ready:
            await asyncio.sleep(0)
        elif loop._scheduled and (wait := loop._scheduled[0].when() - loop.time()) < ABOUT_TO:
            await asyncio.sleep(max(0, wait))
        else:
            return


def _arguments(url: Any) -> dict[str, Any]:
    return {
        "user": url.username,
        "password": url.password,
        "host": url.query.get("host", url.host),
        "port": url.port,
        "database": url.database,
    }
