"""What a handler is given: the services, who is speaking, and the words of their language."""

from typing import Any

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import Application, ApplicationHandlerStop, CallbackContext, ExtBot

from bot.incoming.turn import Turn, turn_under_way
from bot.runtime import Runtime
from bot.wording.i18n import Translator
from services.assembly import Services
from services.people.borrowers import Borrower

Loose = dict[Any, Any]
"""The library's own dictionaries, which are not used."""


class LoanlineContext(CallbackContext[ExtBot[str], Loose, Loose, Runtime]):
    """One update's context. `introduce` has loaded the borrower before any handler runs."""

    def __init__(
        self,
        application: "LoanlineApplication",
        chat_id: int | None = None,
        user_id: int | None = None,
    ) -> None:
        super().__init__(application, chat_id=chat_id, user_id=user_id)
        self._turn = turn_under_way()
        self.answered = False
        """Whether the pressed button was answered."""
        self.replied = False
        """Whether something was said already: a second reply must not overwrite the first."""

    @property
    def turn(self) -> Turn:
        """The handling of the present update. Raises RuntimeError outside of one."""
        if self._turn is None:
            raise RuntimeError("no update is being handled")
        return self._turn

    @property
    def runtime(self) -> Runtime:
        return self.bot_data

    @property
    def services(self) -> Services:
        return self.bot_data.services

    @property
    def borrower(self) -> Borrower:
        """Who writes in this private chat. Raises RuntimeError in a group, where nobody is a borrower."""
        if self.turn.borrower is None:
            raise RuntimeError("there is a borrower only in a private chat")
        return self.turn.borrower

    @property
    def borrower_id(self) -> int | None:
        """For logs: the borrower's id, or None in a group."""
        return self._turn.borrower.id if self._turn is not None and self._turn.borrower is not None else None

    @property
    def t(self) -> Translator:
        """The words of the person's language; the officers' language in a group."""
        return (self._turn.translator if self._turn is not None else None) or self.desk_t

    @property
    def desk_t(self) -> Translator:
        """The officers' language."""
        return self.bot_data.desk

    @property
    def place(self) -> dict[str, Any]:
        """What the step is about: ids and codes that plain JSON can hold, never an answer. Kept with the step."""
        return self.turn.place

    @property
    def step(self) -> str | None:
        """Where the person stood when this update came."""
        return self.turn.step

    async def load(self, update: Update) -> None:
        """Learn who speaks. Only a person in a private chat (or paying in one) is a borrower."""
        chat, user = update.effective_chat, update.effective_user
        if user is None or (chat is not None and chat.type != ChatType.PRIVATE):
            return
        hint = self.bot_data.catalogues.match(user.language_code)
        self.turn.translator = self.bot_data.catalogues.translator(hint)
        self.use(await self.services.borrowers.meet(user.id, hint, self.turn.person))

    def use(self, borrower: Borrower) -> None:
        """Speak to `borrower` from here on: for handlers that changed the language or the registration."""
        turn = self.turn
        hint = turn.translator.language if turn.translator else None
        turn.borrower = borrower
        turn.translator = self.bot_data.catalogues.translator(borrower.language or hint, borrower.time_zone)


LoanlineApplication = Application[ExtBot[str], LoanlineContext, Loose, Loose, Runtime, None]


async def introduce(update: Update, context: LoanlineContext) -> None:
    """Runs before every handler: loads the person, and notes which message is the newest in the chat."""
    if update.effective_user is None or update.channel_post or update.edited_channel_post:
        raise ApplicationHandlerStop
    message = update.message
    if message is not None and context.turn.private:
        context.turn.saw(message.message_id)
    await context.load(update)
