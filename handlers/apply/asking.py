"""The questions of an application, one message each, then the review. Each is shown from the draft alone."""

from collections.abc import Iterator

from telegram import InlineKeyboardButton, Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from bot.wording.i18n import Translator
from handlers import catalogue
from handlers.apply.answers_shown import answers, estimate_of, figures, installments, shown
from handlers.apply.beginning import begin, draft
from handlers.apply.steps import STEPS, Step, before, finished, too_dear
from services.origination.application_views import Employment
from services.origination.applications import Application, Question
from services.wording import Label


async def proceed(application: Application, update: Update, context: LoanlineContext, lead: str = "") -> str:
    """The next thing to ask: what cannot be afforded first, then the first open question, at last the review."""
    if too_dear(application):
        return await _show_affordability(application, update, context)
    if application.next_question is None:
        return await _show_review(application, update, context, lead)
    return await show_question(application, application.next_question, update, context, lead)


async def ask(question: Question, update: Update, context: LoanlineContext) -> str:
    """Show the question again, or whatever is to be asked when the draft has moved on."""
    await answer(update, context)
    application = await draft(context)
    if application is None:
        return await begin(update, context)
    if question not in application.questions:
        return await proceed(application, update, context)
    return await show_question(application, question, update, context)


async def ask_before(question: Question, update: Update, context: LoanlineContext) -> str:
    """Back: to the question before, and from a change of mind to where it came from."""
    application = await draft(context)
    if application is None or question not in application.questions:
        return await begin(update, context)
    if finished(application) or too_dear(application):
        return await proceed(application, update, context)
    previous = before(application, question)
    if previous is None:
        return await begin(update, context)
    return await show_question(application, previous, update, context)


async def show_question(
    application: Application, question: Question, update: Update, context: LoanlineContext, lead: str = ""
) -> str:
    await answer(update, context)
    t = context.t
    given = shown(application, question, t)
    text = [lead, _heading(application, question, t) + "\n" + _sentence(application, question, context)]
    buttons = list(_choices(application, question, t))
    if given is not None:
        text.append(t("apply.given", answer=given))
        buttons.append(_button(t, "apply.button_keep", "keep", question))
    else:
        earlier = await context.services.applications.suggestion(context.borrower.id, application.id, question)
        if earlier is not None:
            text.append(t("apply.known", answer=earlier.shown))
            buttons.insert(0, _button(t, "apply.button_known", "known", question))
    navigation = [keyboards.back(t), keyboards.cancel(t)]
    await reply(update, context, "\n\n".join(filter(None, text)), keyboards.keyboard(buttons, navigation))
    return STEPS[question]


def _button(t: Translator, key: str, action: str, question: Question) -> InlineKeyboardButton:
    return keyboards.button(t.plain(key), keyboards.data("apply", action, question))


def _heading(application: Application, question: Question, t: Translator) -> str:
    number = application.questions.index(question) + 1
    return t("apply.heading", number=number, total=len(application.questions), question=question.label)


def _sentence(application: Application, question: Question, context: LoanlineContext) -> str:
    """The question itself, with the limits of the product and, for private things, why it is asked."""
    t, product = context.t, application.product
    match question:
        case Question.FIRST_DRAW:
            most = application.amount or product.maximum
            return t("apply.ask_first_draw", minimum=product.minimum_draw or most, maximum=most)
        case Question.AMOUNT:
            key = "apply.ask_amount" if product.revolving is None else "apply.ask_limit"
            return t(key, minimum=product.minimum, maximum=product.maximum, step=product.step)
        case Question.METHOD:
            return "\n\n".join([t("apply.ask_method"), *_methods(application, context)])
        case Question.ID_NUMBER:
            return t("apply.ask_id_number", minimum=product.eligibility.age_min)
        case _:
            return t(f"apply.ask_{question}")


def _methods(application: Application, context: LoanlineContext) -> Iterator[str]:
    """Each way to repay with its figures for this very loan."""
    t, amount, term = context.t, application.amount, application.term
    if amount is None or term is None:
        return
    for method in application.product.methods:
        estimate = context.services.products.estimate(application.product.code, amount, term, method)
        repaid = installments(estimate, t)
        yield t("apply.method_cost", method=Label(f"terms.method_{method}"), cost=estimate.total_cost) + "\n" + repaid


def _choices(application: Application, question: Question, t: Translator) -> Iterator[InlineKeyboardButton]:
    """The buttons that answer the question."""
    product = application.product
    options: dict[str, str] = {}
    match question:
        case Question.FIRST_DRAW if application.amount is not None:
            options = {str(application.amount.amount): t.plain("apply.button_whole_limit", amount=application.amount)}
        case Question.TERM:
            options = {str(product.length(count)): catalogue.term(product, count, t) for count in product.term.choices}
        case Question.METHOD:
            options = {str(method): t.plain(f"terms.method_{method}") for method in product.methods}
        case Question.PURPOSE:
            options = {purpose.code: t.text(purpose.name) for purpose in product.open_purposes}
        case Question.EMPLOYMENT:
            options = {str(employment): t.label(employment.label) for employment in Employment}
    for value, label in options.items():
        yield keyboards.button(label, keyboards.data("apply", "set", question, value))


async def ask_affordability(update: Update, context: LoanlineContext) -> str:
    application = await draft(context)
    if application is None:
        return await begin(update, context)
    return await proceed(application, update, context)


async def _show_affordability(application: Application, update: Update, context: LoanlineContext) -> str:
    """Why this loan is too much for the income, and what may be changed."""
    await answer(update, context)
    t, loan = context.t, application.affordability
    if loan is None:
        return await begin(update, context)
    changes = [
        _button(t, "apply.button_change_amount", "edit", Question.AMOUNT),
        _button(t, "apply.button_change_term", "edit", Question.TERM),
        _button(t, "apply.button_change_income", "edit", Question.INCOME),
        keyboards.human(t),
    ]
    text = t("applications.installment_too_high", monthly=loan.monthly, limit=loan.limit, income=loan.income)
    await reply(update, context, f"{t('apply.too_dear')}\n{text}", keyboards.keyboard(changes, keyboards.cancel(t)))
    return Step.AFFORD


async def ask_review(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    application = await draft(context)
    if application is None:
        return await begin(update, context)
    return await proceed(application, update, context)


async def ask_last(update: Update, context: LoanlineContext) -> str:
    """Back from the review: the last question, with its answer."""
    application = await draft(context)
    if application is None:
        return await begin(update, context)
    return await show_question(application, application.questions[-1], update, context)


async def _show_review(application: Application, update: Update, context: LoanlineContext, lead: str) -> str:
    """All answers with what the loan costs."""
    await answer(update, context)
    t = context.t
    estimate = estimate_of(application, context.services.products)
    parts = [
        lead,
        t("apply.review", product=application.product.name) + "\n" + "\n".join(answers(application, t)),
        "" if estimate is None else t("apply.review_figures") + "\n" + figures(estimate, t),
        t("apply.review_question"),
    ]
    choices = [
        keyboards.button(t.plain("apply.button_confirm"), "apply:confirm"),
        keyboards.button(t.plain("apply.button_change"), "apply:change"),
    ]
    markup = keyboards.keyboard(choices, [keyboards.back(t), keyboards.cancel(t)])
    await reply(update, context, "\n\n".join(filter(None, parts)), markup)
    return Step.REVIEW
