"""The life of a draw on a revolving line, from the borrower's wish to money on the account.

open ──► requested    the borrower confirmed it by the code or the words of consent: an officer is called for the payout
open ──► cancelled, expired    another one took its place, the borrower thought better of it, or the time was over
requested ──► paid_out    an officer paid it out; only now is it lent
requested ──► cancelled   the borrower took it back before an officer had it in hand
requested ──► refused     an officer does not pay it out
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.errors import IllegalMove
from services.models import DrawRow
from services.wording import Label


class DrawStatus(StrEnum):
    OPEN = "open"
    REQUESTED = "requested"
    PAID_OUT = "paid_out"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"


MOVES: Mapping[DrawStatus, frozenset[DrawStatus]] = MappingProxyType(
    {
        DrawStatus.OPEN: frozenset({DrawStatus.REQUESTED, DrawStatus.CANCELLED, DrawStatus.EXPIRED}),
        DrawStatus.REQUESTED: frozenset({DrawStatus.PAID_OUT, DrawStatus.CANCELLED, DrawStatus.REFUSED}),
        DrawStatus.PAID_OUT: frozenset(),
        DrawStatus.CANCELLED: frozenset(),
        DrawStatus.EXPIRED: frozenset(),
        DrawStatus.REFUSED: frozenset(),
    }
)
"""For each status, the ones that may follow it."""


class IllegalDrawMove(IllegalMove):
    """The draw's status does not permit the act; `state` is the status as a `Label`."""

    key = "draws.illegal_move"


def label(status: DrawStatus) -> Label:
    return Label(f"terms.draw_status_{status}")


def require(draw: DrawRow, status: DrawStatus) -> None:
    """Raises `IllegalDrawMove` when the draw is anywhere else."""
    if draw.status != status:
        raise IllegalDrawMove(state=label(DrawStatus(draw.status)))


def move(draw: DrawRow, to: DrawStatus, at: datetime) -> None:
    """Bring the draw to `to` at the instant `at`. Raises `IllegalDrawMove` when no such step exists."""
    now = DrawStatus(draw.status)
    if to not in MOVES[now]:
        raise IllegalDrawMove(state=label(now))
    draw.status = to
    if not MOVES[to]:
        draw.closed_at = at
