"""Deciding on more time for a loan: grant as asked or another length → confirmed; or decline with a reason → told."""

from telegram import InlineKeyboardMarkup

from bot import keyboards
from bot.cards.extension_lines import extension_of
from bot.cards.keyboard import DESK
from bot.cards.plan_lines import change_words, comparison_lines
from bot.keyboards import OldButton, Press
from handlers.officers.approving import drop_button
from handlers.officers.desk import Visit
from services.desk.handoff_states import DeskAction
from services.extensions.extension_plans import Kind
from services.extensions.extension_views import ExtensionFile, RefusalReason


async def _file(visit: Visit, press: Press, action: DeskAction) -> tuple[int, ExtensionFile]:
    """The handoff in the officer's hand and its extension. Raises OldButton when it is about something else."""
    card = await visit.card_for(press, action)
    file = await extension_of(visit.services, card)
    if file is None:
        raise OldButton
    return card.handoff.id, file


async def propose(visit: Visit, press: Press) -> None:
    """From the card: as asked. From the panel, which names kind and number of installments: that."""
    handoff_id, file = await _file(visit, press, DeskAction.EXTEND)
    extension, from_panel = file.extension, len(press.arguments) > 1
    kind, count = _chosen(press) if from_panel else extension.asked
    comparison = await visit.services.extension_decisions.preview(visit.staff_id, extension.id, count, kind)
    await visit.answer()
    head = visit.t(
        "desk.extension_panel",
        reference=extension.reference,
        asked=change_words(extension.product, extension.asked, visit.t),
        change=change_words(extension.product, (kind, count), visit.t),
    )
    text = "\n".join([head, "", *comparison_lines(comparison, visit.t)])
    keyboard = _panel(visit, handoff_id, file, (kind, count))
    if from_panel:
        await visit.change(text, keyboard)
    else:
        await visit.post(text, keyboard)


def _chosen(press: Press) -> tuple[Kind, int]:
    return press.one_of(Kind, 1), press.number(2)


def _panel(visit: Visit, handoff_id: int, file: ExtensionFile, shown: tuple[Kind, int]) -> InlineKeyboardMarkup:
    t, product = visit.t, file.extension.product
    grant = keyboards.button(t.plain("desk.button_grant"), keyboards.data(DESK, "extend_grant", handoff_id, *shown))
    others = [
        keyboards.button(
            t.plain("desk.button_extend", change=change_words(product, other, t)),
            keyboards.data(DESK, DeskAction.EXTEND, handoff_id, *other),
        )
        for other in file.choices
        if other != shown
    ]
    return keyboards.keyboard(grant, others, drop_button(visit, handoff_id))


async def grant(visit: Visit, press: Press) -> None:
    """The officer has seen both plans and confirms."""
    _, file = await _file(visit, press, DeskAction.EXTEND)
    kind, count = _chosen(press)
    granted = await visit.services.extension_decisions.approve(visit.staff_id, file.extension.id, count, kind)
    await visit.answer()
    text = visit.t(
        "desk.extension_done",
        reference=granted.reference,
        change=change_words(granted.product, granted.wanted, visit.t),
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
