"""Rate limits per person for what costs much, the same whichever worker is asked.

An allowance of 10 in 60 minutes is spent like water: ten at once, and after that one every six minutes. All that has
to be kept is one instant, when the allowance will be whole again. Each use moves it on by one part; a use that would
move it further away than the whole span is refused, and may be tried again when the span reaches it.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.configuration.allowance_rules import Allowance, Costly
from services.configuration.lender import Lender
from services.db import Database
from services.errors import DomainError
from services.models import AllowanceRow
from services.units import unit_under_way, working_in
from services.upserts import insert_into

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class TooOften(DomainError):
    """The person has done this often enough for now; `again_at` is when it works again."""

    key = "errors.too_often"


class TooManyRequests(TooOften):
    """The person has called in somebody often enough for now; `phone` answers meanwhile."""

    key = "handoffs.too_many"


def after_one_more(whole_at_us: int, now_us: int, allowance: Allowance) -> int | None:
    """When the allowance is whole again after one more use now; None when that use is not allowed."""
    after = max(whole_at_us, now_us) + allowance.part_us
    return after if after - now_us <= allowance.span_us else None


def allowed_from(whole_at_us: int, allowance: Allowance) -> int:
    """The first instant at which one more use is allowed."""
    return whole_at_us + allowance.part_us - allowance.span_us


class Allowances:
    """For what is made outside the services, such as pictures."""

    def __init__(self, database: Database, clock: Clock, lender: Lender) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender

    async def spend(self, borrower_id: int, costly: Costly) -> None:
        """Count one use, or raise TooOften. Kept whatever becomes of what follows."""
        await spend_first(self._database, self._lender, borrower_id, costly, self._clock.now())


async def spend_first(database: Database, lender: Lender, borrower_id: int, costly: Costly, now: datetime) -> None:
    """Count one use before the costly work begins, or raise TooOften. Kept whatever becomes of the work.

    A unit of work that has changed nothing yet stays so: it would hold its transaction, and on SQLite the only write
    lock, while the work is done.
    """
    unit = unit_under_way()
    with working_in(unit if unit is not None and unit.changed else None):
        async with database.transaction() as session:
            await spend(session, lender, borrower_id, costly, now)


async def spend(session: AsyncSession, lender: Lender, borrower_id: int, costly: Costly, now: datetime) -> None:
    """Count one use in the caller's transaction, or raise TooOften. One statement: two workers cannot both have the
    last one."""
    allowance, now_us = lender.allowances.of(costly), (now - _EPOCH) // _MICROSECOND
    whole_at = AllowanceRow.whole_at_us
    after = case((whole_at > now_us, whole_at), else_=now_us) + allowance.part_us
    statement = (
        insert_into(session, AllowanceRow)
        .values(borrower_id=borrower_id, costly=costly, whole_at_us=now_us + allowance.part_us)
        .on_conflict_do_update(
            index_elements=[AllowanceRow.borrower_id, AllowanceRow.costly],
            set_={whole_at.key: after},
            where=after - now_us <= allowance.span_us,
        )
        .returning(whole_at)
    )
    if await session.scalar(statement) is not None:
        return
    spent = select(whole_at).where(AllowanceRow.borrower_id == borrower_id, AllowanceRow.costly == costly)
    whole_at_us = await session.scalar(spent) or now_us
    again_at = _EPOCH + allowed_from(whole_at_us, allowance) * _MICROSECOND
    if costly is Costly.REQUEST:
        raise TooManyRequests(again_at=again_at, phone=lender.complaint_phone)
    raise TooOften(again_at=again_at)
