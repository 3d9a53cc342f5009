"""The edge where errors end: a broken rule is explained to the person, anything else is logged and apologized for."""

import logging
from typing import Final

from telegram import Update
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot import keyboards
from bot.context import LoanlineContext
from bot.keyboards import OldButton
from bot.monitoring.logs import trace
from bot.monitoring.metrics import METRICS
from bot.replies import answer, answer_checkout, reply
from bot.wording.i18n import Translator
from bot.wording.markup import plain
from services.documents.file_errors import FileRefused
from services.errors import DomainError
from services.inbox.inbox_states import ClaimLost
from services.outages import is_outage

logger = logging.getLogger(__name__)

SORRY: Final = "errors.sorry"
LATER: Final = "errors.later"
PATIENCE: Final = 2
"""Failed tries, a few seconds in all, after which somebody who waits is told that it takes longer."""


def wording(t: Translator, error: DomainError) -> str:
    """The sentence for `error`: its own, or that of the kind it belongs to."""
    kinds = [kind for kind in type(error).__mro__ if issubclass(kind, DomainError)]
    key = next((kind.key for kind in kinds if t.has(kind.key)), DomainError.key)
    return t(key, **error.params)


async def on_error(update: object, context: LoanlineContext) -> None:
    """Registered with the application. After a broken rule the person stays at the step, free to answer again.
    Always stops the handling of the update."""
    error = context.error
    if not isinstance(update, Update) or not isinstance(error, Exception):
        if error is not None:
            _log(None, context, error)
        return
    if isinstance(error, ClaimLost):
        await context.turn.fail(error)
        raise ApplicationHandlerStop
    try:
        if isinstance(error, DomainError) and not is_outage(error):
            await _explain(update, context, error)
        elif isinstance(error, Forbidden):
            logger.info("the person cannot be reached", extra=_ids(update, context))
        else:
            await context.turn.fail(error)
            await _regret(update, context, error)
    except Forbidden:
        logger.info("the person cannot be reached", extra=_ids(update, context))
    except TelegramError as failure:
        await context.turn.fail(failure)
        logger.log(
            _loud_once(context),
            "no answer could be given",
            extra={**_ids(update, context), "kind": type(failure).__name__},
        )
    raise ApplicationHandlerStop


async def _regret(update: Update, context: LoanlineContext, error: Exception) -> None:
    """Say sorry, once: at once for what repetition will not cure, else when the first tries were of no avail."""
    _log(update, context, error)
    if not passes(error):
        await _apologize(update, context, SORRY)
    elif context.turn.entry.attempts == PATIENCE:
        await _apologize(update, context, LATER)


async def _explain(update: Update, context: LoanlineContext, error: DomainError) -> None:
    logger.info("refused", extra={**_ids(update, context), "kind": type(error).__name__})
    if isinstance(error, FileRefused):
        METRICS.document_refused(type(error).__name__)
    sentence = wording(context.t, error)
    if await _short_of_a_message(update, context, sentence):
        return
    await answer(update, context)
    await reply(update, context, sentence, new=True)
    if isinstance(error, OldButton) and context.runtime.show_current is not None:
        await context.runtime.show_current(update, context)


async def _apologize(update: Update, context: LoanlineContext, key: str) -> None:
    t = context.t
    sentence = t(key)
    if await _short_of_a_message(update, context, sentence):
        return
    if update.callback_query is None and update.message is None:
        return
    await answer(update, context)
    await reply(update, context, sentence, keyboards.keyboard([keyboards.menu(t), keyboards.human(t)]), new=True)


async def _short_of_a_message(update: Update, context: LoanlineContext, sentence: str) -> bool:
    """Where a message would be out of place, answer otherwise: a payment is refused with the reason, and a press in a
    group is answered to the one who pressed."""
    if update.pre_checkout_query is not None:
        await answer_checkout(update, plain(sentence))
        return True
    chat = update.effective_chat
    if update.callback_query is not None and chat is not None and chat.type != ChatType.PRIVATE:
        await answer(update, context, plain(sentence), alert=True)
        return True
    return chat is None


def passes(error: BaseException) -> bool:
    """Whether repetition may cure it: the way to Telegram failed, the database is away, a disk is full."""
    return is_weather(error) or is_outage(error)


def is_weather(error: BaseException) -> bool:
    """Whether the way to Telegram failed, not the bot."""
    return isinstance(error, (NetworkError, RetryAfter)) and not isinstance(error, BadRequest)


def _loud_once(context: LoanlineContext) -> int:
    """The level for what fails with each try of an update: a warning with the first alone."""
    return logging.WARNING if context.turn.entry.attempts == 0 else logging.DEBUG


def _log(update: Update | None, context: LoanlineContext, error: BaseException) -> None:
    level = _loud_once(context) if update and passes(error) else logging.WARNING if passes(error) else logging.ERROR
    ids = _ids(update, context)
    logger.log(level, "an update failed" if update else "work failed", extra={**ids, "trace": trace(error)})


def _ids(update: Update | None, context: LoanlineContext) -> dict[str, object]:
    return {"update_id": update.update_id if update else None, "borrower_id": context.borrower_id}
