"""The card about a handoff: everything an officer needs to decide, nothing that must stay hidden."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.staff import Staff
from services.db import Database
from services.desk.handoff_access import Handoff, view
from services.desk.handoff_states import DeskAction, actions
from services.errors import NotFound
from services.lending.draw_states import DrawStatus
from services.lending.draw_states import label as draw_label
from services.lending.loan_views import LoanFile
from services.lending.loans import Loans
from services.messages.message_params import MessageParam, decode_params
from services.models import ApplicationRow, BorrowerRow, DocumentRow, DrawRow, HandoffRow, LoanRow, PaymentRow
from services.money import Money
from services.origination.applications import ApplicationFile, Applications
from services.repayment.payment_states import PaymentStatus
from services.repayment.payment_states import label as payment_label
from services.repayment.payment_views import Channel
from services.vault import Vault
from services.wording import Label


@dataclass(frozen=True, slots=True)
class CardBorrower:
    """Whom the handoff is about. Phone and ID number are masked."""

    id: int
    name: str | None
    phone_masked: str | None
    id_number_masked: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class CardPayment:
    """The bank transfer that a cashier is to find, or a payment that does not fit."""

    id: int
    in_chat: bool
    """Whether the gateway took it, which knows that it came: nobody looks for it on the bank's account."""
    reference: str
    loan_reference: str
    amount: Money
    status: Label
    opened_at: datetime
    receipts: int
    """How many receipts the borrower has sent."""


@dataclass(frozen=True, slots=True)
class CardDraw:
    """The draw on a revolving line that a cashier is to pay out."""

    id: int
    reference: str
    amount: Money
    account_masked: str
    status: Label
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskCard:
    """A handoff as officers see it: who, what, how much, since when, what next."""

    handoff: Handoff
    borrower: CardBorrower
    text: str | None
    """What the borrower wrote."""
    application: ApplicationFile | None
    loan: LoanFile | None
    payment: CardPayment | None
    details: Mapping[str, MessageParam]
    actions: tuple[DeskAction, ...]
    """What can be done with it in this state, likeliest first."""
    draw: CardDraw | None = None

    @property
    def waiting_since(self) -> datetime:
        """When the matter came up (UTC)."""
        return self.handoff.opened_at


class HandoffCards:
    """Puts cards together from what the other services know."""

    def __init__(
        self, database: Database, vault: Vault, staff: Staff, applications: Applications, loans: Loans
    ) -> None:
        self._database = database
        self._vault = vault
        self._staff = staff
        self._applications = applications
        self._loans = loans

    async def card(self, handoff_id: int) -> DeskCard:
        """The card as of this moment. Whoever shows it answers for who sees it. Raises NotFound."""
        async with self._database.reading() as session:
            row = await session.get(HandoffRow, handoff_id)
            if row is None:
                raise NotFound
            borrower = await session.get_one(BorrowerRow, row.borrower_id)
            payment = None if row.payment_id is None else await _payment(session, row.payment_id)
            details = decode_params(row.details)
            draw = await _draw(session, details.get("draw"))
        handoff = view(row, self._staff)
        return DeskCard(
            handoff=handoff,
            borrower=self._borrower(borrower),
            text=None if row.text_sealed is None else self._vault.unseal_text(row.text_sealed),
            application=None if row.application_id is None else await self._applications.for_staff(row.application_id),
            loan=None if row.loan_id is None else await self._loans.for_staff(row.loan_id),
            payment=payment,
            details=details,
            actions=actions(handoff.kind, handoff.status, talking=handoff.talking),
            draw=draw,
        )

    def _borrower(self, row: BorrowerRow) -> CardBorrower:
        return CardBorrower(
            id=row.id,
            name=None if row.full_name_sealed is None else self._vault.unseal_text(row.full_name_sealed),
            phone_masked=row.phone_masked,
            id_number_masked=row.id_number_masked,
            language=row.language,
        )


async def _draw(session: AsyncSession, draw_id: MessageParam) -> CardDraw | None:
    """The draw that a handoff's details name, if they name one."""
    row = await session.get(DrawRow, draw_id) if isinstance(draw_id, int) else None
    if row is None:
        return None
    loan = await session.get_one(LoanRow, row.loan_id)
    application = await session.get_one(ApplicationRow, loan.application_id)
    return CardDraw(
        id=row.id,
        reference=row.reference,
        amount=Money.from_minor(row.amount_minor, row.currency),
        account_masked=application.payout_account_masked or "",
        status=draw_label(DrawStatus(row.status)),
        confirmed_at=row.confirmed_at,
    )


async def _payment(session: AsyncSession, payment_id: int) -> CardPayment:
    row = await session.get_one(PaymentRow, payment_id)
    loan = await session.get_one(LoanRow, row.loan_id)
    sent = select(func.count(DocumentRow.id)).where(
        DocumentRow.payment_id == payment_id, DocumentRow.deleted_at.is_(None)
    )
    return CardPayment(
        id=row.id,
        in_chat=row.channel == Channel.GATEWAY,
        reference=row.reference,
        loan_reference=loan.reference,
        amount=Money.from_minor(row.amount_minor, row.currency),
        status=payment_label(PaymentStatus(row.status)),
        opened_at=row.opened_at,
        receipts=await session.scalar(sent) or 0,
    )
