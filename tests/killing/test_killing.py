"""Processes are killed a hundred times while people apply, repay and are written to: nothing is lost, and nothing is
doubled but what was on its way."""

import asyncio
import socket
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest

from services.money import Money
from tests.conversations.debtors import Debtor
from tests.killing.battlefield import NAMES, Battlefield
from tests.killing.borrowers import apply, repay, transfer
from tests.killing.reckoning import reckon

pytestmark = pytest.mark.postgres

SEED = 20260302
REPAYING, APPLYING = 4, 4
WAVE = 12
"""Borrowers who are owed a reminder, added for every few kills."""
KILLS_A_WAVE = 5


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def keep_applying(town: Battlefield) -> int:
    """One applicant after the other, as long as there is killing."""
    submitted = 0
    while not town.reaper.over.is_set():
        borrower = town.using(await town.newcomer())
        await apply(borrower)
        submitted += 1
    return submitted


async def keep_repaying(town: Battlefield, debtor: Debtor, number: int) -> None:
    """A little at a time, each time another amount: in the chat, and now and then by transfer."""
    borrower = town.using(debtor.person)
    for turn in count():
        if town.reaper.over.is_set():
            return
        amount = Money.from_minor(1_000 + 100 * number + turn, "CNY")
        await (transfer if turn % 4 == 3 else repay)(borrower, amount)


async def keep_writing(town: Battlefield) -> None:
    """More and more borrowers are owed a reminder; the bot's own daily work finds them."""
    waves = 0
    while not town.reaper.over.is_set():
        if town.reaper.toll.kills >= waves * KILLS_A_WAVE:
            waves += 1
            await town.bulk.add(WAVE)
        await town.ear.changed.wait(1.0)


async def test_a_hundred_kills(tmp_path: Path, postgres_server: str, postgres_name: str) -> None:
    async with AsyncExitStack() as stack:
        town = Battlefield(tmp_path, stack, postgres_server, postgres_name, seed=SEED, kills=100)
        await town.open()
        debtors = [await town.with_loan() for _ in range(REPAYING)]
        for name in NAMES:
            await town.crew.start(name)
        async with asyncio.TaskGroup() as people:
            people.create_task(town.reaper.run())
            people.create_task(keep_writing(town))
            applying = [people.create_task(keep_applying(town)) for _ in range(APPLYING)]
            for number, debtor in enumerate(debtors):
                people.create_task(keep_repaying(town, debtor, number))
        print(town.reaper.toll, [each.result() for each in applying])
        await town.all_settled()
        print(await reckon(town))
        assert town.crew.complaints() == []
