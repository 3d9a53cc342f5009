"""Loans whose borrowers ask for more time, over the services of lending."""

from dataclasses import dataclass

from sqlalchemy import select

from services.configuration.extension_rules import ExtensionRules
from services.extensions.extension_plans import Kind
from services.extensions.extension_views import Extension, ExtensionReason
from services.lending.loan_views import Loan
from services.messages.message_params import MessageParam, decode_params
from services.models import HandoffRow, OutboxRow
from services.money import Money
from services.repayment.payment_views import Aim
from tests.services.desk import MANAGER
from tests.services.lending import CHAT, Lending

PHRASE = "我同意签署"


@dataclass(frozen=True)
class Debtor:
    """Somebody with a loan."""

    lending: Lending
    borrower_id: int
    loan: Loan

    @property
    def loan_id(self) -> int:
        return self.loan.id

    async def pay_due(self, amount: Money | None = None) -> None:
        """What is due, or comes next, by the gateway; or another amount."""
        repayments, aim = self.lending.repayments, Aim.DUE if amount is None else Aim.OTHER
        payment = await repayments.open(self.borrower_id, self.loan_id, aim, amount)
        await repayments.confirm(payment.reference, f"TG-{payment.id}", payment.amount.minor, "CNY")

    async def ask(self, installments: int = 3, note: str | None = None, kind: Kind = Kind.LONGER) -> Extension:
        return await self.lending.extensions.ask(
            self.borrower_id, self.loan_id, installments, ExtensionReason.INCOME_FELL, note, kind
        )

    async def granted(self, installments: int = 3, kind: Kind = Kind.LONGER) -> Extension:
        """Asked for and approved."""
        asked = await self.ask(installments, kind=kind)
        return await self.lending.extension_decisions.approve(MANAGER, asked.id)

    async def extended(self, installments: int = 3, kind: Kind = Kind.LONGER) -> Extension:
        """Asked for, approved and signed."""
        granted = await self.granted(installments, kind)
        await self.lending.extension_agreements.send_code(self.borrower_id, granted.id)
        signed = await self.lending.extension_agreements.sign(self.borrower_id, granted.id, PHRASE, CHAT)
        return signed.extension


def rules(**written: object) -> ExtensionRules:
    """Rules as a product's file writes them: numbers with a point in quotes."""
    return ExtensionRules.model_validate(written)


async def debtor(lending: Lending, **asked: object) -> Debtor:
    """A personal loan of 5,000 over six months unless `asked` says otherwise, paid out today."""
    borrower_id = await lending.borrower()
    return Debtor(lending, borrower_id, await lending.loan(borrower_id, **asked))


async def messages(lending: Lending, kind: str) -> list[dict[str, MessageParam]]:
    """What the messages of that kind say, oldest first."""
    async with lending.database.reading() as session:
        rows = await session.scalars(select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id))
        return [decode_params(row.params) for row in rows]


async def handoffs(lending: Lending) -> list[HandoffRow]:
    """The extensions' matters at the desk, oldest first."""
    async with lending.database.reading() as session:
        query = select(HandoffRow).where(HandoffRow.kind == "extension").order_by(HandoffRow.id)
        return list(await session.scalars(query))
