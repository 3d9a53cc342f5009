"""The ledger of every loan holds what a replay of its events by the engine holds, and no money is booked twice."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.engine.ledger import Account, balances
from services.engine.replay import replay
from services.engine.state import LoanState
from services.lending import ledger
from services.lending.draw_states import DrawStatus
from services.lending.loan_figures import asking_rows, paid_of
from services.lending.loan_record import load
from services.models import CreditLineRow, DrawRow, InstallmentRow, LedgerEntryRow, LoanRow, PaymentRow
from services.money import Money
from services.repayment.payment_records import payments_by_position
from services.repayment.payment_states import PaymentStatus
from simulation.phone import Charge

_BOOKED = (PaymentStatus.SETTLED, PaymentStatus.REVERSED)
OWED = (Account.LOAN_PRINCIPAL, Account.INTEREST_RECEIVABLE, Account.FEE_RECEIVABLE, Account.PENALTY_RECEIVABLE)


async def wrong_books(session: AsyncSession) -> list[str]:
    """A sentence for each loan and figure that does not agree."""
    loans = (await session.scalars(select(LoanRow).order_by(LoanRow.id))).all()
    return [f"loan {loan.id}: {found}" for loan in loans async for found in _of_loan(session, loan)]


async def _of_loan(session: AsyncSession, loan: LoanRow) -> AsyncIterator[str]:
    record = await load(session, loan)
    reached = await ledger.last_effective_on(session, loan.id) or loan.disbursed_on
    as_of = max([reached, *(event.on for event in record.events)])
    state = replay(record.terms, record.policy, record.events, as_of)
    held = await ledger.balances(session, loan.id, loan.currency)
    nil = Money.zero(loan.currency)
    if Money.total(held.values(), loan.currency) != nil:
        yield "debits and credits differ"
    replayed = balances(state.ledger, loan.currency)
    outstanding = state.outstanding
    owed = (outstanding.principal, outstanding.interest, outstanding.fees, outstanding.penalty)
    for account in Account:
        if held[account] != replayed.get(account, nil):
            yield f"{account} holds {held[account]}, a replay {replayed.get(account, nil)}"
    for account, figure in zip(OWED, owed, strict=True):
        if held[account] != figure:
            yield f"{account} holds {held[account]}, the borrower owes {figure}"
    paid = {row.n: (paid_of(row).minor, row.settled_on) for row in asking_rows(state)}
    shown = select(InstallmentRow.number, InstallmentRow.paid_minor, InstallmentRow.settled_on)
    rows = await session.execute(shown.where(InstallmentRow.loan_id == loan.id))
    for number, minor, settled_on in rows:
        if paid.get(number) != (minor, settled_on):
            yield f"installment {number} shows {minor} paid, {settled_on}; a replay {paid.get(number)}"
    async for found in _events(session, loan, state):
        yield found
    async for found in _limit(session, loan, state):
        yield found


async def _events(session: AsyncSession, loan: LoanRow, state: LoanState) -> AsyncIterator[str]:
    """Each booked payment is in the record once, with its whole amount, and nothing else is."""
    payments = await payments_by_position(session, loan.id)
    booked: Counter[int] = Counter()
    for made in state.transactions:
        payment_id = payments.get(made.event)
        if payment_id is not None and not made.reversed:
            booked[payment_id] += made.amount.minor
    settled = select(PaymentRow.id, PaymentRow.amount_minor).where(
        PaymentRow.loan_id == loan.id, PaymentRow.status == PaymentStatus.SETTLED
    )
    paid = dict((await session.execute(settled)).all())
    if booked != paid:
        yield f"payments of {paid} are settled, {dict(booked)} are booked"


async def _limit(session: AsyncSession, loan: LoanRow, state: LoanState) -> AsyncIterator[str]:
    """What a payment had paid may have been drawn again before the bank took the payment back."""
    line = await session.get(CreditLineRow, loan.id)
    if line is None:
        return
    on_the_way = select(func.coalesce(func.sum(DrawRow.amount_minor), 0)).where(
        DrawRow.loan_id == loan.id, DrawRow.status == DrawStatus.REQUESTED
    )
    drawn = state.outstanding.principal.minor + int(await session.scalar(on_the_way) or 0)
    taken_back = sum(made.amount.minor for made in state.transactions if made.reversed)
    if drawn > line.limit_minor + taken_back:
        yield f"{drawn} are drawn of a limit of {line.limit_minor}"


async def lost_or_doubled_money(session: AsyncSession, charges: Sequence[Charge]) -> list[str]:
    """Everything that people paid in their chats is booked, once, and nothing that nobody paid; an officer may have
    taken it back since. Amounts are minor units."""
    query = select(PaymentRow.provider_reference, PaymentRow.amount_minor, PaymentRow.status)
    rows = await session.execute(query.where(PaymentRow.provider_reference.is_not(None)))
    booked = {reference: (minor, PaymentStatus(status)) for reference, minor, status in rows}
    found = [
        f"{charge.amount_minor} paid by {charge.person} are booked as {booked.get(charge.charge_id)}"
        for charge in charges
        if booked.get(charge.charge_id) not in [(charge.amount_minor, status) for status in _BOOKED]
    ]
    paid = {charge.charge_id for charge in charges}
    return found + [f"{booked[reference]} was booked, but never paid" for reference in booked if reference not in paid]


async def senseless_entries(session: AsyncSession) -> list[str]:
    """Entries without an amount or between an account and itself: the database forbids both."""
    bad = select(LedgerEntryRow.id).where(
        (LedgerEntryRow.amount_minor <= 0) | (LedgerEntryRow.debit == LedgerEntryRow.credit)
    )
    return [f"ledger entry {number} moves nothing" for number in await session.scalars(bad)]
