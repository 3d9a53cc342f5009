"""/id for setting the desk up, /queue for what waits."""

import logging

from telegram import BotCommand, BotCommandScopeChat, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot import keyboards
from bot.cards.figures import waited
from bot.cards.keyboard import DESK
from bot.context import LoanlineApplication, LoanlineContext
from bot.replies import reply
from handlers.officers.desk import Visit, visit
from services.desk.handoff_access import Handoff
from services.errors import DomainError

logger = logging.getLogger(__name__)

SHOWN = 10
"""Handoffs on one list; the longest waiting come first."""
OWNERS = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})


async def identity(update: Update, context: LoanlineContext) -> None:
    """In a private chat the person's own id; in a group the group's, for administrators or while there is no desk."""
    user, chat = update.effective_user, update.effective_chat
    if user is None or chat is None:
        return
    if chat.type == ChatType.PRIVATE:
        await reply(update, context, context.t("desk.your_id", id=str(user.id)), new=True)
    elif context.services.staff.desk is None or await _administers(context, chat.id, user.id):
        await reply(update, context, context.desk_t("desk.group_id", id=str(chat.id)), new=True)
    raise ApplicationHandlerStop


async def queue(update: Update, context: LoanlineContext) -> None:
    """What the officer can do next; for anybody else an unknown command."""
    officer = visit(update, context)
    if officer is None:
        return
    try:
        waiting = await context.services.handoffs.waiting(officer.staff_id)
    except DomainError as refusal:
        await officer.post(officer.words(refusal))
    else:
        await _show(officer, waiting)
    raise ApplicationHandlerStop


async def announce(application: LoanlineApplication) -> None:
    """Tell Telegram the commands of the officers' group. A group that the bot is not in yet has none."""
    desk, t = application.bot_data.services.staff.desk, application.bot_data.desk
    if desk is None or desk.chat_id > 0:
        return
    commands = [
        BotCommand("queue", t.plain("desk.command_queue")),
        BotCommand("line", t.plain("desk.command_line")),
        BotCommand("reverse", t.plain("desk.command_reverse")),
        BotCommand("sending", t.plain("desk.command_sending")),
        BotCommand("id", t.plain("desk.command_id")),
    ]
    try:
        await application.bot.set_my_commands(commands, scope=BotCommandScopeChat(desk.chat_id))
    except (BadRequest, Forbidden) as refusal:
        logger.warning("the desk's commands could not be announced: %s", refusal)


async def _show(officer: Visit, waiting: list[Handoff]) -> None:
    t = officer.t
    if not waiting:
        await officer.post(t("desk.queue_empty"))
        return
    shown = waiting[:SHOWN]
    lines = [t.n("desk.queue", len(waiting)), *(_line(officer, handoff) for handoff in shown)]
    if len(waiting) > SHOWN:
        lines.append(t.n("desk.queue_more", len(waiting) - SHOWN))
    buttons = [keyboards.button(each.reference, keyboards.data(DESK, "show", each.id)) for each in shown]
    await officer.post("\n".join(lines), keyboards.keyboard(buttons))


def _line(officer: Visit, handoff: Handoff) -> str:
    key = "desk.queue_line" if handoff.claimed_by is None else "desk.queue_line_mine"
    length = waited(handoff.opened_at, officer.services.clock.now(), officer.t)
    return officer.t(key, reference=handoff.reference, kind=handoff.kind.label, length=length)


async def _administers(context: LoanlineContext, chat_id: int, user_id: int) -> bool:
    try:
        member = await context.bot.get_chat_member(chat_id, user_id)
    except TelegramError:
        return False
    return member.status in OWNERS
