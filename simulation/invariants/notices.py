"""Notices about debts: inside their window, once, and never about what is paid."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import local_date
from services.configuration.contact_policy import ContactWindow
from services.engine.events import Event
from services.engine.policy import Policy
from services.engine.replay import replay
from services.engine.terms import Terms
from services.lending.loan_states import LoanStatus
from services.messages.message_params import decode_params
from services.messages.outbox import NOTICES, MessageStatus
from services.models import BorrowerRow, InstallmentRow, LoanEventRow, LoanRow, OutboxRow
from simulation.connection import Sent
from simulation.faults import Mishaps

ON_ITS_WAY: Final = timedelta(minutes=2)
"""What is claimed in the last moment of the window may arrive so much later."""
CLOCKS_DIFFER: Final = timedelta(hours=2)
"""What was recorded so much earlier was recorded before, however the clock was turned meanwhile."""


class Notices:
    """Looks at the notices that went out; remembers which it has looked at already."""

    def __init__(self, window: ContactWindow, mishaps: Mishaps) -> None:
        self._window = window
        self._mishaps = mishaps
        self._seen: set[int] = set()

    async def improper(self, session: AsyncSession, sent: Sequence[Sent]) -> list[str]:
        """Notices outside the borrower's contact window, sent twice without a fault between, or about what was paid.

        `sent` is everything that reached a chat so far, in order. After a fault a message may come twice: delivery is
        at least once.
        """
        rows = await session.execute(
            select(OutboxRow, BorrowerRow.telegram_id, BorrowerRow.time_zone)
            .join(BorrowerRow, BorrowerRow.id == OutboxRow.borrower_id)
            .where(OutboxRow.message_class.in_(NOTICES), OutboxRow.status == MessageStatus.SENT)
        )
        # What changes a message later, such as taking its buttons off, has no words of its own.
        sent = [each for each in sent if each.by_sender and each.text and each.method.startswith("send")]
        by_place = {(each.chat_id, each.message_id): each for each in sent}
        by_text: defaultdict[tuple[int, str], list[Sent]] = defaultdict(list)
        for each in sent:
            by_text[each.chat_id, each.text].append(each)
        found = []
        for row, chat_id, time_zone in rows:
            delivered = by_place.get((chat_id, row.telegram_message_id or 0))
            if delivered is None:
                found.append(f"notice {row.dedupe_key} is marked as sent, but no chat has it")
                continue
            found += [f"notice {row.dedupe_key} {what}" for what in self._sent_badly(by_text, delivered, time_zone)]
            if row.id not in self._seen and not await _was_owed(session, row, delivered, time_zone):
                found.append(f"notice {row.dedupe_key} was sent at {delivered.at:%d %H:%M}, what it asks for was paid")
            self._seen.add(row.id)
        return found

    def _sent_badly(
        self, by_text: Mapping[tuple[int, str], Sequence[Sent]], delivered: Sent, time_zone: str
    ) -> Iterator[str]:
        same = by_text[delivered.chat_id, delivered.text]
        for each in same:
            if not (self._open(each.at, time_zone) or self._open(each.at - ON_ITS_WAY, time_zone)):
                yield f"was sent at {each.at:%d %H:%M} UTC, outside the window"
        for one, other in pairwise(same):
            if not self._mishaps.between(one.tick, other.tick):
                yield f"was sent twice, at {one.at:%d %H:%M:%S} and {other.at:%d %H:%M:%S}"

    def _open(self, at: datetime, time_zone: str) -> bool:
        return self._window.is_open(at, time_zone)


async def _was_owed(session: AsyncSession, row: OutboxRow, delivered: Sent, time_zone: str) -> bool:
    """Whether the due date that the notice names was unpaid by what had been recorded well before it went out, or by
    any of what followed until well after: a payment comes in, another is taken back."""
    if row.kind not in ("reminder", "overdue", "escalated"):
        return True
    loan = await session.get_one(LoanRow, row.loan_id)
    known = select(LoanEventRow.event, LoanEventRow.recorded_at).where(
        LoanEventRow.loan_id == loan.id, LoanEventRow.recorded_at < delivered.at + CLOCKS_DIFFER
    )
    stored = (await session.execute(known.order_by(LoanEventRow.position))).all()
    before = sum(each.recorded_at < delivered.at - CLOCKS_DIFFER for each in stored)
    events = [Event.from_json(each.event, loan.currency) for each in stored]
    policy, terms = Policy.from_json(loan.policy, loan.currency), Terms.from_json(loan.terms)
    day, due_on = local_date(delivered.at, time_zone), decode_params(row.params)["due_on"]
    states = (replay(terms, policy, events[:count], day) for count in range(before, len(events) + 1))
    return any(each.due_on == due_on and each.settled_on is None for state in states for each in state.rows)


async def notices_that_should_be_gone(session: AsyncSession) -> list[str]:
    """Notices that wait though what they ask for is paid or the loan is over."""
    waiting = (
        select(OutboxRow, LoanRow.status)
        .join(LoanRow, LoanRow.id == OutboxRow.loan_id)
        .where(
            OutboxRow.message_class.in_(NOTICES),
            OutboxRow.status.in_((MessageStatus.PENDING, MessageStatus.CLAIMED)),
        )
    )
    found = []
    for row, status in await session.execute(waiting):
        if status != LoanStatus.ACTIVE:
            found.append(f"notice {row.dedupe_key} waits, the loan is {status}")
        elif row.kind == "reminder" and await _is_paid(session, row):
            found.append(f"notice {row.dedupe_key} waits, what it asks for is paid")
    return found


async def _is_paid(session: AsyncSession, row: OutboxRow) -> bool:
    unpaid = select(InstallmentRow.id).where(
        InstallmentRow.loan_id == row.loan_id,
        InstallmentRow.number == row.params["number"],
        InstallmentRow.settled_on.is_(None),
    )
    return await session.scalar(unpaid) is None
