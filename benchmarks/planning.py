"""A day's notices and accruals of a large lender."""

import gc
import resource
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

import asyncpg

from benchmarks.lender_at_scale import TODAY, fill_books, fill_portfolio, noon
from benchmarks.postgres import MISSING, Server, postgresql
from benchmarks.results import About, Goal, Line, Part, line_of, lines_of
from benchmarks.timing import Pace, Timing
from services import schema
from services.clock import SteppedClock
from services.configuration.lender import load_lender
from services.db import Database
from services.lending.daily_accruals import accrue_all
from services.reminders.notices import Notices

CONFIG: Final = Path(__file__).resolve().parent.parent / "config"
BOOKS: Final = 2_000
"""Loans whose accrual is timed: the time of one does not depend on how many there are."""
BARE, PLANNER = "bare INSERT … SELECT", "planner"
REPLAYED, TOLD = "replayed and foretold", "foretold"
PLANNING_LIMIT: Final = 1.5
GROWTH_LIMIT_MB: Final = 16.0

# The rows are picked by what is known of how they were made, with no look at what was sent before.
_BARE = (
    """INSERT INTO outbox (dedupe_key, kind, message_class, borrower_id, loan_id, params, status, attempts, created_at,
        next_attempt_at)
    SELECT 'loan:' || l.id || ':installment:' || i.number || ':reminder:' || (i.due_on - $1::date), 'reminder',
        'reminder', l.borrower_id, l.id, json_build_object('loan_reference', l.reference, 'number', i.number,
            'amount', json_build_object('minor', json_build_array(i.due_minor - i.paid_minor, l.currency)),
            'due_on', json_build_object('date', to_char(i.due_on, 'YYYY-MM-DD')),
            'days_left', i.due_on - $1::date, 'revolving', false),
        'pending', 0, $2::timestamptz, $2::timestamptz
    FROM installments i JOIN loans l ON l.id = i.loan_id
    WHERE i.settled_on IS NULL AND i.due_on IN ($1::date, $1::date + 1, $1::date + 3, $1::date + 7)
        AND (l.id % 30 = 0 OR l.id / 30 % 33 > 0)""",
    """INSERT INTO outbox (dedupe_key, kind, message_class, borrower_id, loan_id, params, status, attempts, created_at,
        next_attempt_at)
    SELECT 'loan:' || l.id || ':overdue:' || i.due_on || ':' || ($1::date - i.due_on), 'overdue', 'dunning',
        l.borrower_id, l.id, json_build_object('loan_reference', l.reference,
            'amount', json_build_object('minor', json_build_array(44350, l.currency)),
            'penalty', json_build_object('minor', json_build_array(150, l.currency)),
            'total', json_build_object('minor', json_build_array(44500, l.currency)),
            'due_on', json_build_object('date', to_char(i.due_on, 'YYYY-MM-DD')),
            'days_past_due', $1::date - i.due_on, 'step', $1::date - i.due_on,
            'tone', CASE WHEN $1::date - i.due_on < 7 THEN 'kind' ELSE 'firm' END),
        'pending', 0, $2::timestamptz, $2::timestamptz
    FROM installments i JOIN loans l ON l.id = i.loan_id
    WHERE i.settled_on IS NULL AND i.due_on IN ($1::date - 1, $1::date - 3, $1::date - 7, $1::date - 15)""",
    """INSERT INTO handoffs (reference, kind, status, dedupe_key, borrower_id, loan_id, details, opened_at, talking)
    SELECT 'B' || l.id, 'escalation', 'open', 'loan:' || l.id || ':escalation:' || i.due_on, l.borrower_id, l.id,
        json_build_object('loan_reference', l.reference,
            'amount', json_build_object('money', json_build_array('443.50', l.currency)),
            'penalty', json_build_object('money', json_build_array('1.50', l.currency)),
            'total', json_build_object('money', json_build_array('445.00', l.currency)),
            'due_on', json_build_object('date', to_char(i.due_on, 'YYYY-MM-DD')), 'days_past_due', 7),
        $2::timestamptz, false
    FROM installments i JOIN loans l ON l.id = i.loan_id WHERE i.settled_on IS NULL AND i.due_on = $1::date - 7""",
    """INSERT INTO outbox (dedupe_key, kind, message_class, borrower_id, loan_id, handoff_id, params, status, attempts,
        created_at, next_attempt_at)
    SELECT CASE WHEN card THEN 'handoff:' || h.id || ':card' ELSE h.dedupe_key || ':borrower' END,
        CASE WHEN card THEN 'desk_card' ELSE 'escalated' END, CASE WHEN card THEN 'desk' ELSE 'dunning' END,
        CASE WHEN NOT card THEN h.borrower_id END, h.loan_id, CASE WHEN card THEN h.id END,
        CASE WHEN card THEN json_build_object('reference', h.reference, 'kind', '') ELSE h.details END,
        'pending', 0, $2::timestamptz, $2::timestamptz
    FROM handoffs h, unnest(ARRAY[true, false]) card WHERE h.opened_at = $2 AND $1::date IS NOT NULL""",
)
_WRITTEN = """CREATE VIEW written AS SELECT dedupe_key, params::jsonb FROM outbox
    WHERE status = 'pending' AND kind IN ('reminder', 'overdue', 'escalated')"""
_DIFFERENT = """SELECT count(*) FROM (
    (TABLE bare EXCEPT TABLE written) UNION ALL (TABLE written EXCEPT TABLE bare)) different"""


class RowsDiffer(AssertionError):
    """The bare statement and the planner did not write the same notices: a comparison would mean nothing."""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the processor, the database's processes included, and by the clock on the wall."""

    processor: float
    wall: float


async def measure(pace: Pace, books: int = BOOKS) -> Part:
    """Plan the day of as many loans as the pace says and accrue `books` of them."""
    title = "A day of a large lender"
    with postgresql() as server, postgresql() as other:
        if server is None or other is None:
            return Part(title, (), skipped=(MISSING,))
        planning, goals = await _planning(server, pace.loans, pace.few_rounds)
        accruals = await _accruals(other, books, pace.few_rounds)
    return Part(title, (*planning, *accruals), tuple(goals))


async def _planning(server: Server, loans: int, rounds: int) -> tuple[list[Line], list[Goal]]:
    connection, database = await asyncpg.connect(server.address), server.database()
    await schema.upgrade(database)
    await fill_portfolio(connection, loans)
    await connection.execute(_WRITTEN)
    notices = Notices(database, SteppedClock(noon()), load_lender(CONFIG))
    before = _resident_mb()
    await notices.plan()
    await _undo(connection)
    bare, planned = [], []
    for _ in range(rounds):
        bare.append(await _timed(server, lambda: _bare(connection)))
        await connection.execute("CREATE UNLOGGED TABLE bare AS TABLE written")
        await _undo(connection)
        planned.append(await _timed(server, notices.plan))
        await _compare(connection)
        await _undo(connection)
    grown = _resident_mb() - before
    await database.close()
    await connection.close()
    case = f"{loans:,} loans: a day's notices"
    note = {PLANNER: About(f"resident memory {_resident_mb():.0f} MB at most, {grown:.1f} MB of it from planning")}
    lines = _lines(case, {BARE: bare, PLANNER: planned}, BARE, note)
    return lines, [
        Goal(f"{case} within 1.5 times the bare statements", line_of(lines, case, PLANNER).ratio, PLANNING_LIMIT),
        Goal(f"{loans:,} loans: megabytes that planning adds to resident memory", grown, GROWTH_LIMIT_MB),
    ]


def _lines(
    case: str, took: Mapping[str, Sequence[Took]], against: str, about: Mapping[str, About] | None = None
) -> list[Line]:
    """Lines of processor time, then of the clock on the wall."""
    processor = {name: Timing(tuple(each.processor for each in runs)) for name, runs in took.items()}
    wall = {name: Timing(tuple(each.wall for each in runs)) for name, runs in took.items()}
    by_the_clock = f"{case}, by the clock"
    return lines_of(case, processor, against, about) + lines_of(by_the_clock, wall, against)


async def _bare(connection: asyncpg.Connection) -> None:
    async with connection.transaction():
        for statement in _BARE:
            await connection.execute(statement, TODAY, noon())


async def _compare(connection: asyncpg.Connection) -> None:
    """Raises RowsDiffer unless the planner wrote the notices of the bare statement, and then forgets those."""
    differing = await connection.fetchval(_DIFFERENT)
    written = await connection.fetchval("SELECT count(*) FROM bare")
    await connection.execute("DROP TABLE bare")
    if differing or not written:
        raise RowsDiffer(f"{differing} of {written} notices differ")


async def _undo(connection: asyncpg.Connection) -> None:
    await connection.execute("DELETE FROM outbox WHERE status = 'pending'")
    await connection.execute("DELETE FROM handoffs WHERE opened_at = $1", noon())
    await connection.execute("VACUUM ANALYZE outbox, handoffs")
    await connection.execute("CHECKPOINT")


async def _accruals(server: Server, loans: int, rounds: int) -> list[Line]:
    """A day on which every loan is replayed, then days that are foretold; seconds a loan."""
    connection, database = await asyncpg.connect(server.address), server.database()
    await schema.upgrade(database)
    await fill_books(connection, loans)
    await connection.close()
    replayed = await _day(server, database, 1, loans)
    told = [await _day(server, database, 2 + day, loans) for day in range(rounds)]
    await database.close()
    return _lines("a loan's daily accrual", {REPLAYED: [replayed] * rounds, TOLD: told}, REPLAYED)


async def _day(server: Server, database: Database, day: int, loans: int) -> Took:
    clock, accrued = SteppedClock(noon(day)), 0

    async def accrue() -> None:
        nonlocal accrued
        accrued = await accrue_all(database, clock, noon(day).date())

    took = await _timed(server, accrue)
    if accrued != loans:
        raise RowsDiffer(f"{accrued} of {loans} loans accrued")
    return Took(took.processor / loans, took.wall / loans)


async def _timed(server: Server, act: Callable[[], Awaitable[object]]) -> Took:
    gc.collect()
    used, begun = process_time() + server.processor_seconds(), perf_counter()
    await act()
    wall = perf_counter() - begun
    return Took(process_time() + server.processor_seconds() - used, wall)


def _resident_mb() -> float:
    """The most memory that this process has had, the database's processes left aside."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
