"""The buttons of a card: what its state offers."""

from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import keyboards
from bot.wording.i18n import Translator
from services.desk.handoff_cards import DeskCard
from services.desk.handoff_states import DeskAction, HandoffKind

DESK: Final = "desk"
"""Beginning of the callback data of everything that officers press."""

LABELS: Final = {
    DeskAction.CLAIM: "desk.button_claim",
    DeskAction.VIEW_DOCUMENTS: "desk.button_view_documents",
    DeskAction.ASK_INFORMATION: "desk.button_ask_information",
    DeskAction.APPROVE: "desk.button_approve",
    DeskAction.DECLINE: "desk.button_decline",
    DeskAction.CONFIRM_PAYOUT: "desk.button_confirm_payout",
    DeskAction.REFUSE_DRAW: "desk.button_refuse_draw",
    DeskAction.CONFIRM_RECEIPT: "desk.button_confirm_receipt",
    DeskAction.REJECT_RECEIPT: "desk.button_reject_receipt",
    DeskAction.EXTEND: "desk.button_approve",
    DeskAction.REFUSE_EXTENSION: "desk.button_decline",
    DeskAction.TALK: "desk.button_talk",
    DeskAction.STOP_TALKING: "desk.button_stop_talking",
    DeskAction.HAND_BACK: "desk.button_hand_back",
    DeskAction.CLOSE: "desk.button_close",
}


def card_keyboard(card: DeskCard, t: Translator) -> InlineKeyboardMarkup | None:
    """A button for each act, likeliest first; none on a closed card."""
    if not card.actions:
        return None
    return keyboards.keyboard([_button(action, card, t) for action in card.actions])


def action_button(action: DeskAction, handoff_id: int, t: Translator) -> InlineKeyboardButton:
    """The button for one act, wherever it stands."""
    return keyboards.button(t.plain(LABELS[action]), keyboards.data(DESK, action, handoff_id))


def _button(action: DeskAction, card: DeskCard, t: Translator) -> InlineKeyboardButton:
    papers = _papers(card)
    if action is not DeskAction.VIEW_DOCUMENTS or not papers:
        return action_button(action, card.handoff.id, t)
    label = t.plain("desk.button_view_documents_counted", count=papers)
    return keyboards.button(label, keyboards.data(DESK, action, card.handoff.id))


def _papers(card: DeskCard) -> int:
    if card.handoff.kind is HandoffKind.TRANSFER_RECEIPT:
        return 0 if card.payment is None else card.payment.receipts
    return 0 if card.application is None else len(card.application.papers)
