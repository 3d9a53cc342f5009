"""Draws on revolving lines: paying one out with the bank's reference, refusing one with a reason, stopping a line."""

from telegram import InlineKeyboardMarkup, Update

from bot import keyboards
from bot.cards.keyboard import DESK
from bot.cards.line_lines import line_lines
from bot.context import LoanlineContext
from bot.keyboards import OldButton, Press
from handlers.officers.approving import drop_button
from handlers.officers.desk import Visit
from handlers.officers.numbered import by_number
from handlers.officers.prompts import Answers, Prompt
from services.desk.handoff_cards import CardDraw, DeskCard
from services.desk.handoff_states import DeskAction
from services.lending.draw_payouts import DrawRefusal, LineFile


async def ask_reference(officer: Visit, card: DeskCard) -> None:
    draw = draw_of(card)
    await officer.answer()
    text = officer.t(
        "desk.prompt_payout",
        amount=draw.amount,
        name=card.borrower.name or officer.t.plain("desk.name_unknown"),
        account=draw.account_masked,
    )
    await officer.ask(text, Prompt(Answers.PAYOUT, card.handoff.id))


async def pay_out(officer: Visit, card: DeskCard, reference: str) -> None:
    """The officer's reply is the bank's reference: now it is lent."""
    paid = await officer.services.draw_payouts.pay_out(officer.staff_id, draw_of(card).id, reference)
    await officer.done(
        officer.t(
            "desk.draw_paid_out",
            draw=paid.reference,
            loan=paid.loan_reference,
            amount=paid.amount,
            reference=paid.payout_reference or "",
        )
    )


async def ask_refusal(officer: Visit, press: Press) -> None:
    card = await officer.card_for(press, DeskAction.REFUSE_DRAW)
    await officer.answer()
    buttons = [
        keyboards.button(officer.t.label(reason.label), keyboards.data(DESK, "undrawn", card.handoff.id, reason.value))
        for reason in DrawRefusal
    ]
    text = officer.t("desk.why_refuse_draw", draw=draw_of(card).reference)
    keyboard = keyboards.keyboard(buttons, drop_button(officer, card.handoff.id))
    await (officer.change if len(press.arguments) > 1 else officer.post)(text, keyboard)


async def confirm_refusal(officer: Visit, press: Press) -> None:
    card = await officer.card_for(press, DeskAction.REFUSE_DRAW)
    reason = press.one_of(DrawRefusal, 1)
    await officer.answer()
    t = officer.t
    again = keyboards.data(DESK, DeskAction.REFUSE_DRAW, card.handoff.id, "again")
    yes = keyboards.data(DESK, "undraw", card.handoff.id, reason.value)
    keyboard = keyboards.keyboard(
        [keyboards.button(t.plain("desk.button_other_reason"), again)],
        [keyboards.button(t.plain("desk.button_refuse_draw"), yes)],
    )
    await officer.change(t("desk.confirm_refuse_draw", draw=draw_of(card).reference, reason=reason.label), keyboard)


async def refuse(officer: Visit, press: Press) -> None:
    card = await officer.card_for(press, DeskAction.REFUSE_DRAW)
    reason = press.one_of(DrawRefusal, 1)
    refused = await officer.services.draw_payouts.refuse(officer.staff_id, draw_of(card).id, reason)
    await officer.answer()
    await officer.change(officer.t("desk.draw_refused", draw=refused.reference, reason=reason.label))


def draw_of(card: DeskCard) -> CardDraw:
    """The draw that the card is about. Raises OldButton when it is about something else."""
    if card.draw is None:
        raise OldButton
    return card.draw


async def line(update: Update, context: LoanlineContext) -> None:
    """/line with a loan's number: how the line stands, and a button that stops draws or lets them again."""
    await by_number(update, context, "desk.line_usage", _show)


async def stop_or_let(officer: Visit, press: Press) -> None:
    """`desk:block:<loan>:<1 to stop draws, 0 to let them>`."""
    found = await officer.services.draw_payouts.block(officer.staff_id, press.number(0), blocked=press.number(1) == 1)
    await officer.answer()
    await officer.change(_line(found, officer), _line_keyboard(found, officer))


async def _show(officer: Visit, reference: str) -> None:
    found = await officer.services.draw_payouts.find(officer.staff_id, reference)
    await officer.post(_line(found, officer), _line_keyboard(found, officer))


def _line(found: LineFile, officer: Visit) -> str:
    return "\n".join([officer.t("desk.line_title", loan=found.reference), *line_lines(found.line, officer.t)])


def _line_keyboard(found: LineFile, officer: Visit) -> InlineKeyboardMarkup:
    key = "desk.button_let_draws" if found.line.blocked else "desk.button_stop_draws"
    wanted = 0 if found.line.blocked else 1
    return keyboards.keyboard(
        keyboards.button(officer.t.plain(key), keyboards.data(DESK, "block", found.loan_id, wanted))
    )
