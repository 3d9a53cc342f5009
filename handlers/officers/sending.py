"""/sending: how far the messages to borrowers are, how fast they go, and how long it will take."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.context import LoanlineContext
from bot.wording.i18n import Translator
from handlers.officers.desk import visit
from services.messages.outbox_progress import OutboxProgress

MINUTE: Final = timedelta(minutes=1)


async def sending(update: Update, context: LoanlineContext) -> None:
    """The outbox as it stands; for anybody who is no officer an unknown command."""
    officer = visit(update, context)
    if officer is None:
        return
    progress = await officer.services.outbox.progress()
    await officer.post("\n".join(_lines(progress, officer.t)))
    raise ApplicationHandlerStop


def _lines(progress: OutboxProgress, t: Translator) -> Iterator[str]:
    if progress.waiting:
        yield t.n("desk.sending", progress.waiting)
        yield t("desk.sending_lanes", urgent=progress.waiting_urgent, bulk=progress.waiting_bulk)
    else:
        yield t("desk.sending_nothing")
    if progress.sent_last_minute:
        yield t.n("desk.sending_rate", progress.sent_last_minute, rate=progress.per_second)
    if progress.waiting and progress.time_left is not None:
        yield t("desk.sending_left", length=_minutes(progress.time_left, t))
    if progress.oldest_waiting is not None:
        yield t("desk.sending_oldest", length=_minutes(progress.oldest_waiting, t))
    if progress.put_off:
        yield t.n("desk.sending_later", progress.put_off)


def _minutes(length: timedelta, t: Translator) -> str:
    """Whole minutes, one at least."""
    return t.plain_n("desk.minutes", max(1, -(-length // MINUTE)))
