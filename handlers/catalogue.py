"""Products: list → card with every condition → calculator, application or an officer."""

from enum import StrEnum

from telegram import InlineKeyboardButton, Update
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from bot.wording import floating_words
from bot.wording.i18n import Translator
from handlers import line_card
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, heard, typed
from services.configuration.product_definitions import Product, ProductFee, RevolvingLine
from services.lending.rate_link import RateLink
from services.money import Money
from services.origination.line_terms import DrawCharge
from services.wording import Percent


class Step(StrEnum):
    LIST = "catalogue:list"
    CARD = "catalogue:card"


PRODUCT = "catalogue_product"


async def show(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, products = context.t, context.services.products.all()
    text = "\n".join([t("catalogue.choose"), "", *(line(product, t) for product in products)])
    await reply(update, context, text, keyboards.keyboard(product_buttons(context, "catalogue"), keyboards.menu(t)))
    return Step.LIST


def line(product: Product, t: Translator) -> str:
    """One product in a list."""
    key = "catalogue.line_floating" if product.floats else "catalogue.line"
    figures = {"minimum": product.minimum, "maximum": product.maximum, "rate": product.nominal_rate}
    return t(key, name=product.name, **figures)


def product_buttons(context: LoanlineContext, dialogue: str) -> list[InlineKeyboardButton]:
    """One button a product, answering `dialogue:product:<code>`."""
    t = context.t
    return [
        keyboards.button(t.text(product.name), keyboards.data(dialogue, "product", product.code))
        for product in context.services.products.all()
    ]


def named_product(context: LoanlineContext, words: str) -> Product | None:
    """The product whose name somebody typed, in any language, or None."""
    wanted = heard(words)
    for product in context.services.products.all():
        if wanted in {heard(name) for name in product.name.by_language.values()}:
            return product
    return None


async def pressed(update: Update, context: LoanlineContext) -> str:
    context.place[PRODUCT] = keyboards.pressed(update).text()
    return await show_card(update, context)


async def typed_name(update: Update, context: LoanlineContext) -> str:
    product = named_product(context, (update.effective_message and update.effective_message.text) or "")
    if product is None:
        await reply(update, context, context.t("dialogue.not_understood"))
        return await show(update, context)
    context.place[PRODUCT] = product.code
    return await show_card(update, context)


async def show_card(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    product, t = context.services.products.get(context.place.get(PRODUCT, "")), context.t
    buttons = [keyboards.back(t)]
    if product.self_service:
        buttons = [
            keyboards.button(
                t.plain("catalogue.button_calculate"), keyboards.data("calculator", "product", product.code)
            ),
            keyboards.button(t.plain("catalogue.button_apply"), keyboards.data("apply", "product", product.code)),
            *buttons,
        ]
    else:
        officer = keyboards.data("human", "product", product.code)
        buttons = [keyboards.button(t.plain("catalogue.button_ask_officer"), officer), *buttons]
    text = card(product, context.services.products.rate_link(product), t)
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.CARD


def card(product: Product, link: RateLink | None, t: Translator) -> str:
    """Everything the product asks and costs, on one screen; `link` is what its rate follows."""
    revolving = [] if product.revolving is None else [_line(product, product.revolving, t)]
    papers = [t.text(document.name) for document in product.documents if document.required]
    text = t(
        "catalogue.card",
        name=product.name,
        summary=product.summary,
        minimum=product.minimum,
        maximum=product.maximum,
        terms=terms(product, t),
        rate=product.nominal_rate,
        methods=product.method_labels,
        late=_late(product, t),
        papers=papers or t.plain("catalogue.no_papers"),
        fees=[_fee(product, fee, t) for fee in product.fees] or t.plain("catalogue.no_papers"),
        age_min=product.eligibility.age_min,
        age_max=product.eligibility.age_max,
        share=Percent(product.eligibility.max_debt_to_income),
    )
    return "\n\n".join([text, *revolving, *_floating(link, t)])


def _floating(link: RateLink | None, t: Translator) -> list[str]:
    """That the rate may change, and how."""
    if link is None or link.repriced is None:
        return []
    return [t("catalogue.floating", formula=floating_words.formula_of(link, t), when=link.repriced)]


def _line(product: Product, line: RevolvingLine, t: Translator) -> str:
    """What is special about a line."""
    text = t("draws.product", daily=Percent(line.daily_rate), minimum=product.minimum_draw)
    fee = line.draw_fee
    if fee is None:
        return text
    percent = None if fee.percent_of_draw is None else Percent(fee.percent_of_draw)
    amount = None if fee.amount is None else Money.of(fee.amount, product.currency)
    return text + "\n" + line_card.charge(DrawCharge(fee.name, amount, percent), t)


def _late(product: Product, t: Translator) -> str:
    if not product.penalty_rate.value:
        return t.plain("catalogue.late_free")
    return t.plain(f"catalogue.late_{product.penalty.base}", rate=product.penalty_rate)


def _fee(product: Product, fee: ProductFee, t: Translator) -> str:
    if fee.percent_of_principal is not None:
        charge = t.plain("catalogue.fee_percent", name=fee.name, percent=Percent(fee.percent_of_principal))
    else:
        charge = t.plain("catalogue.fee_amount", name=fee.name, amount=product.fixed_charge(fee))
    return t.plain("catalogue.fee_each", charge=charge) if fee.when == "every_installment" else charge


def terms(product: Product, t: Translator) -> str:
    """The terms on offer, such as "3, 6 and 12 months"."""
    lengths = [t.number(length) for length in product.term_lengths]
    match product.term.unit:
        case "day":
            return t.plain("catalogue.terms_day", list=lengths)
        case "week":
            return t.plain("catalogue.terms_week", list=lengths)
        case _:
            return t.plain("catalogue.terms_month", list=lengths)


def term(product: Product, installments: int, t: Translator) -> str:
    """The length of a loan of so many installments, such as "6 months"."""
    length = product.length(installments)
    match product.term.unit:
        case "day":
            return t.plain_n("catalogue.periods_day", length)
        case "week":
            return t.plain_n("catalogue.periods_week", length)
        case _:
            return t.plain_n("catalogue.periods_month", length)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(show)
    return Dialogue(
        name="catalogue",
        entries=[
            CommandHandler("products", gated),
            *spoken.choice("catalogue:open", gated, "menu.button_products", "menu.words_products"),
            CallbackQueryHandler(registered(pressed), keyboards.pattern("catalogue:product")),
        ],
        states={Step.LIST: [typed(typed_name)], Step.CARD: [typed(typed_name)]},
        ask={Step.LIST: show, Step.CARD: show_card},
        back={Step.CARD: show},
    )
