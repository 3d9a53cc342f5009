"""Deciding on more time for a loan: grant as asked or another length → confirmed; or decline with a reason → told."""

from telegram import InlineKeyboardMarkup

from bot import keyboards
from bot.cards.extension_lines import extension_of
from bot.cards.keyboard import DESK
from bot.cards.plan_lines import comparison_lines, length
from bot.keyboards import OldButton, Press
from handlers.officers.approving import drop_button
from handlers.officers.desk import Visit
from services.desk.handoff_states import DeskAction
from services.extensions.extension_limits import lengths_up_to
from services.extensions.extension_views import ExtensionFile, RefusalReason


async def _file(visit: Visit, press: Press, action: DeskAction) -> tuple[int, ExtensionFile]:
    """The handoff in the officer's hand and its extension. Raises OldButton when it is about something else."""
    card = await visit.card_for(press, action)
    file = await extension_of(visit.services, card)
    if file is None:
        raise OldButton
    return card.handoff.id, file


async def propose(visit: Visit, press: Press) -> None:
    """From the card: as asked. From the panel, which names a number of installments: that many."""
    handoff_id, file = await _file(visit, press, DeskAction.EXTEND)
    from_panel = len(press.arguments) > 1
    count = press.number(1) if from_panel else file.extension.asked_installments
    extension = file.extension
    comparison = await visit.services.extension_decisions.preview(visit.staff_id, extension.id, count)
    await visit.answer()
    head = visit.t(
        "desk.extension_panel",
        reference=extension.reference,
        asked=length(extension.product, extension.asked_installments, visit.t),
        length=length(extension.product, count, visit.t),
    )
    text = "\n".join([head, "", *comparison_lines(comparison, visit.t)])
    keyboard = _panel(visit, handoff_id, file, count)
    if from_panel:
        await visit.change(text, keyboard)
    else:
        await visit.post(text, keyboard)


def _panel(visit: Visit, handoff_id: int, file: ExtensionFile, count: int) -> InlineKeyboardMarkup:
    t, product = visit.t, file.extension.product
    grant = keyboards.button(t.plain("desk.button_grant"), keyboards.data(DESK, "extend_grant", handoff_id, count))
    others = [
        keyboards.button(
            t.plain("desk.button_extend", length=length(product, other, t)),
            keyboards.data(DESK, DeskAction.EXTEND, handoff_id, other),
        )
        for other in lengths_up_to(file.most_installments)
        if other != count
    ]
    return keyboards.keyboard(grant, others, drop_button(visit, handoff_id))


async def grant(visit: Visit, press: Press) -> None:
    """The officer has seen both plans and confirms."""
    _, file = await _file(visit, press, DeskAction.EXTEND)
    granted = await visit.services.extension_decisions.approve(visit.staff_id, file.extension.id, press.number(1))
    await visit.answer()
    text = visit.t(
        "desk.extension_done",
        reference=granted.reference,
        length=length(granted.product, granted.wanted, visit.t),
        until=granted.valid_until,
    )
    await visit.change(text)


async def ask_reason(visit: Visit, press: Press) -> None:
    handoff_id, file = await _file(visit, press, DeskAction.REFUSE_EXTENSION)
    await visit.answer()
    text = visit.t("desk.why_decline", reference=file.extension.reference)
    buttons = [
        keyboards.button(visit.t.label(reason.label), keyboards.data(DESK, "extend_because", handoff_id, reason.value))
        for reason in RefusalReason
    ]
    keyboard = keyboards.keyboard(buttons, drop_button(visit, handoff_id))
    if len(press.arguments) > 1:
        await visit.change(text, keyboard)
    else:
        await visit.post(text, keyboard)


async def confirm_refusal(visit: Visit, press: Press) -> None:
    handoff_id, file = await _file(visit, press, DeskAction.REFUSE_EXTENSION)
    reason = press.one_of(RefusalReason, 1)
    await visit.answer()
    t = visit.t
    again = keyboards.data(DESK, DeskAction.REFUSE_EXTENSION, handoff_id, "again")
    yes = keyboards.data(DESK, "extend_refuse", handoff_id, reason.value)
    buttons = [
        keyboards.button(t.plain("desk.button_other_reason"), again),
        keyboards.button(t.plain("desk.button_refuse"), yes),
    ]
    text = t("desk.confirm_decline", reference=file.extension.reference, reason=reason.label)
    await visit.change(text, keyboards.keyboard(buttons))


async def refuse(visit: Visit, press: Press) -> None:
    _, file = await _file(visit, press, DeskAction.REFUSE_EXTENSION)
    reason = press.one_of(RefusalReason, 1)
    declined = await visit.services.extension_decisions.decline(visit.staff_id, file.extension.id, reason)
    await visit.answer()
    await visit.change(visit.t("desk.declined", reference=declined.reference, reason=reason.label))
