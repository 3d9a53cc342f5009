"""Taking the answers: typed or pressed, stored at once, what is private deleted from the chat."""

from telegram import Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, delete_if_allowed
from handlers.apply.answers_shown import price, shown
from handlers.apply.asking import ask_affordability, proceed
from handlers.apply.beginning import begin, draft
from handlers.apply.steps import finished
from services.origination.applications import Application, Question

PRIVATE = frozenset({Question.ID_NUMBER, Question.PAYOUT_ACCOUNT})
"""Never left in the chat, whether or not the answer is right."""
PRICED = frozenset({Question.AMOUNT, Question.TERM, Question.METHOD})
"""What changes the price of the loan."""


async def typed_answer(question: Question, update: Update, context: LoanlineContext) -> str:
    message = update.effective_message
    text = (message.text if message else None) or ""
    deleted = question in PRIVATE and await delete_if_allowed(update, context)
    return await give(question, text, update, context, deleted=deleted)


async def pressed_answer(question: Question, update: Update, context: LoanlineContext) -> str:
    return await give(question, keyboards.pressed(update).text(1), update, context)


async def give(
    question: Question, text: str, update: Update, context: LoanlineContext, *, deleted: bool = False
) -> str:
    """Store the answer and ask for the next. Raises the InvalidInput that says what would be right."""
    await answer(update, context)
    stored = await context.services.applications.answer(context.borrower.id, question, text)
    if stored is None:
        return await begin(update, context)
    return await proceed(stored, update, context, _echo(stored, question, context, deleted=deleted))


async def keep(update: Update, context: LoanlineContext) -> str:
    """The answer stays as it is; on to what is open."""
    return await ask_affordability(update, context)


async def use_known(question: Question, update: Update, context: LoanlineContext) -> str:
    """The same answer as in the earlier application."""
    await answer(update, context)
    application = await draft(context)
    if application is None:
        return await begin(update, context)
    stored = await context.services.applications.use_suggestion(context.borrower.id, application.id, question)
    return await proceed(stored, update, context)


def _echo(application: Application, question: Question, context: LoanlineContext, *, deleted: bool) -> str:
    """What the answer means, where that is not plain: what the loan costs, and what became of a private number."""
    if question in PRIVATE:
        key = "apply.noted_and_deleted" if deleted else "apply.noted"
        number = shown(application, question, context.t) or ""
        return context.t(key, question=question.label, answer=number)
    if question in PRICED and not finished(application):
        return price(application, context.services.products, context.t)
    return ""
