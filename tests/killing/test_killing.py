"""Processes are killed a hundred times while people apply, repay and are written to: nothing is lost, and nothing is
doubled but what was on its way."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest

from services.money import Money
from tests.conversations.debtors import Debtor
from tests.killing.battlefield import NAMES, Battlefield
from tests.killing.borrowers import Borrower, apply, repay, transfer
from tests.killing.reckoning import reckon

pytestmark = pytest.mark.postgres

KILLS = int(os.environ.get("KILLS", "20"))
"""`make killing` has a hundred."""
SEED = 20260302
REPAYING, APPLYING = 4, 4
WAVE = 15
"""Borrowers who are owed a reminder, added for every few kills."""
KILLS_A_WAVE = 5
logger = logging.getLogger(__name__)


def free_ports() -> Mapping[str, int]:
    """A port for each process, on which nobody listens."""
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return {name: int(each.getsockname()[1]) for name, each in zip(NAMES, (one, two), strict=True)}


async def keep_applying(town: Battlefield) -> list[Borrower]:
    """One applicant after the other, as long as there is killing; answers those who submitted."""
    submitted = []
    while not town.reaper.over.is_set():
        borrower = town.using(await town.newcomer())
        await apply(borrower)
        submitted.append(borrower)
    return submitted


async def keep_repaying(town: Battlefield, debtor: Debtor, number: int) -> list[Borrower]:
    """A little at a time, each time another amount: in the chat, and now and then by transfer."""
    borrower = town.using(debtor.person)
    for turn in count():
        if town.reaper.over.is_set():
            return [borrower]
        amount = Money.from_minor(1_000 + 100 * number + turn, "CNY")
        await (transfer if turn % 4 == 3 else repay)(borrower, amount)
    raise AssertionError("nobody counts to the end")


async def keep_writing(town: Battlefield) -> None:
    """More and more borrowers are owed a reminder; the bot's own daily work finds them."""
    waves = 0
    while not town.reaper.over.is_set():
        if town.reaper.toll.kills >= waves * KILLS_A_WAVE:
            waves += 1
            await town.bulk.add(WAVE)
        await town.ear.changed.wait(0.5)


@pytest.mark.parametrize(
    ("brought", "kills"), [(False, KILLS * 6 // 10), (True, KILLS * 4 // 10)], ids=["fetched", "brought"]
)
async def test_whoever_is_killed_nothing_is_lost_and_nothing_doubled_but_what_was_on_its_way(
    tmp_path: Path, postgres_server: str, postgres_name: str, brought: bool, kills: int
) -> None:
    async with AsyncExitStack() as stack:
        ports = free_ports() if brought else None
        town = Battlefield(tmp_path, stack, postgres_server, postgres_name, seed=SEED, kills=kills, ports=ports)
        await town.open()
        debtors = [await town.with_loan() for _ in range(REPAYING)]
        for name in NAMES:
            await town.crew.start(name)
        async with asyncio.TaskGroup() as people:
            people.create_task(town.reaper.run())
            people.create_task(keep_writing(town))
            busy = [people.create_task(keep_applying(town)) for _ in range(APPLYING)]
            busy += [people.create_task(keep_repaying(town, *each)) for each in zip(debtors, count(), strict=False)]
        await town.all_settled()
        for task in busy:
            for borrower in task.result():
                await borrower.say("/help")
        await town.all_settled()
        logger.info("%s %s", await reckon(town), town.reaper.toll)
        assert town.reaper.toll.kills == kills
        assert town.reaper.toll.turns
        assert town.crew.complaints() == []


async def test_a_normal_stop_loses_nothing_and_doubles_nothing(
    tmp_path: Path, postgres_server: str, postgres_name: str
) -> None:
    async with AsyncExitStack() as stack:
        town = Battlefield(tmp_path, stack, postgres_server, postgres_name, seed=SEED, kills=0)
        await town.open()
        await town.bulk.add(4 * WAVE)
        await town.services.notices.plan()
        for name in NAMES:
            await (await town.crew.start(name)).up.wait()
        for name in 3 * NAMES:
            assert await town.crew.stop(name) == 0
            await (await town.crew.start(name)).up.wait()
        await town.all_settled()
        assert not (await reckon(town)).doubled
        assert town.crew.complaints() == []
