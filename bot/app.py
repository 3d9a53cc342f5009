"""Putting the Telegram runtime together."""

from collections.abc import Callable
from typing import Final, cast

from telegram import Update
from telegram.constants import ChatMemberStatus
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    ExtBot,
    TypeHandler,
)

from bot.client.request import AiohttpRequest
from bot.context import LoanlineApplication, LoanlineContext, introduce
from bot.errors import on_error
from bot.incoming.patience import Patience
from bot.monitoring.reachability import Reachability
from bot.papers.press import Press
from bot.replies import answer
from bot.runtime import Runtime
from bot.settings import Settings
from bot.wording.i18n import Catalogues
from services.assembly import Services

INTRODUCTION: Final = -10
"""Handler group that runs before every other."""
LAST: Final = 100
"""Handler group that runs after every other."""

Register = Callable[[LoanlineApplication], None]


def build_application(
    settings: Settings,
    services: Services,
    catalogues: Catalogues,
    register: Register,
    *,
    press: Press | None = None,
    reachability: Reachability | None = None,
    count: Callable[[], None] | None = None,
) -> LoanlineApplication:
    """The application with everything but its dialogues, which `register` adds. It fetches nothing by itself: see
    `bot.incoming.intake` and `bot.incoming.worker`."""
    runtime = Runtime(services, catalogues, press or Press())
    builder = (
        ApplicationBuilder()
        .bot(build_bot(settings, reachability, count))
        .context_types(
            # The library calls this with nothing to make the bot data; ours exists already.
            ContextTypes(context=LoanlineContext, bot_data=cast("type[Runtime]", lambda: runtime))
        )
        .updater(None)
        .job_queue(None)
    )
    application: LoanlineApplication = builder.build()
    application.add_handler(TypeHandler(Update, introduce), group=INTRODUCTION)
    application.add_handler(ChatMemberHandler(came_or_left, ChatMemberHandler.MY_CHAT_MEMBER), group=INTRODUCTION + 1)
    register(application)
    application.add_handler(CallbackQueryHandler(answer_whatever_is_left), group=LAST)
    application.add_error_handler(on_error)
    return application


def build_bot(
    settings: Settings, reachability: Reachability | None = None, count: Callable[[], None] | None = None
) -> ExtBot[str]:
    """The bot alone: for sending without fetching, and for `doctor`. `reachability` learns whether Telegram answers,
    `count` of every message that is no one of the outbox."""
    line = reachability or Reachability()
    return ExtBot(
        token=settings.token.get_secret_value(),
        base_url=f"{settings.bot_api_url}/bot",
        base_file_url=f"{settings.bot_api_url}/file/bot",
        request=AiohttpRequest(proxy=settings.proxy, reachability=line),
        get_updates_request=AiohttpRequest(connections=1, retries=0, proxy=settings.proxy, reachability=line),
        rate_limiter=Patience(count),
    )


async def came_or_left(update: Update, context: LoanlineContext) -> None:
    """Somebody blocked the bot: nothing is sent to them until they write again."""
    change = update.my_chat_member
    if change is None or context.borrower_id is None:
        return
    if change.new_chat_member.status == ChatMemberStatus.BANNED:
        await context.services.borrowers.mark_unreachable(context.borrower_id)


async def answer_whatever_is_left(update: Update, context: LoanlineContext) -> None:
    """No press stays without an answer, or the button would go on turning."""
    await answer(update, context)
