"""The borrower's loans: choose one → card → table by page, repay, and what `handlers.loan_papers` gives to keep."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from bot.wording.i18n import Translator
from handlers import interest_card, line_card, loan_card, loan_papers, menu
from handlers.dialogue import Callback, Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, heard, typed
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import LoanSummary, LoanView


class Step(StrEnum):
    CHOOSE = "schedule:choose"
    CARD = "schedule:card"
    TABLE = "schedule:table"


LOAN: Final = "schedule_loan"
"""The loan that the step is about."""
FIRST_ROW: Final = "schedule_row"
"""Index of the first row of the page that is shown."""

Paper = Callable[[LoanView, Update, LoanlineContext], Awaitable[None]]
"""Sends something to keep."""


async def begin(update: Update, context: LoanlineContext) -> str:
    """Straight to the card where there is only one loan."""
    loans = await context.services.loans.list(context.borrower.id)
    if len(loans) == 1:
        context.place[LOAN] = loans[0].id
        return await show_card(update, context)
    return await choose(update, context)


async def choose(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    loans = await context.services.loans.list(context.borrower.id)
    if not loans:
        buttons = [keyboards.button(t.plain("menu.button_apply"), "apply:start"), keyboards.menu(t)]
        await reply(update, context, t("schedule.none"), keyboards.keyboard(buttons))
        return menu.Step.OPEN
    text = "\n".join([t("schedule.choose"), "", *(loan_card.line(loan, t) for loan in loans)])
    last = [keyboards.button(t.plain("contracts.button_open"), "contracts:open"), keyboards.menu(t)]
    await reply(update, context, text, keyboards.keyboard(loan_buttons(loans, "schedule"), last))
    return Step.CHOOSE


def loan_buttons(loans: Sequence[LoanSummary], dialogue: str) -> list[InlineKeyboardButton]:
    """One button a loan, by its reference, answering `dialogue:loan:<id>`."""
    return [keyboards.button(loan.reference, keyboards.data(dialogue, "loan", loan.id)) for loan in loans]


async def _pressed_loan(update: Update, context: LoanlineContext) -> LoanView:
    """The loan that the pressed button names, or else the one the step is about. Raises NotFound."""
    number = context.place.get(LOAN, 0)
    if update.callback_query is not None:
        number = keyboards.pressed(update).number()
    loan = await context.services.loans.get(context.borrower.id, number)
    context.place[LOAN] = loan.id
    return loan


async def loan_pressed(update: Update, context: LoanlineContext) -> str:
    await _pressed_loan(update, context)
    return await show_card(update, context)


async def loan_typed(update: Update, context: LoanlineContext) -> str:
    loan = named_loan(update, await context.services.loans.list(context.borrower.id))
    if loan is None:
        await reply(update, context, context.t("dialogue.not_understood"))
        return await choose(update, context)
    context.place[LOAN] = loan.id
    return await show_card(update, context)


def named_loan(update: Update, loans: Sequence[LoanSummary]) -> LoanSummary | None:
    """The loan whose reference somebody typed."""
    wanted = heard((update.effective_message and update.effective_message.text) or "")
    return next((loan for loan in loans if heard(loan.reference) == wanted), None)


async def show_card(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    if LOAN not in context.place:
        return await choose(update, context)
    loan = await context.services.loans.get(context.borrower.id, context.place[LOAN])
    extendable = await context.services.extensions.offered(context.borrower.id, loan.id)
    await reply(update, context, loan_card.card(loan, context.t), _keyboard(loan, context.t, extendable=extendable))
    return Step.CARD


def _keyboard(loan: LoanView, t: Translator, *, extendable: bool) -> InlineKeyboardMarkup:
    def about(label: str, action: str) -> InlineKeyboardButton:
        return keyboards.button(label, keyboards.data("schedule", action, loan.id))

    first = list(line_card.buttons(loan, t))
    if loan.status is LoanStatus.ACTIVE and (loan.line is None or loan.outstanding.total):
        first.append(keyboards.button(t.plain("menu.button_repay"), keyboards.data("repay", "loan", loan.id)))
    first.append(about(t.plain("schedule.button_table"), "table"))
    first.append(interest_card.button(loan.id, "card", t))
    papers = [
        about(t.plain("schedule.button_picture"), "picture"),
        about(t.plain("schedule.button_statement"), "statement"),
        about(t.plain("schedule.button_contract"), "contract"),
    ]
    if loan.status is LoanStatus.ACTIVE:
        papers.insert(1, about(t.plain("schedule.button_calendar"), "calendar"))
    if extendable:
        papers.append(keyboards.button(t.plain("extend.button_open"), keyboards.data("extend", "loan", loan.id)))
    if loan.certificate_available:
        papers.insert(0, about(t.plain("schedule.button_certificate"), "certificate"))
    return keyboards.keyboard(first, papers, [keyboards.back(t), keyboards.menu(t)], line_card.end_button(loan, t))


async def leave_card(update: Update, context: LoanlineContext) -> str:
    """To the other loans, where there are any."""
    loans = await context.services.loans.list(context.borrower.id)
    return await (choose if len(loans) > 1 else menu.show)(update, context)


def giving(paper: Paper) -> Callback:
    """Sends the paper of the loan and stays with it."""

    async def give(update: Update, context: LoanlineContext) -> str:
        await answer(update, context)
        await paper(await _pressed_loan(update, context), update, context)
        return Step.CARD

    return give


async def table_pressed(update: Update, context: LoanlineContext) -> str:
    loan = await _pressed_loan(update, context)
    context.place[FIRST_ROW] = loan_card.page_of_next(loan)
    return await show_table(update, context)


async def page_pressed(update: Update, context: LoanlineContext) -> str:
    press = keyboards.pressed(update)
    await _pressed_loan(update, context)
    context.place[FIRST_ROW] = press.number(1)
    return await show_table(update, context)


async def show_table(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    loan = await context.services.loans.get(context.borrower.id, context.place.get(LOAN, 0))
    first = context.place.get(FIRST_ROW, 0)
    if not 0 <= first < len(loan.rows):
        first = loan_card.page_of_next(loan)
    await reply(update, context, loan_card.table(loan, first, context.t), _page_keyboard(loan, first, context.t))
    return Step.TABLE


async def turn_page(rows: int, update: Update, context: LoanlineContext) -> str:
    """So many rows on or, negative, back; for those who type it."""
    context.place[FIRST_ROW] = max(context.place.get(FIRST_ROW, 0) + rows, 0)
    return await show_table(update, context)


def _page_keyboard(loan: LoanView, first: int, t: Translator) -> InlineKeyboardMarkup:
    def page(label: str, row: int) -> InlineKeyboardButton:
        return keyboards.button(label, keyboards.data("schedule", "page", loan.id, row))

    pages = []
    if first > 0:
        pages.append(page(t.plain("schedule.button_earlier"), max(first - loan_card.ROWS_ON_PAGE, 0)))
    if first + loan_card.ROWS_ON_PAGE < len(loan.rows):
        pages.append(page(t.plain("schedule.button_later"), first + loan_card.ROWS_ON_PAGE))
    interest = interest_card.button(loan.id, "table", t)
    return keyboards.keyboard(pages, interest, [keyboards.back(t), keyboards.menu(t)])


PAPERS: Final[tuple[tuple[str, Paper, str, str], ...]] = (
    ("schedule:picture", loan_papers.send_picture, "schedule.button_picture", "schedule.words_picture"),
    ("schedule:calendar", loan_papers.send_calendar, "schedule.button_calendar", "schedule.words_calendar"),
    ("schedule:statement", loan_papers.send_statement, "schedule.button_statement", "schedule.words_statement"),
    ("schedule:contract", loan_papers.send_contract, "schedule.button_contract", "schedule.words_contract"),
    ("schedule:certificate", loan_papers.send_certificate, "schedule.button_certificate", "schedule.words_certificate"),
)
"""Callback data, what is sent, and the words that mean the same."""


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(begin)
    forward, backward = loan_card.ROWS_ON_PAGE, -loan_card.ROWS_ON_PAGE
    later, earlier = spoken.said("schedule.button_later"), spoken.said("schedule.button_earlier")
    return Dialogue(
        name="schedule",
        entries=[
            CommandHandler(["loans", "schedule"], gated),
            *spoken.choice("schedule:start", gated, "menu.button_loans", "menu.words_loans"),
            CallbackQueryHandler(registered(loan_pressed), keyboards.pattern("schedule:loan")),
        ],
        states={
            Step.CHOOSE: [typed(loan_typed)],
            Step.CARD: [
                *spoken.choice("schedule:table", table_pressed, "schedule.button_table", "schedule.words_table"),
                *(handler for data, send, *words in PAPERS for handler in spoken.choice(data, giving(send), *words)),
            ],
            Step.TABLE: [
                CallbackQueryHandler(page_pressed, keyboards.pattern("schedule:page")),
                MessageHandler(later, partial(turn_page, forward)),
                MessageHandler(earlier, partial(turn_page, backward)),
            ],
        },
        ask={Step.CHOOSE: choose, Step.CARD: show_card, Step.TABLE: show_table},
        back={Step.CARD: leave_card, Step.TABLE: show_card},
    )
