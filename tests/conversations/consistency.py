"""What holds in the database whatever people did."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.engine.events import EventType
from services.engine.ledger import Account
from services.extensions.extension_states import OPEN, ExtensionStatus
from services.lending.draw_states import DrawStatus
from services.lending.loan_views import LoanView
from services.models import (
    ApplicationRow,
    ContractRow,
    DrawRow,
    ExtensionRow,
    HandoffRow,
    LoanEventRow,
    LoanRow,
    OfferRow,
    PaymentRow,
)
from services.money import Money
from services.origination.application_states import UNDER_WAY, ApplicationStatus
from services.origination.offer_states import OfferStatus
from services.repayment.payment_states import PaymentStatus
from services.repayment.payment_views import Channel
from tests.conversations.town import Town


async def nothing_is_corrupted(town: Town) -> None:
    """Every state is a known one, no borrower has two applications under way, a loan only follows from a signed
    contract, money is booked only on the word of the gateway or a cashier, and every ledger balances to the cent."""
    await town.services.loans.accrue_all()
    async with town.process.database.reading() as session:
        await _applications(session)
        await _payments(session)
        await _handoffs(session)
        await _draws(session)
        await _extensions(session)
        loans = list(await session.scalars(select(LoanRow)))
        for loan in loans:
            await _origin(session, loan)
    for loan in loans:
        await _books_balance(town, await town.services.loans.get(loan.borrower_id, loan.id))


async def _applications(session: AsyncSession) -> None:
    rows = list(await session.scalars(select(ApplicationRow)))
    under_way = [row.borrower_id for row in rows if ApplicationStatus(row.status) in UNDER_WAY]
    assert len(set(under_way)) == len(under_way)
    for offer in await session.scalars(select(OfferRow)):
        application = await session.get_one(ApplicationRow, offer.application_id)
        is_open = OfferStatus(offer.status) is OfferStatus.OPEN
        assert is_open <= (ApplicationStatus(application.status) is ApplicationStatus.APPROVED)


async def _origin(session: AsyncSession, loan: LoanRow) -> None:
    application = await session.get_one(ApplicationRow, loan.application_id)
    assert ApplicationStatus(application.status) is ApplicationStatus.DISBURSED
    signed = select(ContractRow.signed_at).where(ContractRow.offer_id == loan.offer_id)
    assert await session.scalar(signed) is not None
    assert loan.borrower_id == application.borrower_id


async def _payments(session: AsyncSession) -> None:
    for payment in await session.scalars(select(PaymentRow)):
        settled = PaymentStatus(payment.status) is PaymentStatus.SETTLED
        assert settled == (payment.settled_at is not None)
        by_gateway = payment.channel != Channel.TRANSFER
        assert settled == bool(payment.provider_reference if by_gateway else payment.settled_by)


async def _draws(session: AsyncSession) -> None:
    """A draw is lent exactly when a cashier paid it out under a reference of the bank's."""
    for draw in await session.scalars(select(DrawRow)):
        paid_out = DrawStatus(draw.status) is DrawStatus.PAID_OUT
        assert paid_out == all((draw.payout_reference, draw.paid_out_by, draw.paid_out_on))
        assert paid_out == (draw.event_position is not None)
        asked_for = DrawStatus(draw.status) in (DrawStatus.REQUESTED, DrawStatus.PAID_OUT, DrawStatus.REFUSED)
        assert draw.confirmed_at is not None or not asked_for
    lent = select(LoanEventRow).where(LoanEventRow.kind == EventType.DRAW)
    paid = select(DrawRow).where(DrawRow.status == DrawStatus.PAID_OUT)
    assert len((await session.scalars(lent)).all()) == len((await session.scalars(paid)).all())


async def _handoffs(session: AsyncSession) -> None:
    talking = select(HandoffRow.borrower_id, func.count()).where(HandoffRow.talking).group_by(HandoffRow.borrower_id)
    assert all(count == 1 for _, count in await session.execute(talking))


async def _extensions(session: AsyncSession) -> None:
    """An extension that is agreed was granted, read and signed, and is an event of its loan; no other is."""
    rows = list(await session.scalars(select(ExtensionRow)))
    waiting = [row.loan_id for row in rows if row.status in OPEN]
    assert len(set(waiting)) == len(waiting)
    for row in rows:
        agreed = row.status == ExtensionStatus.AGREED
        assert agreed == (row.signed_at is not None) == (row.event_position is not None)
        assert agreed <= (row.decided_by is not None and row.paper_sha256 is not None)
    moved = select(func.count(LoanEventRow.id)).where(LoanEventRow.kind.in_(("extend", "reschedule")))
    assert await session.scalar(moved) == sum(row.status == ExtensionStatus.AGREED for row in rows)


async def _books_balance(town: Town, loan: LoanView) -> None:
    """The figures that the borrower is shown are the ledger's."""
    if loan.line is not None:
        on_the_way = Money.total((draw.amount for draw in loan.line.on_the_way), loan.principal.currency)
        assert loan.outstanding.principal + on_the_way <= loan.line.limit
    balances, zero = await town.services.loans.trial_balance(loan.id), Money.zero(loan.principal.currency)
    assert Money.total(balances.values(), zero.currency) == zero
    shown = {
        Account.LOAN_PRINCIPAL: loan.outstanding.principal,
        Account.INTEREST_RECEIVABLE: loan.outstanding.interest,
        Account.FEE_RECEIVABLE: loan.outstanding.fees,
        Account.PENALTY_RECEIVABLE: loan.outstanding.penalty,
    }
    assert {account: balances.get(account, zero) for account in shown} == shown
    received = await town.services.repayments.list(loan.borrower_id, loan.id)
    assert Money.total((receipt.amount for receipt in received), zero.currency) == loan.paid_total
