"""The calculator: product → amount → term → method → schedule, APR and total cost, before any question is asked."""

from enum import StrEnum
from functools import partial

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.i18n import Translator
from bot.replies import answer, reply
from handlers import catalogue
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, typed
from services.products import Estimate, Product


class Step(StrEnum):
    PRODUCT = "calculator:product"
    AMOUNT = "calculator:amount"
    TERM = "calculator:term"
    METHOD = "calculator:method"
    RESULT = "calculator:result"


PRODUCT, AMOUNT, TERM, METHOD = "calculator_product", "calculator_amount", "calculator_term", "calculator_method"
ROWS_AT_ONCE = 6


def _product(context: LoanlineContext) -> Product:
    return context.services.products.get(context.place.get(PRODUCT, ""))


def _text(update: Update) -> str:
    return (update.effective_message and update.effective_message.text) or ""


async def ask_product(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    buttons = catalogue.product_buttons(context, "calculator")
    await reply(update, context, context.t("calculator.ask_product"), keyboards.keyboard(buttons, keyboards.menu(context.t)))
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
    labels = zip(product.methods, product.method_labels, strict=True)
    buttons = [keyboards.button(t.label(label), keyboards.data("calculator", "method", code)) for code, label in labels]
    explained = "\n".join(f"<b>{t.label(label)}</b>: {_meaning(code, t)}" for code, label in zip(product.methods, product.method_labels, strict=True))
    text = t("calculator.ask_method", product=product.name) + "\n\n" + explained
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.back(t)))
    return Step.METHOD
