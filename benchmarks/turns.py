"""A full turn of a borrower, against an echo; and while many messages are being sent."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count, islice
from pathlib import Path
from typing import Final

from benchmarks.bots import Loanline, Stage, applicants, bare_echo, library_echo, loanline
from benchmarks.postgres import MISSING, postgresql
from benchmarks.results import Goal, Line, Part, line_of, lines_of
from benchmarks.timing import Pace, Timing, collector_off
from services.backlogs import Backlogs
from services.messages.outbox import MessageClass, enqueue

TURN: Final = "Loanline, SQLite"
TURN_ON_POSTGRES: Final = "Loanline, PostgreSQL"
ECHO: Final = "echo of the library, its own client"
BARE: Final = "echo of bare aiohttp"
ALONE: Final = "one at a time"
TOGETHER: Final = "50 at once"
AT_ONCE: Final = {ALONE: 1, TOGETHER: 50}

IDLE: Final = "p99 of the wait, idle"
SENDING: Final = "p99 of the wait, bulk run under way"
STEADY: Final = 20
"""Borrowers who are served while messages are sent."""
THINKING_S: Final = 1.0
"""Between a reply and the next line of one of them."""

TURN_LIMIT: Final = 1.0
SENDING_LIMIT: Final = 2.0
FIRST_PERSON: Final = 5001


class Crowd:
    """Persons nobody has spoken as yet."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(FIRST_PERSON)

    def next(self, many: int) -> list[int]:
        """So many of them."""
        return list(islice(self._numbers, many))


async def measure(pace: Pace) -> Part:
    """Processor time of one turn or echo, all contenders in turns with the same lines of the same number of persons."""
    many = max(pace.persons, 2)
    found: dict[str, dict[str, list[float]]] = {case: {} for case in AT_ONCE}
    async with _contenders() as stages:
        crowd = Crowd()
        for _ in range(pace.long_rounds + 1):
            for case, at_once in AT_ONCE.items():
                for name, stage in stages.items():
                    persons = crowd.next(many if at_once > 1 else max(many // 5, 2))
                    if isinstance(stage, Loanline):
                        await stage.settle(persons)
                    with collector_off():
                        played = await stage.play(applicants(persons), at_once=at_once)
                    found[case].setdefault(name, []).append(played.processor)
        lines: list[Line] = []
        for case, seconds in found.items():
            # The first round warms up: statements are compiled, connections opened.
            lines += lines_of(case, {name: Timing(tuple(each[1:])) for name, each in seconds.items()}, ECHO)
        skipped = () if TURN_ON_POSTGRES in stages else (MISSING,)
    goals = [
        Goal(f"a full turn under an echo, {name}, {case}", line_of(lines, case, name).ratio, TURN_LIMIT)
        for case in AT_ONCE
        for name in stages
        if isinstance(stages[name], Loanline)
    ]
    return Part("A turn: processor time", tuple(lines), tuple(goals), skipped)


@asynccontextmanager
async def _contenders() -> AsyncIterator[Mapping[str, Stage]]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loanline-benchmark-")))
        stages: dict[str, Stage] = {
            BARE: await stack.enter_async_context(bare_echo()),
            ECHO: await stack.enter_async_context(library_echo()),
            TURN: await stack.enter_async_context(loanline(folder)),
        }
        server = stack.enter_context(postgresql())
        if server is not None:
            stages[TURN_ON_POSTGRES] = await stack.enter_async_context(loanline(folder, server.url))
        yield stages


async def measure_beside_a_bulk_run(pace: Pace) -> Part:
    """How long a reply takes while the outbox is sent as fast as it may be, against a bot with nothing else to do."""
    persons = max(STEADY, pace.persons) if pace.persons > 10 else pace.persons
    idle, sending = [], []
    with tempfile.TemporaryDirectory(prefix="loanline-benchmark-") as folder:
        async with loanline(Path(folder)) as bot:
            crowd = Crowd()
            await bot.settle(warm := crowd.next(persons))
            await bot.play(applicants(warm), at_once=STEADY)
            for _ in range(pace.long_rounds):
                idle.append(await _p99(bot, crowd.next(persons)))
                async with _bulk_run(bot, crowd.next(1)[0]):
                    sending.append(await _p99(bot, crowd.next(persons)))
    lines = lines_of("20 at once", {IDLE: Timing(tuple(idle)), SENDING: Timing(tuple(sending))}, IDLE)
    says = "p99 of a turn beside a bulk run against idle"
    goal = Goal(says, line_of(lines, "20 at once", SENDING).ratio, SENDING_LIMIT)
    return Part("A turn beside a bulk run: wall time", tuple(lines), (goal,))


async def _p99(bot: Loanline, persons: list[int]) -> float:
    await bot.settle(persons)
    played = await bot.play(applicants(persons), at_once=STEADY, thinking=THINKING_S)
    return played.wait(0.99)


@asynccontextmanager
async def _bulk_run(bot: Loanline, number: int) -> AsyncIterator[None]:
    """Messages to many borrowers, enough of them that the run does not end before the block."""
    running = asyncio.create_task(_keep_owing(bot, number))
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _keep_owing(bot: Loanline, first: int) -> None:
    services = bot.process.services
    database, clock = bot.process.database, bot.process.clock
    backlogs = Backlogs(database, clock)
    borrowers = [(await services.borrowers.meet(first * 1000 + place)).id for place in range(100)]
    for batch in count():
        now = clock.now()
        async with database.transaction() as session:
            for borrower_id in borrowers:
                await enqueue(
                    session,
                    now=now,
                    kind="conversation_ended",
                    borrower_id=borrower_id,
                    message_class=MessageClass.SERVICE,
                    params={"reference": "H-BENCHMARK", "officer_name": "Wang"},
                    dedupe_key=f"benchmark:{first}:{batch}:{borrower_id}",
                )
        while (await backlogs.messages())[MessageClass.SERVICE].count > len(borrowers):  # noqa: ASYNC110 - a run tells nobody
            await asyncio.sleep(0.05)
