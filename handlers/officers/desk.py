"""An officer's press or message at the desk, and how the desk answers: in the officers' language, at the same place."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from telegram import (
    ForceReply,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatType, ParseMode, ReactionEmoji
from telegram.error import BadRequest

from bot.cards.mentions import mention
from bot.context import LoanlineContext
from bot.errors import wording
from bot.keyboards import OldButton, Press
from bot.replies import answer
from bot.wording.i18n import Translator
from bot.wording.markup import plain
from handlers.officers import prompts
from handlers.officers.prompts import Prompt
from services.assembly import Services
from services.desk.handoff_cards import DeskCard
from services.desk.handoff_states import DeskAction
from services.errors import DomainError, NotFound
from services.origination.application_views import ApplicationFile

NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
OWN_WORDS: Final[dict[type[DomainError], str]] = {OldButton: "desk.old_button", NotFound: "desk.not_found"}
"""Refusals whose usual words speak of a borrower's menu."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One press or message of an officer at the desk."""

    update: Update
    context: LoanlineContext
    staff_id: int
    message: Message
    """The pressed card, or what the officer wrote."""

    @property
    def services(self) -> Services:
        return self.context.services

    @property
    def t(self) -> Translator:
        return self.context.desk_t

    @property
    def thread_id(self) -> int | None:
        return self.message.message_thread_id if self.message.is_topic_message else None

    async def card_for(self, press: Press, action: DeskAction) -> DeskCard:
        """The card that the press names, in the officer's hand and with the act open. Raises what
        `Handoffs.card_in_hand` does, and OldButton when its state does not offer the act."""
        return await self.card_in_hand(press.number(), action)

    async def card_in_hand(self, handoff_id: int, action: DeskAction) -> DeskCard:
        card = await self.services.handoffs.card_in_hand(self.staff_id, handoff_id, action)
        if action not in card.actions:
            raise OldButton
        return card

    async def answer(self, text: str | None = None) -> None:
        """Answer the press, with plain `text` in a bubble."""
        await answer(self.update, self.context, text)

    async def post(
        self, text: str, keyboard: InlineKeyboardMarkup | None = None, *, prompt: Prompt | None = None
    ) -> Message:
        """Send `text` (Telegram HTML) under the message at hand. A reply to it will answer `prompt`."""
        return await self._send(text, keyboard, prompt)

    async def ask(self, text: str, prompt: Prompt) -> Message:
        """Ask the officer to answer by a reply; the reply field opens on that officer's phone alone."""
        name = self.services.staff.name_of(self.staff_id)
        return await self._send(f"{mention(self.staff_id, name, self.t)}\n{text}", ForceReply(selective=True), prompt)

    async def _send(
        self, text: str, markup: InlineKeyboardMarkup | ForceReply | None, prompt: Prompt | None
    ) -> Message:
        sent = await self.context.bot.send_message(
            self.message.chat_id,
            text,
            parse_mode=ParseMode.HTML,
            reply_markup=markup,
            message_thread_id=self.thread_id,
            link_preview_options=NO_PREVIEW,
            reply_parameters=ReplyParameters(self.message.message_id, allow_sending_without_reply=True),
        )
        if prompt is not None:
            prompts.remember(self.context.place, sent.chat_id, sent.message_id, prompt)
        return sent

    async def change(
        self, text: str, keyboard: InlineKeyboardMarkup | None = None, *, prompt: Prompt | None = None
    ) -> None:
        """Put `text` in the place of the pressed message."""
        prompts.forget(self.context.place, self.message.chat_id, self.message.message_id)
        try:
            await self.context.bot.edit_message_text(
                text,
                chat_id=self.message.chat_id,
                message_id=self.message.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as refusal:
            if "not modified" not in refusal.message.lower():
                await self._send(text, keyboard, prompt)
                return
        if prompt is not None:
            prompts.remember(self.context.place, self.message.chat_id, self.message.message_id, prompt)

    async def take_buttons(self, message_id: int | None = None) -> None:
        """Take the buttons off a panel that what follows replaces: the pressed one unless another is named."""
        chat_id = self.message.chat_id
        with suppress(BadRequest):
            await self.context.bot.edit_message_reply_markup(chat_id, message_id or self.message.message_id)

    async def done(self, text: str) -> None:
        """Say what was done: in the place of the pressed panel, or under what the officer wrote."""
        if self.update.callback_query is not None:
            await self.change(text)
        else:
            await self.post(text)

    async def acknowledge(self) -> None:
        """Show that the officer's words went out: a reaction, or a line where the chat permits none."""
        try:
            await self.message.set_reaction(ReactionEmoji.THUMBS_UP)
        except BadRequest:
            await self.post(self.t("desk.passed_on"))

    def words(self, error: DomainError) -> str:
        """The sentence for a refusal, as Telegram HTML."""
        key = OWN_WORDS.get(type(error))
        return wording(self.t, error) if key is None else self.t(key)

    async def alert(self, error: DomainError) -> None:
        """Say in a box why the press did nothing; under the message when the press was answered before."""
        if self.context.answered:
            await self.post(self.words(error))
        else:
            await answer(self.update, self.context, plain(self.words(error)), alert=True)

    async def send_file(self, chat_id: int, content: bytes, name: str, caption: str, *, picture: bool) -> Message:
        """Send a protected paper to `chat_id`: as a picture, or as a file where Telegram takes none."""
        here = chat_id == self.message.chat_id
        thread_id = self.thread_id if here else None
        under = ReplyParameters(self.message.message_id, allow_sending_without_reply=True) if here else None
        if picture:
            try:
                return await self.context.bot.send_photo(
                    chat_id,
                    InputFile(content, name),
                    caption=caption,
                    parse_mode=ParseMode.HTML,
                    protect_content=True,
                    message_thread_id=thread_id,
                    reply_parameters=under,
                )
            except BadRequest as refusal:
                if "photo" not in refusal.message.lower() and "image" not in refusal.message.lower():
                    raise
        return await self.context.bot.send_document(
            chat_id,
            InputFile(content, name),
            caption=caption,
            parse_mode=ParseMode.HTML,
            protect_content=True,
            message_thread_id=thread_id,
            reply_parameters=under,
        )


def visit(update: Update, context: LoanlineContext) -> Visit | None:
    """The officer's visit, or None for anybody else and any other place: the desk is its own chat and each officer's
    private one."""
    user, chat, message = update.effective_user, update.effective_chat, update.effective_message
    if user is None or chat is None or message is None or not context.services.staff.is_staff(user.id):
        return None
    desk = context.services.staff.desk
    if chat.type != ChatType.PRIVATE and (desk is None or chat.id != desk.chat_id):
        return None
    return Visit(update, context, user.id, message)


def application_of(card: DeskCard) -> ApplicationFile:
    """The application that the card is about. Raises OldButton when it is about something else."""
    if card.application is None:
        raise OldButton
    return card.application
