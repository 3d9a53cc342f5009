"""The sandbox in a process of its own, with people who have started the bot and a count of what it refused."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from time import process_time
from typing import Final

from bot.garbage import look_seldom
from sandbox import FloodControl, Sandbox
from sandbox.errors import ApiError

TOKEN: Final = "123456:" + "B" * 35
FIRST_PERSON: Final = 1_000_001
GROUP_TITLE: Final = "Desk"
PATIENCE_SECONDS: Final = 60.0


class CountingFloodControl(FloodControl):
    """Counts what passes and what is refused."""

    passed = 0
    refused = 0

    def spend(self, chat_id: int, *, group: bool, messages: int = 1) -> None:
        try:
            super().spend(chat_id, group=group, messages=messages)
        except ApiError:
            self.refused += 1
            raise
        self.passed += messages


@dataclass(frozen=True, slots=True)
class Count:
    """Messages that passed, calls that were refused with 429, processor seconds of the sandbox."""

    passed: int
    refused: int
    processor: float


class FarSandbox:
    """The sandbox as seen from here."""

    def __init__(self, base_url: str, line: Connection) -> None:
        self.base_url = base_url
        self._line = line

    def count(self) -> Count:
        """What has come so far."""
        self._line.send(("count", None))
        return Count(*self._line.recv())

    def limit(self, factor: float | None) -> None:
        """Multiply the limits by `factor` from here on, None for no limits, and count anew."""
        self._line.send(("limit", factor))
        self._line.recv()


@contextmanager
def far_sandbox(people: int) -> Iterator[FarSandbox]:
    """A sandbox with so many people, ids from `FIRST_PERSON` on."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(theirs, people), daemon=True)
    process.start()
    theirs.close()
    try:
        yield FarSandbox(f"http://127.0.0.1:{ours.recv()}", ours)
    finally:
        ours.close()
        process.join(PATIENCE_SECONDS)
        process.close()


def serve(line: Connection, people: int) -> None:
    """Run the sandbox: send the port, answer questions, stop when the other end of the line closes."""
    asyncio.run(_serve(line, people))


async def _serve(line: Connection, people: int) -> None:
    sandbox = Sandbox(TOKEN, "Loanline", "loanline_bot", lambda: datetime.now(UTC))
    for number in range(people):
        sandbox.add_person("Lin", user_id=FIRST_PERSON + number)
        sandbox.world.chats[FIRST_PERSON + number].started = True
    limits = sandbox.world.limits = CountingFloodControl()
    look_seldom()
    await sandbox.start()
    line.send(int(sandbox.base_url.rpartition(":")[2]))
    while (asked := await asyncio.to_thread(_asked, line)) is not None:
        what, factor = asked
        if what == "limit":
            limits.passed = limits.refused = 0
            limits.enabled, limits.factor = factor is not None, factor or 1.0
            limits.reset()
        line.send((limits.passed, limits.refused, process_time()))
    await sandbox.stop()


def _asked(line: Connection) -> tuple[str, float | None] | None:
    try:
        what, factor = line.recv()
        return what, factor
    except EOFError:
        return None
