"""Saying no with a reason: declining an application, rejecting a transfer receipt. Reason → confirmed → told."""

from collections.abc import Iterable

from telegram import InlineKeyboardMarkup

from bot import keyboards
from bot.cards.keyboard import DESK
from bot.keyboards import OldButton, Press
from handlers.officers.approving import drop_button
from handlers.officers.desk import Visit, application_of
from services.desk.handoff_states import DeskAction
from services.origination.decisions import DeclineReason
from services.repayment.payment_views import RejectReason


async def ask_decline_reason(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.DECLINE)
    await visit.answer()
    text = visit.t("desk.why_decline", reference=application_of(card).application.reference)
    await _show(visit, press, text, _reasons(visit, card.handoff.id, "because", DeclineReason))


async def confirm_decline(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.DECLINE)
    reason = press.one_of(DeclineReason, 1)
    await visit.answer()
    reference = application_of(card).application.reference
    text = visit.t("desk.confirm_decline", reference=reference, reason=reason.label)
    await visit.change(
        text, _confirmation(visit, card.handoff.id, "refuse", reason, visit.t.plain("desk.button_refuse"))
    )


async def decline(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.DECLINE)
    reason = press.one_of(DeclineReason, 1)
    application = application_of(card).application
    await visit.services.decisions.decline(visit.staff_id, application.id, reason)
    await visit.answer()
    await visit.change(visit.t("desk.declined", reference=application.reference, reason=reason.label))


async def ask_reject_reason(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.REJECT_RECEIPT)
    if card.payment is None:
        raise OldButton
    await visit.answer()
    text = visit.t("desk.why_reject", reference=card.payment.reference)
    await _show(visit, press, text, _reasons(visit, card.handoff.id, "unbooked", RejectReason))


async def confirm_reject(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.REJECT_RECEIPT)
    reason = press.one_of(RejectReason, 1)
    if card.payment is None:
        raise OldButton
    await visit.answer()
    text = visit.t("desk.confirm_reject", reference=card.payment.reference, reason=reason.label)
    await visit.change(
        text, _confirmation(visit, card.handoff.id, "reject", reason, visit.t.plain("desk.button_reject"))
    )


async def reject(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.REJECT_RECEIPT)
    reason = press.one_of(RejectReason, 1)
    if card.payment is None:
        raise OldButton
    await visit.services.transfers.reject(visit.staff_id, card.payment.id, reason)
    await visit.answer()
    await visit.change(visit.t("desk.rejected", reference=card.payment.reference, reason=reason.label))


async def _show(visit: Visit, press: Press, text: str, keyboard: InlineKeyboardMarkup) -> None:
    """A panel of its own under the card; in its own place when the officer comes back to it."""
    if len(press.arguments) > 1:
        await visit.change(text, keyboard)
    else:
        await visit.post(text, keyboard)


def _reasons(
    visit: Visit, handoff_id: int, action: str, reasons: Iterable[DeclineReason | RejectReason]
) -> InlineKeyboardMarkup:
    buttons = [
        keyboards.button(visit.t.label(reason.label), keyboards.data(DESK, action, handoff_id, reason.value))
        for reason in reasons
    ]
    return keyboards.keyboard(buttons, drop_button(visit, handoff_id))


def _confirmation(
    visit: Visit, handoff_id: int, action: str, reason: DeclineReason | RejectReason, label: str
) -> InlineKeyboardMarkup:
    yes = keyboards.button(label, keyboards.data(DESK, action, handoff_id, reason.value))
    again = DeskAction.DECLINE if isinstance(reason, DeclineReason) else DeskAction.REJECT_RECEIPT
    back = keyboards.button(visit.t.plain("desk.button_other_reason"), keyboards.data(DESK, again, handoff_id, "again"))
    return keyboards.keyboard([back, yes])
