"""Commands that name a thing by its number, such as `/line L1234567`."""

from collections.abc import Awaitable, Callable

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.context import LoanlineContext
from handlers.officers.desk import Visit, visit
from services.errors import DomainError

Show = Callable[[Visit, str], Awaitable[None]]


async def by_number(update: Update, context: LoanlineContext, usage: str, show: Show) -> None:
    """Shows what the officer named; without a number the text under the key `usage` says how. Nothing for others."""
    officer = visit(update, context)
    if officer is None:
        return
    reference = " ".join(context.args or ())
    try:
        if not reference:
            await officer.post(officer.t(usage))
        else:
            await show(officer, reference)
    except DomainError as refusal:
        await officer.post(officer.words(refusal))
    raise ApplicationHandlerStop
