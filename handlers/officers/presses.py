"""Every button of the desk: who may press at all, which act it is, and what a refusal looks like.

A press by anybody but an officer, or anywhere but at the desk, is answered without a word and does nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from telegram import InaccessibleMessage, Update
from telegram.ext import ApplicationHandlerStop

from bot.context import LoanlineContext
from bot.keyboards import OldButton, Press, pressed
from bot.replies import answer
from handlers.officers import (
    approving,
    draws,
    extending,
    papers,
    payouts,
    receipts,
    refusing,
    requests,
    reversing,
    taking,
    talking,
)
from handlers.officers.desk import Visit, visit
from services.desk.handoff_states import DeskAction
from services.errors import DomainError

Act = Callable[[Visit, Press], Awaitable[None]]

ACTS: Final[Mapping[str, Act]] = {
    DeskAction.CLAIM: taking.claim,
    DeskAction.HAND_BACK: taking.hand_back,
    DeskAction.CLOSE: taking.close,
    "show": taking.show,
    "drop": taking.drop,
    DeskAction.VIEW_DOCUMENTS: papers.view,
    DeskAction.ASK_INFORMATION: requests.ask,
    DeskAction.APPROVE: approving.approve,
    "amount": approving.ask_amount,
    "term": approving.ask_term,
    "grant": approving.grant,
    DeskAction.DECLINE: refusing.ask_decline_reason,
    "because": refusing.confirm_decline,
    "refuse": refusing.decline,
    DeskAction.CONFIRM_PAYOUT: payouts.ask_reference,
    DeskAction.REFUSE_DRAW: draws.ask_refusal,
    "undrawn": draws.confirm_refusal,
    "undraw": draws.refuse,
    "block": draws.stop_or_let,
    DeskAction.CONFIRM_RECEIPT: receipts.confirm,
    "received": receipts.ask_amount,
    "book": receipts.book,
    DeskAction.REJECT_RECEIPT: refusing.ask_reject_reason,
    "unbooked": refusing.confirm_reject,
    "reject": refusing.reject,
    "unpay": reversing.take_back,
    DeskAction.EXTEND: extending.propose,
    "extend_grant": extending.grant,
    DeskAction.REFUSE_EXTENSION: extending.ask_reason,
    "extend_because": extending.confirm_refusal,
    "extend_refuse": extending.refuse,
    DeskAction.TALK: talking.ask_words,
    DeskAction.STOP_TALKING: talking.stop,
}
"""By the action in the callback data."""


async def press(update: Update, context: LoanlineContext) -> None:
    officer = visit(update, context)
    if officer is None and _out_of_reach(update, context):
        await answer(update, context, context.desk_t.plain("desk.old_button"), alert=True)
    elif officer is not None:
        try:
            chosen = pressed(update)
            if chosen.action not in ACTS:
                raise OldButton
            await ACTS[chosen.action](officer, chosen)
        except DomainError as refusal:
            await officer.alert(refusal)
    await answer(update, context)
    raise ApplicationHandlerStop


def _out_of_reach(update: Update, context: LoanlineContext) -> bool:
    """Whether an officer pressed a card so old that Telegram no longer hands it over."""
    query = update.callback_query
    if query is None or not isinstance(query.message, InaccessibleMessage):
        return False
    return context.services.staff.is_staff(query.from_user.id)
