"""Starting an application, going on with a draft, or starting over."""

from telegram import Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from handlers import catalogue, document_cards
from handlers.apply.answers_shown import price
from handlers.apply.asking import proceed
from handlers.apply.beginning import ask_product, ask_restart, begin
from handlers.apply.steps import WANTED, Step, untouched
from services.errors import InvalidInput
from services.origination.application_states import BEING_FILLED_IN, ApplicationStatus
from services.origination.applications import Application, Question


async def product_pressed(update: Update, context: LoanlineContext) -> str:
    return await _want([keyboards.pressed(update).text()], update, context)


async def figures_pressed(update: Update, context: LoanlineContext) -> str:
    """From the calculator: `apply:with:<product>:<amount>:<installments>:<method>`."""
    press = keyboards.pressed(update)
    return await _want([press.text(0), press.text(1), press.number(2), press.text(3)], update, context)


async def product_typed(update: Update, context: LoanlineContext) -> str:
    product = catalogue.named_product(context, (update.effective_message and update.effective_message.text) or "")
    if product is None:
        return await ask_product(update, context, context.t("dialogue.not_understood"))
    return await _want([product.code], update, context)


async def _want(wanted: list[str | int], update: Update, context: LoanlineContext) -> str:
    """Apply for that product, unless an officer arranges it or another application is there. Raises UnknownProduct."""
    await answer(update, context)
    product = context.services.products.get(str(wanted[0]))
    if not product.self_service:
        t = context.t
        officer = keyboards.button(
            t.plain("catalogue.button_ask_officer"), keyboards.data("human", "product", product.code)
        )
        buttons = keyboards.keyboard(officer, [keyboards.back(t), keyboards.menu(t)])
        await reply(update, context, t("apply.officer_arranges", product=product.name), buttons)
        return Step.PRODUCT
    context.place[WANTED] = wanted
    current = await context.services.applications.current(context.borrower.id)
    if current is not None and untouched(current):
        await context.services.applications.withdraw(context.borrower.id, current.id)
    elif current is not None:
        return await begin(update, context)
    return await start_wanted(update, context)


async def start_wanted(update: Update, context: LoanlineContext) -> str:
    """A draft for what is wanted, with the calculator's figures where there are any; a product to choose otherwise."""
    wanted = context.place.pop(WANTED, None)
    if not wanted:
        return await ask_product(update, context)
    code, *figures = wanted
    application = await context.services.applications.start(context.borrower.id, code)
    application, fitting = await _take_figures(application, figures, context)
    lead = price(application, context.services.products, context.t)
    return await proceed(application, update, context, lead if fitting else context.t("apply.figures_do_not_fit"))


async def _take_figures(
    application: Application, figures: list[str | int], context: LoanlineContext
) -> tuple[Application, bool]:
    """Answer the first questions with the figures; those that do not fit the product are asked instead."""
    if len(figures) != 3:
        return application, True
    amount, installments, method = figures
    # A term is answered as people say it, in the product's unit.
    length = application.product.length(int(installments))
    answers = {Question.AMOUNT: str(amount), Question.TERM: str(length), Question.METHOD: str(method)}
    fitting = True
    for question, text in answers.items():
        try:
            application = await context.services.applications.set_answer(
                context.borrower.id, application.id, question, text
            )
        except InvalidInput:
            fitting = False
    return application, fitting


async def go_on(update: Update, context: LoanlineContext) -> str:
    """Where the draft stands: the next question, or the papers."""
    await answer(update, context)
    context.place.pop(WANTED, None)
    current = await context.services.applications.current(context.borrower.id)
    if current is None or current.status not in BEING_FILLED_IN:
        return await begin(update, context)
    if current.status is ApplicationStatus.DRAFT:
        return await proceed(current, update, context)
    return await document_cards.show(update, context)


async def start_over(update: Update, context: LoanlineContext) -> str:
    return await ask_restart(update, context)


async def start_over_confirmed(update: Update, context: LoanlineContext) -> str:
    """The draft goes; what was wanted begins."""
    await answer(update, context)
    current = await context.services.applications.current(context.borrower.id)
    if current is not None and current.status in BEING_FILLED_IN:
        await context.services.applications.withdraw(context.borrower.id, current.id)
    return await start_wanted(update, context)
