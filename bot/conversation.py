"""The one conversation that borrowers are in: who understands an update at the step where the person stands."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import Application, BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler

from bot.context import LoanlineContext
from bot.incoming.turn import turn_under_way

Handler: TypeAlias = BaseHandler[Update, LoanlineContext, Any]
_Match: TypeAlias = tuple[Handler, object]


class PrivateConversation(BaseHandler[Update, LoanlineContext, None]):
    """Takes part only in private chats, and takes an edited message for no new answer.

    The step is the turn's, loaded for this update; the answer of the handler that took the update is the next step. A
    handler that fails leaves the person where they stood.
    """

    __slots__ = ("_elsewhere", "_states")

    def __init__(self, states: Mapping[str, Sequence[Handler]], elsewhere: Sequence[Handler]) -> None:
        super().__init__(_unused)
        self._states = {step: _by_kind(handlers) for step, handlers in states.items()}
        self._elsewhere = _by_kind(elsewhere)

    def check_update(self, update: object) -> _Match | None:
        turn = turn_under_way()
        if turn is None or not isinstance(update, Update) or update.edited_message is not None:
            return None
        chat = update.effective_chat
        if chat is None or chat.type != ChatType.PRIVATE:
            return None
        pressed = update.callback_query is not None
        for handler in self._states.get(turn.step or "", self._elsewhere)[pressed]:
            match = handler.check_update(update)
            if match is not None and match is not False:
                return handler, match
        return None

    async def handle_update(
        self,
        update: Update,
        application: "Application[Any, LoanlineContext, Any, Any, Any, Any]",
        check_result: object,
        context: LoanlineContext,
    ) -> None:
        turn = turn_under_way()
        if turn is None or not isinstance(check_result, tuple):
            raise RuntimeError("a conversation needs a turn")
        handler, match = check_result
        turn.step = str(await handler.handle_update(update, application, match, context))


def _by_kind(handlers: Sequence[Handler]) -> tuple[list[Handler], list[Handler]]:
    """Those that may understand what is written or sent, and those that may understand a press: most of a step's
    handlers are for one of them, and need not be asked about the other."""
    written = [handler for handler in handlers if not isinstance(handler, CallbackQueryHandler)]
    return written, [handler for handler in handlers if not isinstance(handler, CommandHandler | MessageHandler)]


def borrower_conversation(
    entries: Sequence[Handler], states: Mapping[str, Sequence[Handler]], elsewhere: Sequence[Handler]
) -> PrivateConversation:
    """A person is at exactly one step of `states`, and each of `entries` may be used at any step. `elsewhere` serves
    whoever is at no step, or at one that no longer exists, and what a step does not understand."""
    anywhere = [*entries, *elsewhere]
    return PrivateConversation({step: [*entries, *own, *anywhere] for step, own in states.items()}, anywhere)


async def _unused(update: Update, context: LoanlineContext) -> None:
    """The library wants a callback of each handler; here each step's handlers have their own."""
