"""Drawing on a revolving line: how much → what it costs, with a code → the code or the words of consent, typed.

A draw can be taken back before an officer pays it out, and a line ended on which nothing is owed.
"""

from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.errors import wording
from bot.replies import answer, reply
from bot.wording.i18n import Translator
from handlers import line_card, menu, schedule
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, looks_like_number, typed
from services.errors import IllegalMove
from services.lending.draw_states import IllegalDrawMove
from services.lending.draws import DrawExpired
from services.money import Money
from services.origination.signing import CodeExpired, NoCodeSent, TooManyAttempts, recognise


class Step(StrEnum):
    AMOUNT = "draw:amount"
    CONFIRM = "draw:confirm"
    END = "draw:end"


LOAN: Final = "draw_loan"
"""The line that the step is about."""
DRAW: Final = "draw_id"
"""The draw that waits for its confirmation."""


async def begin(update: Update, context: LoanlineContext) -> str:
    """Straight to the amount where there is only one line."""
    loans = await context.services.loans.list(context.borrower.id, open_only=True)
    lines = [loan for loan in loans if loan.available is not None]
    if len(lines) == 1:
        context.place[LOAN] = lines[0].id
        return await ask_amount(update, context)
    if lines:
        return await schedule.choose(update, context)
    await answer(update, context)
    t = context.t
    buttons = [keyboards.button(t.plain("menu.button_apply"), "apply:start"), keyboards.menu(t)]
    await reply(update, context, t("draws.none"), keyboards.keyboard(buttons))
    return menu.Step.OPEN


async def loan_pressed(update: Update, context: LoanlineContext) -> str:
    loan = await context.services.loans.get(context.borrower.id, keyboards.pressed(update).number())
    context.place[LOAN] = loan.id
    return await ask_amount(update, context)


async def ask_amount(update: Update, context: LoanlineContext) -> str:
    """What can be drawn, with round amounts to press; why nothing can, where that is so."""
    await answer(update, context)
    if LOAN not in context.place:
        return await begin(update, context)
    t = context.t
    try:
        options = await context.services.draws.options(context.borrower.id, context.place[LOAN])
    except IllegalMove as refusal:
        return await _nothing_to_draw(refusal, update, context)
    quick = [
        keyboards.button(
            t.plain("draws.button_all" if amount == options.line.available else "draws.button_amount", amount=amount),
            keyboards.data("draw", "amount", options.loan_id, amount.minor),
        )
        for amount in options.quick
    ]
    buttons = keyboards.keyboard(quick, [keyboards.back(t), keyboards.cancel(t)])
    await reply(update, context, line_card.ask_amount(options, t), buttons)
    return Step.AMOUNT


async def _nothing_to_draw(refusal: IllegalMove, update: Update, context: LoanlineContext) -> str:
    buttons = _loan_buttons(context.place[LOAN], context.t)
    await reply(update, context, wording(context.t, refusal), buttons)
    return menu.Step.OPEN


def _loan_buttons(loan_id: int, t: Translator) -> InlineKeyboardMarkup:
    loan = keyboards.button(t.plain("repay.button_loan"), keyboards.data("schedule", "loan", loan_id))
    return keyboards.keyboard([loan, keyboards.menu(t)])


async def amount_pressed(update: Update, context: LoanlineContext) -> str:
    press = keyboards.pressed(update)
    loan = await context.services.loans.get(context.borrower.id, press.number(0))
    context.place[LOAN] = loan.id
    return await _open(Money.from_minor(press.number(1), loan.principal.currency), update, context)


async def amount_typed(update: Update, context: LoanlineContext) -> str:
    return await _open((update.effective_message and update.effective_message.text) or "", update, context)


async def _open(amount: str | Money, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    draw = await context.services.draws.open(context.borrower.id, context.place.get(LOAN, 0), amount)
    context.place[DRAW] = draw.id
    return await ask_confirmation(update, context)


async def ask_confirmation(update: Update, context: LoanlineContext) -> str:
    """What the draw does, and a fresh code; the one before is void."""
    await answer(update, context)
    services, t, draw_id = context.services, context.t, context.place.get(DRAW, 0)
    try:
        shown = await services.draws.preview(context.borrower.id, draw_id)
        code = await services.draws.send_code(context.borrower.id, draw_id)
    except IllegalDrawMove:
        return await _show_state(update, context)
    except IllegalMove as refusal:
        return await _start_afresh(refusal, update, context)
    phrases = services.lender.signing_phrases
    phrase = phrases.get(t.language) or next(iter(phrases.values()))
    text = line_card.preview(shown, code, phrase, services.lender.signing_code_minutes, t)
    await reply(update, context, text, keyboards.keyboard([keyboards.back(t), keyboards.cancel(t)]))
    return Step.CONFIRM


async def _start_afresh(refusal: IllegalMove, update: Update, context: LoanlineContext) -> str:
    """Whatever has moved on since the draw was begun, an amount is asked for again."""
    await reply(update, context, wording(context.t, refusal))
    return await ask_amount(update, context)


async def _show_state(update: Update, context: LoanlineContext) -> str:
    draw = await context.services.draws.get(context.borrower.id, context.place.get(DRAW, 0))
    await reply(update, context, line_card.state(draw, context.t), _loan_buttons(draw.loan_id, context.t))
    return menu.Step.OPEN


async def confirm(update: Update, context: LoanlineContext) -> str:
    text = (update.effective_message and update.effective_message.text) or ""
    draw_id = context.place.get(DRAW, 0)
    try:
        await context.services.draws.confirm(context.borrower.id, draw_id, text, context.t.language)
    except (CodeExpired, NoCodeSent, TooManyAttempts) as refusal:
        await reply(update, context, wording(context.t, refusal))
        return await ask_confirmation(update, context)
    except IllegalDrawMove:
        return await _show_state(update, context)
    except DrawExpired as refusal:
        return await _start_afresh(refusal, update, context)
    return await _show_state(update, context)


async def take_back(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    draw = await context.services.draws.cancel(context.borrower.id, keyboards.pressed(update).number())
    text = context.t("draws.taken_back", amount=draw.amount)
    await reply(update, context, text, _loan_buttons(draw.loan_id, context.t))
    return menu.Step.OPEN


async def end_pressed(update: Update, context: LoanlineContext) -> str:
    context.place[LOAN] = keyboards.pressed(update).number()
    return await ask_end(update, context)


async def ask_end(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    loan = await context.services.loans.get(context.borrower.id, context.place.get(LOAN, 0))
    yes = keyboards.button(t.plain("draws.button_end_yes"), keyboards.data("draw", "ended", loan.id))
    keep = keyboards.button(t.plain("draws.button_keep"), keyboards.data("schedule", "loan", loan.id))
    await reply(update, context, t("draws.confirm_end", loan=loan.reference), keyboards.keyboard([keep, yes]))
    return Step.END


async def end(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    loan_id = context.place.get(LOAN, 0)
    await context.services.line_endings.end(context.borrower.id, loan_id)
    context.place[schedule.LOAN] = loan_id
    return await schedule.show_card(update, context)


async def show_loan(update: Update, context: LoanlineContext) -> str:
    """Back to the line's card."""
    if LOAN in context.place:
        context.place[schedule.LOAN] = context.place[LOAN]
    return await schedule.show_card(update, context)


def _looks_like_confirmation(text: str, context: LoanlineContext) -> bool:
    return (
        looks_like_number(text, context)
        or recognise(text, context.services.lender.signing_phrases.values()) is not None
    )


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(begin)
    return Dialogue(
        name="draw",
        entries=[
            CommandHandler("draw", gated),
            *spoken.choice("draw:start", gated, "draws.button_draw", "draws.words_draw"),
            CallbackQueryHandler(registered(loan_pressed), keyboards.pattern("draw:loan")),
            CallbackQueryHandler(registered(amount_pressed), keyboards.pattern("draw:amount")),
            CallbackQueryHandler(registered(take_back), keyboards.pattern("draw:cancel")),
            CallbackQueryHandler(registered(end_pressed), keyboards.pattern("draw:end")),
        ],
        states={
            Step.AMOUNT: [typed(amount_typed)],
            Step.CONFIRM: [typed(confirm)],
            Step.END: spoken.choice("draw:ended", end, "draws.button_end_yes", "draws.words_end_yes"),
        },
        ask={Step.AMOUNT: ask_amount, Step.CONFIRM: ask_confirmation, Step.END: ask_end},
        back={Step.AMOUNT: show_loan, Step.CONFIRM: ask_amount, Step.END: show_loan},
        private={Step.CONFIRM: _looks_like_confirmation},
    )
