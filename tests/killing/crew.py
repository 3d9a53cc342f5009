"""The bot's processes, seen from the test: started, killed, stopped."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from services.clock import Clock, SystemClock

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Member:
    """One process of the bot."""

    name: str
    pid: int
    up: asyncio.Event = field(default_factory=asyncio.Event)
    buried: "asyncio.Future[int]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Crew:
    """All processes that run on one database. Use as an async context manager: at its end none is left."""

    def __init__(self, clock: Clock, desk: int, log: Path, settings: Callable[[str], Mapping[str, Any]]) -> None:
        self._clock = clock
        self._desk = desk
        self.log = log
        self._settings = settings
        self._nursery: Process
        self._reading: asyncio.Task[None]
        self._born: dict[str, asyncio.Future[Member]] = {}
        self._graves: dict[int, asyncio.Future[int]] = {}
        self.members: dict[str, Member] = {}

    async def __aenter__(self) -> Self:
        self._nursery = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.killing.nursery", stdin=PIPE, stdout=PIPE, cwd=ROOT
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        for member in list(self.members.values()):
            await self.kill(member.name)
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        await self._nursery.wait()
        await self._reading

    async def start(self, name: str) -> Member:
        """Start a process of that name; answers before it is `up`."""
        born: asyncio.Future[Member] = asyncio.get_running_loop().create_future()
        self._born[name] = born
        now = {"now": self._clock.now().isoformat(), "at": SystemClock().now().isoformat()}
        order = {"do": "bear", "name": name, "settings": self._settings(name), "desk": self._desk}
        self._order({**order, **now, "log": str(self.log)})
        return await born

    async def kill(self, name: str) -> None:
        """End it in the middle of whatever it does; returns when nothing of it is left."""
        self.strike(name)
        await self.bury(name)

    def strike(self, name: str) -> None:
        """The same at this very moment, without waiting for the end."""
        os.kill(self.members[name].pid, signal.SIGKILL)

    async def bury(self, name: str) -> int:
        """Wait for the end of a process that was told to end; answers its status."""
        member = self.members.pop(name)
        self._order({"do": "bury", "pid": member.pid})
        return await member.buried

    async def stop(self, name: str) -> int:
        """Ask it to end, as systemd does at a stop, and wait until it has; answers its status."""
        os.kill(self.members[name].pid, signal.SIGTERM)
        return await self.bury(name)

    def logged(self) -> list[dict[str, Any]]:
        """What the processes logged as a warning or worse."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [json.loads(line) if line.startswith("{") else {"level": "error", "event": line} for line in lines]

    def complaints(self) -> list[dict[str, Any]]:
        """What of it was an error."""
        return [entry for entry in self.logged() if entry["level"] in ("error", "critical")]

    def _order(self, order: Mapping[str, Any]) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(order).encode() + b"\n")

    async def _read(self) -> None:
        assert self._nursery.stdout is not None
        async for line in self._nursery.stdout:
            kind, *rest = line.decode().split()
            if kind == "born":
                name, pid = rest
                member = self.members[name] = Member(name, int(pid))
                self._graves[member.pid] = member.buried
                self._born.pop(name).set_result(member)
            elif kind == "up":
                for member in self.members.values():
                    if member.pid == int(rest[0]):
                        member.up.set()
            elif kind == "buried":
                self._graves.pop(int(rest[0])).set_result(int(rest[1]))
