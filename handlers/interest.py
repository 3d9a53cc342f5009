"""How interest is computed: choose a loan → one installment's interest, line by line → the installments beside it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from bot.wording.i18n import Translator
from handlers import interest_card, loan_card, menu, payment, repay, schedule
from handlers.dialogue import Ask, Dialogue
from handlers.registration import registered
from handlers.schedule import LOAN, loan_buttons, named_loan
from handlers.spoken import Spoken, typed
from services.lending.interest_views import InterestView


class Step(StrEnum):
    CHOOSE = "interest:choose"
    SHOWN = "interest:shown"


ORIGIN: Final = "interest_origin"
"""The screen from which somebody came."""
NUMBER: Final = "interest_number"
"""Number of the installment that is shown."""
ORIGINS: Final[Mapping[str, Ask]] = {
    "card": schedule.show_card,
    "table": schedule.show_table,
    "aim": repay.ask_aim,
    "preview": payment.show_preview,
}
"""The screens that lead here, and how each is shown again."""


async def begin(update: Update, context: LoanlineContext) -> str:
    """Straight to the interest where there is only one loan."""
    loans = await context.services.loans.list(context.borrower.id)
    if len(loans) == 1:
        return await _open(loans[0].id, "card", update, context)
    return await choose(update, context)


async def choose(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, loans = context.t, await context.services.loans.list(context.borrower.id)
    if not loans:
        buttons = [keyboards.button(t.plain("menu.button_apply"), "apply:start"), keyboards.menu(t)]
        await reply(update, context, t("interest.no_loan"), keyboards.keyboard(buttons))
        return menu.Step.OPEN
    text = "\n".join([t("interest.choose"), "", *(loan_card.line(loan, t) for loan in loans)])
    await reply(update, context, text, keyboards.keyboard(loan_buttons(loans, "interest"), keyboards.menu(t)))
    return Step.CHOOSE


async def _open(loan_id: int, origin: str, update: Update, context: LoanlineContext) -> str:
    """The loan's current installment. Raises NotFound, and the step then stays with the loan that it was about."""
    shown = await context.services.loans.interest(context.borrower.id, loan_id)
    context.place[ORIGIN] = origin
    return await _say(shown, update, context)


async def loan_pressed(update: Update, context: LoanlineContext) -> str:
    press = keyboards.pressed(update)
    origin = press.one_of(ORIGINS, 1) if len(press.arguments) > 1 else "card"
    return await _open(press.number(), origin, update, context)


async def loan_typed(update: Update, context: LoanlineContext) -> str:
    loan = named_loan(update, await context.services.loans.list(context.borrower.id))
    if loan is None:
        await reply(update, context, context.t("dialogue.not_understood"))
        return await choose(update, context)
    return await _open(loan.id, "card", update, context)


async def show(update: Update, context: LoanlineContext) -> str:
    if LOAN not in context.place:
        return await choose(update, context)
    return await _say(await _current(context), update, context)


async def _current(context: LoanlineContext) -> InterestView:
    """The interest that the step is about. Raises NotFound."""
    loans, place = context.services.loans, context.place
    return await loans.interest(context.borrower.id, place.get(LOAN, 0), place.get(NUMBER))


async def _say(shown: InterestView, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    context.place[LOAN], context.place[NUMBER] = shown.loan_id, shown.number
    await reply(update, context, interest_card.card(shown, context.t), _keyboard(shown, context.t))
    return Step.SHOWN


def _keyboard(shown: InterestView, t: Translator) -> InlineKeyboardMarkup:
    def page(key: str, number: int) -> InlineKeyboardButton:
        return keyboards.button(t.plain(key), keyboards.data("interest", "page", shown.loan_id, number))

    pages = []
    if shown.earlier is not None:
        pages.append(page("interest.button_earlier", shown.earlier))
    if shown.later is not None:
        pages.append(page("interest.button_later", shown.later))
    return keyboards.keyboard(pages, [keyboards.back(t), keyboards.menu(t)])


async def page_pressed(update: Update, context: LoanlineContext) -> str:
    press = keyboards.pressed(update)
    shown = await context.services.loans.interest(context.borrower.id, press.number(), press.number(1))
    return await _say(shown, update, context)


async def earlier_typed(update: Update, context: LoanlineContext) -> str:
    shown = await _current(context)
    context.place[NUMBER] = shown.number if shown.earlier is None else shown.earlier
    return await show(update, context)


async def later_typed(update: Update, context: LoanlineContext) -> str:
    shown = await _current(context)
    context.place[NUMBER] = shown.number if shown.later is None else shown.later
    return await show(update, context)


async def number_typed(update: Update, context: LoanlineContext) -> str:
    """The number of an installment, in whatever digits."""
    words = ((update.effective_message and update.effective_message.text) or "").strip()
    if words.isdecimal() and len(words) <= keyboards.LABEL_COLUMNS:
        context.place[NUMBER] = int(words)
    else:
        await reply(update, context, context.t("dialogue.not_understood"))
    return await show(update, context)


async def leave(update: Update, context: LoanlineContext) -> str:
    """To the screen from which the person came."""
    return await ORIGINS.get(context.place.get(ORIGIN, "card"), schedule.show_card)(update, context)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(begin)
    return Dialogue(
        name="interest",
        entries=[
            CommandHandler("interest", gated),
            MessageHandler(spoken.said("interest.button_open", "interest.words_open"), gated),
            CallbackQueryHandler(registered(loan_pressed), keyboards.pattern("interest:loan")),
        ],
        states={
            Step.CHOOSE: [typed(loan_typed)],
            Step.SHOWN: [
                CallbackQueryHandler(page_pressed, keyboards.pattern("interest:page")),
                MessageHandler(spoken.said("interest.button_earlier"), earlier_typed),
                MessageHandler(spoken.said("interest.button_later"), later_typed),
                typed(number_typed),
            ],
        },
        ask={Step.CHOOSE: choose, Step.SHOWN: show},
        back={Step.SHOWN: leave},
    )
