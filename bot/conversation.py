"""The one conversation that borrowers are in, as the library wants it built."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import BaseHandler, ConversationHandler
from telegram.warnings import PTBUserWarning

from bot.context import LoanlineContext
from bot.runtime import CONVERSATION

Handler = BaseHandler[Update, LoanlineContext, Any]


class PrivateConversation(ConversationHandler[LoanlineContext]):
    """Takes part only in private chats, and takes an edited message for no new answer."""

    __slots__ = ()

    def check_update(self, update: object) -> Any:
        if not isinstance(update, Update) or update.edited_message is not None:
            return None
        chat = update.effective_chat
        if chat is None or chat.type != ChatType.PRIVATE:
            return None
        return super().check_update(update)


def borrower_conversation(
    entries: Sequence[Handler], states: Mapping[str, Sequence[Handler]], elsewhere: Sequence[Handler]
) -> PrivateConversation:
    """A person is at exactly one step of `states`, and each of `entries` may be used at any step. `elsewhere` serves
    whoever is at no step, or at one that no longer exists. Steps are persistent."""
    with warnings.catch_warnings():
        # Each warning says that buttons are not tracked by message: meant so, the step belongs to the person.
        warnings.filterwarnings("ignore", message=".*per_message=False.*", category=PTBUserWarning)
        return PrivateConversation(
            entry_points=[*entries, *elsewhere],
            states={step: [*entries, *handlers] for step, handlers in states.items()},
            fallbacks=[*entries, *elsewhere],
            per_chat=True,
            per_user=True,
            name=CONVERSATION,
            persistent=True,
        )
