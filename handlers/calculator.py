"""The calculator: product → amount → term → method → schedule, APR and total cost, before any question is asked."""

from collections.abc import Iterator
from enum import StrEnum

from telegram import InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from bot.wording import floating_words
from bot.wording.i18n import Translator
from handlers import catalogue, line_card
from handlers.dialogue import Callback, Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, typed
from services.configuration.estimates import Estimate
from services.configuration.product_definitions import Product
from services.engine.quote import Row
from services.wording import Label


class Step(StrEnum):
    PRODUCT = "calculator:product"
    AMOUNT = "calculator:amount"
    TERM = "calculator:term"
    METHOD = "calculator:method"
    RESULT = "calculator:result"


PRODUCT, AMOUNT, TERM, METHOD = "calculator_product", "calculator_amount", "calculator_term", "calculator_method"
ROWS_AT_ONCE = 6
MEANINGS = {
    "equal_installment": "calculator.method_equal_installment",
    "equal_principal": "calculator.method_equal_principal",
    "interest_only": "calculator.method_interest_only",
    "bullet": "calculator.method_bullet",
    "flat": "calculator.method_flat",
    "custom": "calculator.method_custom",
}
"""By method: what it means for the borrower."""


def _product(context: LoanlineContext) -> Product:
    return context.services.products.get(context.place.get(PRODUCT, ""))


def _text(update: Update) -> str:
    return (update.effective_message and update.effective_message.text) or ""


async def ask_product(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    buttons = catalogue.product_buttons(context, "calculator")
    await reply(
        update, context, context.t("calculator.ask_product"), keyboards.keyboard(buttons, keyboards.menu(context.t))
    )
    return Step.PRODUCT


async def product_pressed(update: Update, context: LoanlineContext) -> str:
    return await _take_product(keyboards.pressed(update).text(), update, context)


async def product_typed(update: Update, context: LoanlineContext) -> str:
    product = catalogue.named_product(context, _text(update))
    if product is None:
        await reply(update, context, context.t("dialogue.not_understood"))
        return await ask_product(update, context)
    return await _take_product(product.code, update, context)


async def _take_product(code: str, update: Update, context: LoanlineContext) -> str:
    product = context.services.products.get(code)
    context.place[PRODUCT] = product.code
    if not product.self_service:
        context.place[catalogue.PRODUCT] = product.code
        return await catalogue.show_card(update, context)
    return await ask_amount(update, context)


async def ask_amount(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    product, t = _product(context), context.t
    text = t("calculator.ask_amount", product=product.name, minimum=product.minimum, maximum=product.maximum)
    await reply(update, context, text, keyboards.keyboard(keyboards.back(t)))
    return Step.AMOUNT


async def amount_typed(update: Update, context: LoanlineContext) -> str:
    amount = context.services.products.read_amount(_product(context).code, _text(update))
    context.place[AMOUNT] = str(amount.amount)
    return await ask_term(update, context)


async def ask_term(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    product, t = _product(context), context.t
    buttons = [
        keyboards.button(catalogue.term(product, count, t), keyboards.data("calculator", "term", count))
        for count in product.term.choices
    ]
    text = t("calculator.ask_term", product=product.name)
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.back(t)))
    return Step.TERM


async def term_pressed(update: Update, context: LoanlineContext) -> str:
    return await _take_term(str(keyboards.pressed(update).number()), update, context)


async def term_typed(update: Update, context: LoanlineContext) -> str:
    return await _take_term(_text(update), update, context)


async def _take_term(words: str, update: Update, context: LoanlineContext) -> str:
    product = _product(context)
    context.place[TERM] = context.services.products.read_term(product.code, words)
    if len(product.methods) == 1:
        context.place[METHOD] = str(product.methods[0])
        return await show_result(update, context)
    return await ask_method(update, context)


async def ask_method(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    product, t = _product(context), context.t
    methods = list(zip(product.methods, product.method_labels, strict=True))
    buttons = [
        keyboards.button(t.label(label), keyboards.data("calculator", "method", code)) for code, label in methods
    ]
    meanings = "\n".join(f"<b>{t.label(label)}</b>: {t(MEANINGS[code])}" for code, label in methods)
    text = t("calculator.ask_method", product=product.name) + "\n\n" + meanings
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.back(t)))
    return Step.METHOD


async def method_pressed(update: Update, context: LoanlineContext) -> str:
    context.place[METHOD] = str(keyboards.pressed(update).one_of(_product(context).methods))
    return await show_result(update, context)


def method_typed(method: str) -> Callback:
    async def take(update: Update, context: LoanlineContext) -> str:
        context.place[METHOD] = method
        return await show_result(update, context)

    return take


async def show_result(update: Update, context: LoanlineContext) -> str:
    return await _show_rows(0, update, context)


async def show_page(update: Update, context: LoanlineContext) -> str:
    return await _show_rows(keyboards.pressed(update).number(), update, context)


async def _show_rows(first: int, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    place = context.place
    if not {PRODUCT, AMOUNT, TERM, METHOD} <= place.keys():
        return await ask_product(update, context)
    product = _product(context)
    amount = context.services.products.read_amount(product.code, place[AMOUNT])
    estimate = context.services.products.estimate(product.code, amount, place[TERM], place[METHOD])
    await reply(update, context, result(estimate, first, context.t), _result_buttons(estimate, first, context.t))
    return Step.RESULT


def result(estimate: Estimate, first: int, t: Translator) -> str:
    """The whole price, and the rows from `first` on."""
    shown = estimate.rows[max(first, 0) :][:ROWS_AT_ONCE] or estimate.rows[:ROWS_AT_ONCE]
    if estimate.daily_rate is not None:
        head = t("draws.estimate_title", product=estimate.product.name)
        return "\n\n".join([head, line_card.estimate(estimate, t), t("calculator.estimate_only")])
    lines = [_row(row, t) for row in shown]
    if len(estimate.rows) > ROWS_AT_ONCE:
        count = len(estimate.rows)
        lines.append(t("calculator.more_rows", first=shown[0].n, last=shown[-1].n, count=count))
    return (
        t(
            "calculator.result",
            product=estimate.product.name,
            amount=estimate.amount,
            term=catalogue.term(estimate.product, estimate.term, t),
            method=Label(f"terms.method_{estimate.method}"),
            net=estimate.net_payout,
            apr=estimate.apr,
            cost=estimate.total_cost,
            total=estimate.total_to_repay,
        )
        + "\n\n"
        + "\n".join([*lines, "", t("calculator.estimate_only"), *_floating(estimate, t)])
    )


def _floating(estimate: Estimate, t: Translator) -> Iterator[str]:
    link, rate = estimate.rate_link, estimate.product.nominal_rate
    if link is not None and link.repriced is not None:
        formula = floating_words.formula_of(link, t)
        yield t("calculator.floating", rate=rate, formula=formula, when=link.repriced)


def _row(row: Row, t: Translator) -> str:
    key = "calculator.row_with_fees" if row.fees else "calculator.row"
    figures = {"principal": row.principal, "interest": row.interest, "fees": row.fees, "total": row.total}
    return t(key, number=row.n, date=row.due_on, **figures)


def _result_buttons(estimate: Estimate, first: int, t: Translator) -> InlineKeyboardMarkup:
    pages = []
    count = len(estimate.rows) if estimate.daily_rate is None else 0
    if first > 0:
        earlier = keyboards.data("calculator", "rows", max(first - ROWS_AT_ONCE, 0))
        pages.append(keyboards.button(t.plain("calculator.button_earlier"), earlier))
    if first + ROWS_AT_ONCE < count:
        later = keyboards.data("calculator", "rows", first + ROWS_AT_ONCE)
        pages.append(keyboards.button(t.plain("calculator.button_later"), later))
    figures = (estimate.product.code, str(estimate.amount.amount), estimate.term, estimate.method)
    wanted = keyboards.data("apply", "with", *figures)
    buttons = [
        keyboards.button(t.plain("calculator.button_apply"), wanted),
        keyboards.button(t.plain("calculator.button_again"), "calculator:start"),
        keyboards.menu(t),
    ]
    return keyboards.keyboard(pages, buttons)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(ask_product)
    methods = [MessageHandler(spoken.said(f"terms.method_{code}"), method_typed(code)) for code in MEANINGS]
    return Dialogue(
        name="calculator",
        entries=[
            CommandHandler("calculator", gated),
            *spoken.choice("calculator:start", gated, "menu.button_calculator", "menu.words_calculator"),
            CallbackQueryHandler(registered(product_pressed), keyboards.pattern("calculator:product")),
        ],
        states={
            Step.PRODUCT: [typed(product_typed)],
            Step.AMOUNT: [typed(amount_typed)],
            Step.TERM: [CallbackQueryHandler(term_pressed, keyboards.pattern("calculator:term")), typed(term_typed)],
            Step.METHOD: [CallbackQueryHandler(method_pressed, keyboards.pattern("calculator:method")), *methods],
            Step.RESULT: [CallbackQueryHandler(show_page, keyboards.pattern("calculator:rows"))],
        },
        ask={
            Step.PRODUCT: ask_product,
            Step.AMOUNT: ask_amount,
            Step.TERM: ask_term,
            Step.METHOD: ask_method,
            Step.RESULT: show_result,
        },
        back={Step.AMOUNT: ask_product, Step.TERM: ask_amount, Step.METHOD: ask_term, Step.RESULT: ask_term},
    )
