"""The life of a handoff, and what an officer can do about one.

open ──► claimed     one officer takes it
claimed ──► open     handed back
claimed ──► closed   done
open ──► closed      the matter settled itself, such as a loan paid up
"""

from enum import StrEnum

from services.errors import IllegalMove, NotAllowed
from services.wording import Label


class HandoffKind(StrEnum):
    """Why a human is needed."""

    APPLICATION = "application"
    QUESTION = "question"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"
    TRANSFER_RECEIPT = "transfer_receipt"
    ESCALATION = "escalation"
    PAYOUT = "payout"
    DRAW = "draw"
    """A draw on a revolving line is to be paid out."""
    DATA_REQUEST = "data_request"
    PRODUCT_INTEREST = "product_interest"
    INCIDENT = "incident"
    EXTENSION = "extension"
    UNREACHABLE = "unreachable"
    """Telegram no longer delivers to a borrower who has a loan or an application."""

    @property
    def label(self) -> Label:
        return Label(f"terms.handoff_kind_{self}")


class HandoffStatus(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    CLOSED = "closed"

    @property
    def label(self) -> Label:
        return Label(f"terms.handoff_status_{self}")


ASKED_BY_BORROWER = frozenset(
    {
        HandoffKind.QUESTION,
        HandoffKind.HARDSHIP,
        HandoffKind.COMPLAINT,
        HandoffKind.DATA_REQUEST,
        HandoffKind.PRODUCT_INTEREST,
    }
)
"""The kinds that a borrower opens by asking; the others follow from something that happened."""


class DeskAction(StrEnum):
    """What a card offers. Whether the officer who presses may is asked again when they press."""

    CLAIM = "claim"
    VIEW_DOCUMENTS = "view_documents"
    ASK_INFORMATION = "ask_information"
    APPROVE = "approve"
    DECLINE = "decline"
    CONFIRM_PAYOUT = "confirm_payout"
    REFUSE_DRAW = "refuse_draw"
    CONFIRM_RECEIPT = "confirm_receipt"
    REJECT_RECEIPT = "reject_receipt"
    EXTEND = "extend"
    REFUSE_EXTENSION = "refuse_extension"
    TALK = "talk"
    STOP_TALKING = "stop_talking"
    HAND_BACK = "hand_back"
    CLOSE = "close"


_SPECIAL = {
    HandoffKind.APPLICATION: (
        DeskAction.APPROVE,
        DeskAction.DECLINE,
        DeskAction.ASK_INFORMATION,
        DeskAction.VIEW_DOCUMENTS,
    ),
    HandoffKind.PAYOUT: (DeskAction.CONFIRM_PAYOUT, DeskAction.VIEW_DOCUMENTS),
    HandoffKind.DRAW: (DeskAction.CONFIRM_PAYOUT, DeskAction.REFUSE_DRAW),
    HandoffKind.TRANSFER_RECEIPT: (
        DeskAction.VIEW_DOCUMENTS,
        DeskAction.CONFIRM_RECEIPT,
        DeskAction.REJECT_RECEIPT,
    ),
    HandoffKind.EXTENSION: (DeskAction.EXTEND, DeskAction.REFUSE_EXTENSION),
}
_CLOSED_BY_ACTING = frozenset(
    {
        HandoffKind.APPLICATION,
        HandoffKind.PAYOUT,
        HandoffKind.DRAW,
        HandoffKind.TRANSFER_RECEIPT,
        HandoffKind.EXTENSION,
    }
)
"""Kinds that end with a decision, a payout or a booking, never with a bare "done"."""


def actions(kind: HandoffKind, status: HandoffStatus, *, talking: bool) -> tuple[DeskAction, ...]:
    """What a card of that kind and state offers, likeliest first."""
    if status is HandoffStatus.CLOSED:
        return ()
    if status is HandoffStatus.OPEN:
        return (DeskAction.CLAIM,)
    talk = DeskAction.STOP_TALKING if talking else DeskAction.TALK
    end = () if kind in _CLOSED_BY_ACTING else (DeskAction.CLOSE,)
    return (*_SPECIAL.get(kind, ()), talk, *end, DeskAction.HAND_BACK)


def closes_by_acting(kind: HandoffKind) -> bool:
    """Whether only the act that the handoff asks for ends it."""
    return kind in _CLOSED_BY_ACTING


class AlreadyClaimed(IllegalMove):
    """Another officer has it. `name` is that officer's."""

    key = "handoffs.already_claimed"


class HandoffClosed(IllegalMove):
    """The handoff is done with. `reference` names it."""

    key = "handoffs.closed"


class NotClaimed(IllegalMove):
    """Nobody has taken the handoff yet, so nobody may act on it. `reference` names it."""

    key = "handoffs.not_claimed"


class ClaimedByAnother(NotAllowed):
    """Only the officer who took the handoff may do this. `name` is that officer's."""

    key = "handoffs.claimed_by_another"


class NeedsItsAct(IllegalMove):
    """This handoff ends by deciding, paying out or booking, not by closing it. `kind` is its kind as a `Label`."""

    key = "handoffs.needs_its_act"


class AlreadyTalking(IllegalMove):
    """Another officer is talking with this borrower. `name` is that officer's."""

    key = "handoffs.already_talking"


class OutsideContactHours(IllegalMove):
    """An officer writes about arrears at an hour when borrowers are left in peace; from `opens_at` on it may be."""

    key = "handoffs.outside_contact_hours"


class NotTalking(IllegalMove):
    """No conversation is going on."""

    key = "handoffs.not_talking"
