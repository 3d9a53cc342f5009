"""What a card says about a loan, a bank transfer for it, or money that does not fit."""

from collections.abc import Iterator

from bot.cards.line_lines import line_lines
from bot.wording.i18n import Translator
from services.desk.handoff_cards import CardPayment, DeskCard
from services.lending.loan_views import LoanView
from services.money import Money
from services.wording import Label


def loan_lines(loan: LoanView, t: Translator) -> Iterator[str]:
    """Where the loan stands today."""
    yield t("desk.loan", reference=loan.reference, principal=loan.principal, product=loan.product)
    yield t("desk.loan_terms", method=loan.method_label, rate=loan.current_rate, disbursed_on=loan.disbursed_on)
    if loan.line is not None:
        yield from line_lines(loan.line, t)
    if loan.closed_on is not None:
        yield t("desk.loan_closed", closed_on=loan.closed_on)
        return
    if loan.days_past_due:
        yield t.n("desk.days_past_due", loan.days_past_due, classification=loan.classification_label)
    if loan.due_now.total:
        key = "desk.due_now_with_penalty" if loan.due_now.penalty else "desk.due_now"
        yield t(key, amount=loan.due_now.total, penalty=loan.due_now.penalty)
    yield t("desk.outstanding", as_of=loan.as_of, amount=loan.outstanding.total, payoff=loan.payoff)
    if loan.next_due is not None:
        yield t("desk.next_due", amount=loan.next_due.amount, on=loan.next_due.on)


def payment_lines(payment: CardPayment, t: Translator) -> Iterator[str]:
    """The transfer that a cashier looks for, or how the money came that does not fit."""
    key = "desk.paid_in_chat" if payment.in_chat else "desk.transfer"
    yield t(key, amount=payment.amount, reference=payment.reference)
    yield t("desk.transfer_opened", opened=payment.opened_at, status=payment.status)
    if payment.in_chat:
        return
    yield t.n("desk.receipts", payment.receipts) if payment.receipts else t("desk.receipts_none")


def incident_lines(card: DeskCard, t: Translator) -> Iterator[str]:
    """What does not fit."""
    what, amount = card.details.get("what"), card.details.get("amount")
    if isinstance(what, Label) and isinstance(amount, Money):
        yield t("desk.incident", what=what, amount=amount)
