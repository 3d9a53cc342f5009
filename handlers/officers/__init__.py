"""The loan officers' side: the desk is a group, a forum with a topic for each handoff, or an officer's private chat.

    waiting ──claim──► taken ──► open papers, ask for more, talk
                             ──► approve, decline, pay out, book or reject a receipt ──► closed
                             ──► close, hand back

Each button names its handoff, and each prompt is kept with the officer's place: nothing here depends on memory, and a
restart loses nothing. Services check who may do what; the cards change by themselves, through the outbox.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.announcements.conversation import LEAVE
from bot.cards.keyboard import DESK
from bot.context import LoanlineApplication
from bot.keyboards import pattern
from handlers.dialogue import LooksPrivate
from handlers.officers import commands, draws, presses, relay, replies, reversing
from handlers.officers.commands import announce as announce_commands
from handlers.officers.sending import sending
from handlers.spoken import Spoken

__all__ = ["announce_commands", "register"]

DESK_GROUP: Final = -5
"""Handler group of the desk: after the introduction, before every dialogue."""
RELAY_GROUP: Final = -4
"""Handler group of what goes to an officer who is talking: an officer's own acts come first."""

_NEW = filters.UpdateType.MESSAGE
_NOT_SAID = filters.COMMAND | filters.StatusUpdate.ALL | filters.SUCCESSFUL_PAYMENT | filters.CONTACT


def register(application: LoanlineApplication, spoken: Spoken, private: Mapping[str, LooksPrivate]) -> None:
    """Add the officers' handlers and the relay between them and borrowers. `private` tells at which steps a borrower's
    answer is none of an officer's business."""
    leaving = spoken.phrases("conversation.button_leave", "conversation.words_leave")
    application.add_handlers(
        {
            DESK_GROUP: [
                CallbackQueryHandler(presses.press, pattern(DESK)),
                CallbackQueryHandler(relay.leave, pattern(LEAVE)),
                CommandHandler("id", commands.identity, _NEW),
                CommandHandler("queue", commands.queue, _NEW),
                CommandHandler("line", draws.line, _NEW),
                CommandHandler("reverse", reversing.reverse, _NEW),
                CommandHandler("sending", sending, _NEW),
                MessageHandler(_NEW & filters.REPLY & ~filters.COMMAND, replies.reply),
            ],
            RELAY_GROUP: [
                MessageHandler(_NEW & filters.ChatType.PRIVATE & ~_NOT_SAID, partial(relay.pass_on, leaving, private)),
            ],
        }
    )
