"""The life of a payment, from the borrower's intention to money that is booked.

open ──► awaiting_confirmation    a transfer receipt was sent; a cashier looks for the money
open ──► settled                  the gateway confirmed the money
open ──► expired, cancelled       nothing came in time, or the borrower chose otherwise
awaiting_confirmation ──► settled, rejected
rejected ──► awaiting_confirmation    another receipt for the same transfer
expired, cancelled, rejected ──► settled    money that comes late is still booked
expired, cancelled ──► awaiting_confirmation    and so is its receipt looked at
settled ──► reversed              the money was taken back
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from services.errors import IllegalMove
from services.models import PaymentRow
from services.wording import Label


class PaymentStatus(StrEnum):
    OPEN = "open"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    SETTLED = "settled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


_LATE = frozenset({PaymentStatus.AWAITING_CONFIRMATION, PaymentStatus.SETTLED})

MOVES: Mapping[PaymentStatus, frozenset[PaymentStatus]] = MappingProxyType(
    {
        PaymentStatus.OPEN: _LATE | {PaymentStatus.EXPIRED, PaymentStatus.CANCELLED},
        PaymentStatus.AWAITING_CONFIRMATION: frozenset({PaymentStatus.SETTLED, PaymentStatus.REJECTED}),
        PaymentStatus.REJECTED: _LATE,
        PaymentStatus.EXPIRED: _LATE,
        PaymentStatus.CANCELLED: _LATE,
        PaymentStatus.SETTLED: frozenset({PaymentStatus.REVERSED}),
        PaymentStatus.REVERSED: frozenset(),
    }
)
"""For each status, the ones that may follow it."""


class IllegalPaymentMove(IllegalMove):
    """The payment's status does not permit the act; `state` is the status as a `Label`."""

    key = "repayments.illegal_move"


def label(status: PaymentStatus) -> Label:
    return Label(f"terms.payment_status_{status}")


def may(payment: PaymentRow, to: PaymentStatus) -> bool:
    """Whether the payment may go to `to` from where it is."""
    return to in MOVES[PaymentStatus(payment.status)]


def move(payment: PaymentRow, to: PaymentStatus) -> None:
    """Bring the payment to `to`. Raises `IllegalPaymentMove` when no such step exists, staying included."""
    if not may(payment, to):
        raise IllegalPaymentMove(state=label(PaymentStatus(payment.status)))
    payment.status = to
