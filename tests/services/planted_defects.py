"""Every defect that the nightly check is for, planted by hand, with the kind that it must be found as."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from sqlalchemy import Insert, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.consistency.findings import Kind
from services.db import Database
from services.desk.handoff_records import open_handoff
from services.desk.handoff_states import HandoffKind
from services.lending.loan_views import Loan
from services.messages.outbox import MessageClass, enqueue
from services.models import (
    ContractRow,
    HandoffRow,
    InboxRow,
    InstallmentRow,
    LedgerEntryRow,
    LoanRow,
    OutboxRow,
    PaymentRow,
)
from services.references import new_reference
from services.repayment.payment_views import Aim, Payment
from tests.services.desk import MANAGER
from tests.services.lending import Lending, open_lending

A_DAY = timedelta(days=1)


async def open_small(database: Database) -> Lending:
    """A lender with one loan and one payment on it, all of whose messages have gone."""
    lending = open_lending(database)
    loan = await lending.loan(await lending.borrower())
    lending.wait_days(3)
    await lending.loans.accrue_all()
    await pay(lending, loan, Aim.EARLY, "300")
    await settle(lending)
    return lending


async def settle(lending: Lending) -> None:
    """Every message has gone, and every handoff is done with."""
    async with lending.database.transaction() as session:
        await session.execute(update(OutboxRow).values(status="sent", sent_at=lending.clock.now()))
        await session.execute(update(HandoffRow).values(status="closed", closed_at=lending.clock.now()))


Defect = Callable[[AsyncSession, Lending], Awaitable[object]]


async def a_payment_booked_short(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(update(PaymentRow).where(PaymentRow.id == 1).values(amount_minor=1))


async def a_payment_without_an_event(session: AsyncSession, lending: Lending) -> object:
    row = PaymentRow(
        reference="P-LOST",
        loan_id=1,
        borrower_id=1,
        aim="due",
        status="settled",
        amount_minor=100,
        currency="CNY",
        opened_at=lending.clock.now(),
        valid_until=lending.clock.now(),
    )
    session.add(row)
    return row


async def an_event_of_a_payment_that_did_not_come(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(
        update(PaymentRow).where(PaymentRow.id == 1).values(status="open", valid_until=lending.clock.now() + 30 * A_DAY)
    )


async def an_entry_too_many(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(_entry(lending, "loan_principal", "cash"))


async def an_entry_of_an_account_that_nobody_knows(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(_entry(lending, "petty_cash", "cash"))


def _entry(lending: Lending, debit: str, credit: str) -> Insert:
    row = {
        "loan_id": 1,
        "effective_on": lending.today,
        "recorded_at": lending.clock.now(),
        "debit": debit,
        "credit": credit,
        "amount_minor": 77,
        "currency": "CNY",
        "memo": "by hand",
    }
    return insert(LedgerEntryRow).values(row)


async def a_claim_left_on_a_loan_that_is_over(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(update(LoanRow).values(status="closed"))


async def another_due_date_on_the_loans_row(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(update(LoanRow).values(oldest_unpaid_due_on=date(2025, 1, 1)))


async def a_next_due_date_that_is_none(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(update(LoanRow).values(next_due_on=date(2030, 1, 1)))


async def an_installment_paid_too_much(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(
        update(InstallmentRow).where(InstallmentRow.number == 6).values(paid_minor=InstallmentRow.due_minor + 1)
    )


async def an_installment_that_asks_for_less(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(
        update(InstallmentRow).where(InstallmentRow.number == 5).values(due_minor=InstallmentRow.due_minor - 1)
    )


async def other_terms_than_were_signed(session: AsyncSession, lending: Lending) -> object:
    loan = await session.get_one(LoanRow, 1)
    loan.terms = {**loan.terms, "principal": "4999"}
    return loan


async def terms_that_nothing_can_read(session: AsyncSession, lending: Lending) -> object:
    return await session.execute(update(LoanRow).values(terms={}))


async def a_paper_that_is_gone(session: AsyncSession, lending: Lending) -> object:
    return lending.store.files.pop(str(await session.scalar(select(ContractRow.signed_storage_key))))


async def a_file_that_nobody_names(session: AsyncSession, lending: Lending) -> object:
    key = await lending.store.put(b"nobody's")
    lending.clock.advance(3 * A_DAY)
    return key


async def a_message_claimed_and_left(session: AsyncSession, lending: Lending) -> object:
    await _owe(session, lending)
    claimed = {"status": "claimed", "claimed_at": lending.clock.now() - A_DAY}
    return await session.execute(update(OutboxRow).where(OutboxRow.dedupe_key == "planted").values(claimed))


async def a_message_that_nobody_sends(session: AsyncSession, lending: Lending) -> object:
    await _owe(session, lending)
    late = {"next_attempt_at": lending.clock.now() - A_DAY}
    return await session.execute(update(OutboxRow).where(OutboxRow.dedupe_key == "planted").values(late))


async def _owe(session: AsyncSession, lending: Lending) -> None:
    await enqueue(
        session,
        now=lending.clock.now(),
        kind="loan_settled",
        borrower_id=1,
        message_class=MessageClass.SERVICE,
        params={},
        dedupe_key="planted",
    )


async def an_update_claimed_and_left(session: AsyncSession, lending: Lending) -> object:
    long_ago = lending.clock.now() - A_DAY
    row = InboxRow(
        update_id=5,
        lane="chat:7",
        status="claimed",
        received_at=long_ago,
        next_attempt_at=long_ago,
        claimed_by="a worker that vanished",
        claimed_at=long_ago,
    )
    session.add(row)
    return row


async def a_handoff_that_nobody_takes(session: AsyncSession, lending: Lending) -> object:
    opened = lending.clock.now() - 3 * A_DAY
    return await open_handoff(session, now=opened, kind=HandoffKind.QUESTION, borrower_id=1, details={})


async def a_handoff_that_never_ends(session: AsyncSession, lending: Lending) -> object:
    handoff = await a_handoff_that_nobody_takes(session, lending)
    claimed = {"status": "claimed", "claimed_by": MANAGER, "claimed_at": lending.clock.now() - 8 * A_DAY}
    return handoff, await session.execute(update(HandoffRow).where(HandoffRow.kind == "question").values(claimed))


async def a_payment_that_never_runs_out(session: AsyncSession, lending: Lending) -> object:
    row = await _opened(session, lending)
    row.valid_until = lending.clock.now() - 2 * A_DAY
    return row


async def a_transfer_of_which_no_cashier_was_told(session: AsyncSession, lending: Lending) -> object:
    row = await _opened(session, lending)
    row.status = "awaiting_confirmation"
    return row


async def _opened(session: AsyncSession, lending: Lending) -> PaymentRow:
    now = lending.clock.now()
    row = PaymentRow(
        reference=new_reference("P"),
        loan_id=1,
        borrower_id=1,
        aim="due",
        status="open",
        amount_minor=100,
        currency="CNY",
        opened_at=now,
        valid_until=now,
    )
    session.add(row)
    return row


DEFECTS: dict[Defect, Kind] = {
    a_payment_booked_short: Kind.PAYMENT,
    a_payment_without_an_event: Kind.PAYMENT,
    an_event_of_a_payment_that_did_not_come: Kind.PAYMENT,
    an_entry_too_many: Kind.REPLAY,
    an_entry_of_an_account_that_nobody_knows: Kind.LEDGER,
    a_claim_left_on_a_loan_that_is_over: Kind.LEDGER,
    another_due_date_on_the_loans_row: Kind.DUE_DATES,
    a_next_due_date_that_is_none: Kind.DUE_DATES,
    an_installment_paid_too_much: Kind.DUE_DATES,
    an_installment_that_asks_for_less: Kind.REPLAY,
    other_terms_than_were_signed: Kind.REPLAY,
    terms_that_nothing_can_read: Kind.REPLAY,
    a_paper_that_is_gone: Kind.MISSING_FILE,
    a_file_that_nobody_names: Kind.STRAY_FILE,
    a_message_claimed_and_left: Kind.STUCK_MESSAGE,
    a_message_that_nobody_sends: Kind.STUCK_MESSAGE,
    an_update_claimed_and_left: Kind.STUCK_MESSAGE,
    a_handoff_that_nobody_takes: Kind.WAITING_HANDOFF,
    a_handoff_that_never_ends: Kind.WAITING_HANDOFF,
    a_payment_that_never_runs_out: Kind.HALF_WAY,
    a_transfer_of_which_no_cashier_was_told: Kind.HALF_WAY,
}


async def plant(lending: Lending, *defects: Defect) -> None:
    for defect in defects:
        async with lending.database.transaction() as session:
            await defect(session, lending)


async def pay(lending: Lending, loan: Loan, aim: Aim, amount: str | None = None) -> Payment:
    payment = await lending.repayments.open(loan.borrower_id, loan.id, aim, amount)
    await lending.repayments.confirm(payment.reference, f"BANK-{payment.id}", payment.amount.minor, "CNY")
    return payment
