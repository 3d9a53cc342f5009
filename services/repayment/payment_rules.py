"""What may be paid, and why a payment is refused."""

from datetime import date, datetime
from decimal import Decimal

from services.answers import read_amount
from services.engine.state import LoanState
from services.errors import InvalidInput
from services.lending.loan_figures import next_due
from services.models import PaymentRow
from services.money import InvalidMoney, Money
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus, label
from services.repayment.payment_views import Aim

SMALLEST = Decimal(1)
"""Smallest repayment in major units, unless less is owed in all."""


class AmountUnreadable(InvalidInput):
    """What was typed names no amount; between `minimum` and `maximum` can be paid."""

    key = "repayments.amount_unreadable"
    field = "amount"


class AmountTooSmall(InvalidInput):
    """Less than `minimum`; at most `maximum` can be paid."""

    key = "repayments.amount_too_small"
    field = "amount"


class AmountAboveOwed(InvalidInput):
    """More than closes the loan, which is `maximum`."""

    key = "repayments.amount_above_owed"
    field = "amount"


class NothingDue(InvalidInput):
    """No installment of the loan asks for anything."""

    key = "repayments.nothing_due"
    field = "amount"


class PaymentExpired(IllegalPaymentMove):
    """The payment's figures held until `valid_until`; a fresh one is needed."""

    key = "repayments.expired"


class PaymentMismatch(InvalidInput):
    """The gateway names another amount or currency than `amount`, which the payment was opened for."""

    key = "repayments.mismatch"
    field = "amount"


class OtherCurrency(InvalidInput):
    """Money came in another currency than the loan's; nothing was booked, and the cashiers were told."""

    key = "repayments.other_currency"
    field = "amount"


class DateOutOfRange(InvalidInput):
    """Money is booked on a day between the payout, `earliest`, and today, `latest`."""

    key = "repayments.date_out_of_range"
    field = "received_on"


def amount_for(aim: Aim, typed: str | Money | None, state: LoanState) -> Money:
    """What a payment of that aim comes to on the state's day; `typed` counts for an amount of the borrower's choice.

    Raises NothingDue, AmountUnreadable, AmountTooSmall, AmountAboveOwed.
    """
    payoff = state.payoff
    if not payoff:
        raise NothingDue
    if aim is Aim.PAYOFF:
        return payoff
    if aim is Aim.DUE:
        coming = next_due(state)
        due = state.due_now.total or (coming.amount if coming else payoff)
        return min(due, payoff)
    smallest = min(Money.of(SMALLEST, payoff.currency), payoff)
    amount = _read(typed, smallest, payoff)
    if amount < smallest:
        raise AmountTooSmall(minimum=smallest, maximum=payoff)
    if amount > payoff:
        raise AmountAboveOwed(maximum=payoff)
    return amount


def _read(typed: str | Money | None, smallest: Money, payoff: Money) -> Money:
    if isinstance(typed, Money):
        return typed
    number = None if typed is None else read_amount(typed)
    try:
        return Money.of("" if number is None else number, payoff.currency)
    except InvalidMoney:
        raise AmountUnreadable(minimum=smallest, maximum=payoff) from None


def require_payable(payment: PaymentRow, now: datetime) -> None:
    """Raises PaymentExpired or IllegalPaymentMove unless the borrower may pay it at this instant."""
    status = PaymentStatus(payment.status)
    expired = status is PaymentStatus.OPEN and payment.valid_until < now
    if expired or status is PaymentStatus.EXPIRED:
        raise PaymentExpired(valid_until=payment.valid_until, state=label(PaymentStatus.EXPIRED))
    if status is not PaymentStatus.OPEN:
        raise IllegalPaymentMove(state=label(status))


def require_date(on: date, earliest: date, latest: date) -> None:
    """Raises DateOutOfRange."""
    if not earliest <= on <= latest:
        raise DateOutOfRange(earliest=earliest, latest=latest)
