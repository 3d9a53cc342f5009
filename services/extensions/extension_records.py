"""Finding extensions, and what every step of one brings with it, inside a use case's transaction."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.rate_cap import RateCap
from services.desk.handoff_records import card_changed
from services.engine.errors import EngineError
from services.errors import NotFound
from services.extensions.extension_limits import ExtensionNotOffered, TransferUnderWay
from services.extensions.extension_plans import Change, Comparison, Kind, compare, priced
from services.extensions.extension_states import OPEN
from services.lending import loan_record
from services.lending.loan_record import LoanRecord
from services.messages.buttons import take_off, with_buttons
from services.models import ExtensionRow, HandoffRow, LoanRow, OutboxRow, PaymentRow
from services.repayment.payment_states import PaymentStatus

MESSAGES: Final = ("extension_approved", "extension_declined", "extension_expired")
"""What a borrower hears of an extension; the latest holds."""


async def find(session: AsyncSession, extension_id: int, borrower_id: int | None = None) -> ExtensionRow:
    """The extension. Raises NotFound, also when it belongs to somebody other than `borrower_id`."""
    row = await session.get(ExtensionRow, extension_id)
    if row is None or (borrower_id is not None and row.borrower_id != borrower_id):
        raise NotFound
    return row


async def lock(
    session: AsyncSession, extension_id: int, borrower_id: int | None = None
) -> tuple[LoanRow, ExtensionRow]:
    """The loan and its extension, locked and read afresh, the loan first as everywhere. Raises NotFound."""
    found = await find(session, extension_id, borrower_id)
    loan = await loan_record.lock_loan(session, found.loan_id)
    query = select(ExtensionRow).where(ExtensionRow.id == extension_id)
    row = (await session.scalars(query.with_for_update().execution_options(populate_existing=True))).one()
    return loan, row


async def open_of(session: AsyncSession, loan_id: int) -> ExtensionRow | None:
    """The loan's request that waits for a decision or a signature."""
    query = select(ExtensionRow).where(ExtensionRow.loan_id == loan_id, ExtensionRow.status.in_(OPEN))
    return await session.scalar(query)


async def require_money_booked(session: AsyncSession, loan_id: int, kind: Kind) -> None:
    """Raises TransferUnderWay for a pause: money that came before it could not be booked on its day any more."""
    looked_for = (PaymentRow.loan_id == loan_id, PaymentRow.status == PaymentStatus.AWAITING_CONFIRMATION)
    if kind is Kind.PAUSE and await session.scalar(select(PaymentRow.id).where(*looked_for).limit(1)) is not None:
        raise TransferUnderWay


def granted(row: ExtensionRow) -> Change | None:
    """What was granted; None while nothing is."""
    if row.installments is None or row.kind is None:
        return None
    rate = None if row.annual_rate is None else Decimal(row.annual_rate)
    return Change(Kind(row.kind), row.installments, rate)


def proposal(record: LoanRecord, change: Change, on: date, cap: RateCap) -> Comparison:
    """The old and the new plan of the day. Raises RateCapExceeded, and ExtensionNotOffered for a loan whose plan the
    change cannot move."""
    try:
        comparison = compare(record, change, on)
    except EngineError as refusal:
        raise ExtensionNotOffered from refusal
    if comparison.before.rows[-1].due_on >= comparison.after.rows[-1].due_on:
        raise ExtensionNotOffered
    cap.check(priced(record, comparison.after, on), on)
    return comparison


def dedupe_key(extension_id: int) -> str:
    """Of the handoff by which officers are called."""
    return f"extension:{extension_id}"


async def moved_on(session: AsyncSession, row: ExtensionRow, now: datetime) -> None:
    """The extension moved on: the messages before lose their buttons, and the desk's card shows the new state."""
    of_loan = (OutboxRow.loan_id == row.loan_id, OutboxRow.kind.in_(MESSAGES))
    await take_off(session, await with_buttons(session, *of_loan), now)
    handoff = await session.scalar(select(HandoffRow).where(HandoffRow.dedupe_key == dedupe_key(row.id)))
    if handoff is not None:
        await card_changed(session, handoff, now=now)
