"""The record of a loan: frozen terms and policy, and what happened since. The only writer of `loan_events`,
`installments` and `ledger_entries`.

Whoever changes a loan locks its row first (`lock_loan`). Every function here then leaves the row, the installments and
the ledger agreeing with one replay of the whole record, or raises, which rolls the transaction back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.engine.account import LoanAccount
from services.engine.conditions import Method
from services.engine.day_end import DayEnd
from services.engine.events import Event, EventType
from services.engine.explained import RowInterest
from services.engine.installment import Amounts
from services.engine.ledger import RECEIVABLE, Account
from services.engine.payoff import PayoffQuote
from services.engine.policy import Policy
from services.engine.state import LoanState
from services.engine.terms import Terms
from services.errors import NotFound
from services.lending import accrual_forecast, ledger
from services.lending.booking_days import booking_days
from services.lending.kept_accounts import KeptAccounts, Stored
from services.lending.loan_figures import STATUS_OF, asking_rows, paid_of
from services.lending.loan_states import LoanStatus, move
from services.messages import outbox
from services.models import CreditLineRow, InstallmentRow, LoanEventRow, LoanRow
from services.money import Money
from services.reminders import notice_buttons

ACCRUAL = "accrual"
"""Memo of entries that only bring interest and penalties up to a day."""
DISBURSEMENT = "disbursement"
"""Memo of a loan's first entries."""


@dataclass(frozen=True, slots=True)
class LoanRecord:
    """All that a loan is. The position of an event in `events` is the number by which a reversal names it."""

    terms: Terms
    policy: Policy
    events: Sequence[Event]
    drawable_until: date | None = None
    """The day from which a revolving line is not drawn any more; None for any other loan."""
    _account: LoanAccount = field(init=False, repr=False, compare=False)
    """Answers for the record; one request asks several things of one day."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_account", LoanAccount(self.terms, self.policy, self.events))

    def status(self, state: LoanState) -> LoanStatus:
        """What the loan's row says in that state: a line that may still be drawn stays open though nothing is owed."""
        status = STATUS_OF[state.status]
        if status is LoanStatus.CLOSED and self.drawable_until is not None and state.as_of < self.drawable_until:
            return LoanStatus.ACTIVE
        return status

    def state(self, as_of: date) -> LoanState:
        """The loan at the end of the day `as_of`."""
        return self._account.state(as_of)

    def day_end(self, on: date) -> DayEnd:
        """The figures that move from day to day, at the end of the day `on`; cheapest when days are asked in rising
        order."""
        return self._account.day_end(on)

    def payoff(self, on: date) -> PayoffQuote:
        """What closes the loan if it is paid on the day `on`."""
        return self._account.payoff(on)

    def interest(self, on: date) -> Sequence[RowInterest]:
        """How interest and penalty of each row come about, as the loan stands at the end of the day `on`."""
        return self._account.interest(on)

    def up_to(self, position: int) -> "LoanRecord":
        """The record as it was when the event at `position` was its last."""
        return replace(self, events=self.events[: position + 1])

    def without_reversed(self) -> "LoanRecord":
        """The record as if what was reversed, on whichever day, had never been. Positions differ from its own."""
        undone = {event.event for event in self.events if event.type is EventType.REVERSE}
        standing = [
            event
            for position, event in enumerate(self.events)
            if position not in undone and event.type is not EventType.REVERSE
        ]
        return replace(self, events=standing)

    def after(self, *events: Event) -> "LoanRecord":
        """The record as it would be with `events` at its end."""
        return replace(self, events=(*self.events, *events))


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that was written down, and the loan after it."""

    position: int
    state: LoanState
    ended: bool
    """Whether this event ended the loan."""


async def lock_loan(session: AsyncSession, loan_id: int, borrower_id: int | None = None) -> LoanRow:
    """The loan's row, locked until the transaction ends and read afresh. Raises NotFound, also when the loan belongs
    to somebody other than `borrower_id`."""
    # A key-share lock lets other tables' rows go on pointing at the loan while it is held.
    query = select(LoanRow).where(LoanRow.id == loan_id).with_for_update(key_share=True)
    loan = await session.scalar(query.execution_options(populate_existing=True))
    if loan is None or (borrower_id is not None and loan.borrower_id != borrower_id):
        raise NotFound
    return loan


async def load(session: AsyncSession, loan: LoanRow) -> LoanRecord:
    """Read the loan's record."""
    query = select(LoanEventRow.event).where(LoanEventRow.loan_id == loan.id).order_by(LoanEventRow.position)
    events = (await session.scalars(query)).all()
    until = None
    if loan.terms.get("method") == Method.REVOLVING:
        until = await session.scalar(select(CreditLineRow.valid_until).where(CreditLineRow.loan_id == loan.id))
    return _KEPT.of(loan.id, Stored(loan.terms, loan.policy, loan.currency, events, until), _made)


def _made(stored: Stored) -> LoanRecord:
    events = [Event.from_json(event, stored.currency) for event in stored.events]
    policy = Policy.from_json(stored.policy, stored.currency)
    return LoanRecord(Terms.from_json(stored.terms), policy, events, stored.drawable_until)


_KEPT: Final = KeptAccounts[LoanRecord]()


async def begin(session: AsyncSession, loan: LoanRow, at: datetime) -> LoanState:
    """Post the disbursement of a loan whose row was just inserted, and lay out its installments."""
    record = await load(session, loan)
    state = record.state(loan.disbursed_on)
    await _settle(session, loan, record, loan.disbursed_on, since=loan.disbursed_on, at=at, memo=DISBURSEMENT)
    await _project(session, loan, record, state, loan.disbursed_on)
    return state


async def accrue(session: AsyncSession, loan: LoanRow, day: date, at: datetime) -> None:
    """Bring the ledger of a locked loan to the end of `day`, and foretell the days after it; a day already reached
    posts nothing, days that were missed are each booked on their own."""
    record = await load(session, loan)
    reached = await _accrue(session, loan, record, day, at)
    _set_due_dates(loan, reached.unpaid, reached.on)
    told = accrual_forecast.forecast(record.day_end, reached)
    await accrual_forecast.keep(session, loan.id, told)


async def record(
    session: AsyncSession,
    loan: LoanRow,
    event: Event,
    at: datetime,
    payment_id: int | None = None,
    rebooked_payment_id: int | None = None,
) -> Recorded:
    """Write down what happened to a locked loan, with everything that follows from it.

    An event dated before days that are already accrued is taken in where it belongs; what had been posted on the
    assumption that it did not happen is corrected by entries of its own, each on the day that it corrects. Raises
    EngineError when it cannot have happened.
    """
    before = await load(session, loan)
    await accrual_forecast.forget(session, loan.id)
    day = (await _accrue(session, loan, before, event.on, at)).on
    row = LoanEventRow(
        loan_id=loan.id,
        position=len(before.events),
        effective_on=event.on,
        kind=event.type,
        event=event.to_json(),
        payment_id=payment_id,
        rebooked_payment_id=rebooked_payment_id,
        recorded_at=at,
    )
    session.add(row)
    await session.flush()
    after = before.after(event)
    state = after.state(day)
    await _settle(session, loan, after, day, since=event.on, at=at, memo=event.type, event_id=row.id)
    was_active = loan.status == LoanStatus.ACTIVE
    await _project(session, loan, after, state, day)
    ended = was_active and loan.status != LoanStatus.ACTIVE
    if ended:
        loan.closed_on = event.on
    elif loan.status == LoanStatus.ACTIVE:
        loan.closed_on = None
    await outbox.withdraw(session, loan_id=loan.id)
    await notice_buttons.after_event(session, loan.id, _unpaid(loan, state), at)
    return Recorded(row.position, state, ended)


async def reached_day(session: AsyncSession, loan: LoanRow, record: LoanRecord) -> date:
    """The day up to whose end the ledger holds the record: that of its last entry, or of a later event that moved
    nothing."""
    entered = await ledger.last_effective_on(session, loan.id) or loan.disbursed_on
    return max([entered, *(event.on for event in record.events)])


def _unpaid(loan: LoanRow, state: LoanState) -> dict[int, date]:
    """Due dates of the installments that an active loan still asks for, by number."""
    rows = asking_rows(state) if loan.status == LoanStatus.ACTIVE else ()
    return {row.n: row.due_on for row in rows if row.settled_on is None}


async def _accrue(session: AsyncSession, loan: LoanRow, record: LoanRecord, day: date, at: datetime) -> DayEnd:
    """Bring the ledger to the end of `day`, or leave it at the later day that it has reached: it never goes back."""
    reached = await reached_day(session, loan, record)
    day = max(day, reached)
    since = min(reached + timedelta(days=1), day)
    # Time alone only adds to income: where the end of a gap holds nothing new, no day within it does.
    held = None if since == day else await ledger.balances(session, loan.id, loan.currency)
    if held is None or held != ledger.in_money(replace(record).day_end(day).held, loan.currency):
        await _settle(session, loan, record, day, since=since, at=at, memo=ACCRUAL)
    return record.day_end(day)


async def _settle(
    session: AsyncSession,
    loan: LoanRow,
    record: LoanRecord,
    until: date,
    *,
    since: date,
    at: datetime,
    memo: str,
    event_id: int | None = None,
) -> None:
    """Bring the ledger to the record on each day from `since` to `until`, on which the record's own figures must agree
    with its postings."""
    ends = [record.day_end(day) for day in booking_days(since, until)]
    books = {end.on: ledger.in_money(end.held, loan.currency) for end in ends}
    ledger.confirm(books[until], books[until] | _owed(ends[-1].outstanding, loan.currency), loan)
    await ledger.post(session, loan, books, at=at, memo=memo, event_id=event_id)


def _owed(outstanding: Amounts, currency: str) -> dict[Account, Money]:
    """The balances of the accounts that hold what the borrower owes."""
    return ledger.in_money({RECEIVABLE[component]: minor for component, minor in outstanding.items()}, currency)


async def _project(session: AsyncSession, loan: LoanRow, record: LoanRecord, state: LoanState, day: date) -> None:
    """Rewrite the installments as the replay sees them, and the loan's row with them."""
    await session.execute(delete(InstallmentRow).where(InstallmentRow.loan_id == loan.id))
    session.add_all(
        InstallmentRow(
            loan_id=loan.id,
            number=row.n,
            due_on=row.due_on,
            due_minor=row.total.minor,
            paid_minor=paid_of(row).minor,
            settled_on=row.settled_on,
        )
        for row in asking_rows(state)
    )
    move(loan, record.status(state))
    _set_due_dates(loan, [row.due_on for row in asking_rows(state) if row.settled_on is None], day)
    await session.flush()


def _set_due_dates(loan: LoanRow, unpaid: Sequence[date], day: date) -> None:
    loan.oldest_unpaid_due_on = min(unpaid, default=None)
    loan.next_due_on = min((due_on for due_on in unpaid if due_on >= day), default=None)
