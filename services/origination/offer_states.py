"""The life of an offer.

open ──► accepted    the borrower signed the contract
open ──► declined    the borrower said no
open ──► expired     nobody answered in time
open ──► withdrawn   the application was withdrawn, or another decision replaced this one
accepted ──► withdrawn   the borrower cancelled after signing and before the payout
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.errors import IllegalMove
from services.models import OfferRow
from services.wording import Label


class OfferStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


MOVES: Mapping[OfferStatus, frozenset[OfferStatus]] = MappingProxyType(
    {
        OfferStatus.OPEN: frozenset(OfferStatus) - {OfferStatus.OPEN},
        OfferStatus.ACCEPTED: frozenset({OfferStatus.WITHDRAWN}),
        OfferStatus.DECLINED: frozenset(),
        OfferStatus.EXPIRED: frozenset(),
        OfferStatus.WITHDRAWN: frozenset(),
    }
)
"""For each status, the ones that may follow it."""


class IllegalOfferMove(IllegalMove):
    """The offer's status does not permit the act; `state` is the status as a `Label`."""

    key = "offers.illegal_move"


class OfferExpired(IllegalOfferMove):
    """The time in which the lender stood by the offer is over; `expires_at` says when it ended."""

    key = "offers.expired"


def label(status: OfferStatus) -> Label:
    return Label(f"terms.offer_status_{status}")


def move(offer: OfferRow, to: OfferStatus, at: datetime) -> None:
    """Bring the offer to `to` at the instant `at`. Raises `IllegalOfferMove` when no such step exists."""
    now = OfferStatus(offer.status)
    if to not in MOVES[now]:
        raise IllegalOfferMove(state=label(now))
    offer.status = to
    offer.closed_at = at
