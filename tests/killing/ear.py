"""What happens, as the test hears of it: each update that Telegram has, each call of the bot, each commit."""

import asyncio
from collections.abc import Callable
from typing import Self

import asyncpg

from sandbox import Faults, Sandbox
from sandbox.bell import Bell
from sandbox.shapes import JsonObject
from sandbox.updates import FIRST_UPDATE_ID, UpdateQueue
from sandbox.webhook import Webhook

TRIGGERS = """
CREATE FUNCTION tell_of_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('committed', TG_TABLE_NAME); RETURN NULL; END $$;
CREATE FUNCTION tell_of_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('handled', NEW.update_id::text); RETURN NULL; END $$;
CREATE TRIGGER handled AFTER UPDATE ON inbox FOR EACH ROW
    WHEN (OLD.done_at IS NULL AND NEW.done_at IS NOT NULL) EXECUTE FUNCTION tell_of_update();
"""
TABLES = ("inbox", "outbox", "payments", "applications", "conversations")

Happened = Callable[[str], None]
"""Told of everything that happens, by a name."""


class Ear:
    """Listens to the sandbox and to the database."""

    def __init__(self, sandbox: Sandbox, happened: Happened) -> None:
        self.delivered: dict[int, int] = {}
        """Chat of each update that the sandbox had for the bot."""
        self.changed = Bell()
        self._open: dict[int, set[int]] = {}
        self._happened = happened
        self._line: asyncpg.Connection
        world = sandbox.world
        world.faults = Listening(happened)
        world.updates = Noting(world.faults, self._put)
        world.webhook = Webhook(world.updates, world.now)

    async def open(self, socket: str, database: str) -> Self:
        """Begin to listen to the database."""
        self._line = await asyncpg.connect(host=socket, database=database, user="postgres")
        commits = (
            f"CREATE TRIGGER committed AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION tell_of_commit()"
            for table in TABLES
        )
        await self._line.execute(TRIGGERS + ";".join(commits))
        await self._line.add_listener("handled", self._handled)
        await self._line.add_listener("committed", self._committed)
        return self

    async def close(self) -> None:
        await self._line.close()

    async def quiet(self, chat_id: int | None = None) -> None:
        """Return once every update, of the chat or at all, is handled."""
        while self._open.get(chat_id) if chat_id is not None else any(self._open.values()):
            await self.changed.wait()

    def _put(self, update_id: int, chat_id: int) -> None:
        self.delivered[update_id] = chat_id
        self._open.setdefault(chat_id, set()).add(update_id)

    def _handled(self, _: object, __: int, ___: str, update_id: object) -> None:
        number = int(str(update_id))
        self._open[self.delivered[number]].discard(number)
        self.changed.ring()

    def _committed(self, _: object, __: int, ___: str, table: object) -> None:
        self._happened(f"commit {table}")


class Noting(UpdateQueue):
    """A queue that tells of each update that it takes."""

    def __init__(self, faults: Faults, put: Callable[[int, int], None]) -> None:
        super().__init__(faults)
        self._noted = put
        self._count = 0

    def put(self, kind: str, body: JsonObject, chat_id: int) -> None:
        before = len(self)
        super().put(kind, body, chat_id)
        if len(self) > before:
            self._noted(FIRST_UPDATE_ID + self._count, chat_id)
            self._count += 1


class Listening(Faults):
    """No fault, but an event with each call of the bot: before it is carried out, and before it is answered."""

    def __init__(self, happened: Happened) -> None:
        super().__init__()
        self._happened = happened

    async def before(self, method: str, chat_id: int | None) -> None:
        await super().before(method, chat_id)
        if method != "getupdates":
            self._happened(f"call {method}")
            await asyncio.sleep(0)

    def after(self, method: str, chat_id: int | None) -> None:
        super().after(method, chat_id)
        if method != "getupdates":
            self._happened(f"answer {method}")
