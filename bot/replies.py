"""Answering the person: send or edit, answer the press, take old buttons away."""

import logging
from typing import Final

from telegram import CallbackQuery, InlineKeyboardMarkup, InputFile, Message, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden

from bot.client.calls import NO_PREVIEW, Keyboard, call, keyboard_json, sent_id
from bot.context import LoanlineContext
from bot.incoming.turn import NEWEST
from bot.runtime import CARD, STANDING
from bot.wording import markup

logger = logging.getLogger(__name__)

ALERT_LIMIT: Final = 200
"""Characters of the answer to a press."""


async def reply(
    update: Update, context: LoanlineContext, text: str, keyboard: Keyboard | None = None, *, new: bool = False
) -> int:
    """Say `text` (Telegram HTML) in the chat of `update`; answers the id of the message that has it, or its end.

    After a press on the newest card of the chat that card is edited; otherwise (or with `new`) a message is sent. If it
    has buttons, the dialogue's card before it loses its own. Text beyond Telegram's limit goes as several messages.
    """
    parts = markup.split(text)
    inline = keyboard if isinstance(keyboard, InlineKeyboardMarkup) else None
    first, context.replied = not context.replied, True
    if first and not new and len(parts) == 1 and inline is keyboard:
        edited = await _edit_pressed(update, context, text, inline)
        if edited is not None:
            return edited
    for part in parts[:-1]:
        await _send(update, context, part, None)
    chat_id, sent = _chat_id(update), await _send(update, context, parts[-1], keyboard)
    await _card_shown(context, chat_id, sent, has_buttons=inline is not None)
    return sent


async def answer(update: Update, context: LoanlineContext, text: str | None = None, *, alert: bool = False) -> None:
    """Answer the press, with plain `text` in a bubble or, as `alert`, in a box. A press that is too old is let go."""
    query = update.callback_query
    if query is None or context.answered:
        return
    context.answered = True
    short = text if text is None or len(text) <= ALERT_LIMIT else text[: ALERT_LIMIT - 1] + "…"
    try:
        await query.answer(short, show_alert=alert)
    except BadRequest as refusal:
        logger.info("a press could not be answered: %s", refusal)


async def answer_checkout(update: Update, objection: str | None = None) -> None:
    """Let Telegram take the money, or refuse it with the reason. One who waited too long has been refused already."""
    query = update.pre_checkout_query
    if query is None:
        return
    try:
        await query.answer(ok=objection is None, error_message=objection)
    except BadRequest as refusal:
        logger.info("a payment was approved or refused too late: %s", refusal)


async def retire(update: Update, context: LoanlineContext) -> None:
    """Take the buttons off the pressed card: they no longer apply."""
    query = update.callback_query
    if query is not None and isinstance(query.message, Message):
        await remove_buttons(context, query.message.chat_id, query.message.message_id)


async def remove_buttons(context: LoanlineContext, chat_id: int, message_id: int) -> None:
    """Take the buttons off a message; one that has none or is gone is no error."""
    if context.turn.private and context.place.get(CARD) == message_id:
        del context.place[CARD]
    _stands_no_more(context, message_id)
    try:
        await call(context.bot, "editMessageReplyMarkup", {"chat_id": chat_id, "message_id": message_id})
    except BadRequest as refusal:
        logger.debug("buttons stay: %s", refusal)


def shows_standing(context: LoanlineContext, card: int) -> None:
    """Note that the message `card` shows where an application stands: it loses its buttons when that moves on."""
    context.place[STANDING] = card


def _stands_no_more(context: LoanlineContext, message_id: int) -> None:
    if context.turn.private and context.place.get(STANDING) == message_id:
        del context.place[STANDING]


async def typing(update: Update, context: LoanlineContext, action: ChatAction = ChatAction.TYPING) -> None:
    """Show that something longer is under way."""
    chat = update.effective_chat
    if chat is not None:
        await context.bot.send_chat_action(chat.id, action, message_thread_id=_thread(update))


async def delete_if_allowed(update: Update, context: LoanlineContext) -> bool:
    """Delete the person's message, which says something private. Answers whether Telegram let us."""
    message = update.effective_message
    if message is None:
        return False
    try:
        await context.bot.delete_message(message.chat_id, message.message_id)
    except (BadRequest, Forbidden) as refusal:
        logger.info("a private message stays: %s", refusal)
        return False
    return True


async def send_document(
    update: Update,
    context: LoanlineContext,
    content: bytes,
    filename: str,
    caption: str | None = None,
    keyboard: InlineKeyboardMarkup | None = None,
    *,
    protect: bool = False,
) -> Message:
    """Send a file. `caption` is Telegram HTML, at most 1024 characters; `protect` forbids forwarding and saving."""
    chat = _chat_id(update)
    message = await context.bot.send_document(
        chat,
        InputFile(content, filename),
        caption=caption,
        parse_mode=ParseMode.HTML,
        reply_markup=keyboard,
        protect_content=protect,
        message_thread_id=_thread(update),
    )
    await _card_shown(context, message.chat_id, message.message_id, has_buttons=keyboard is not None)
    return message


async def send_photo(
    update: Update,
    context: LoanlineContext,
    content: bytes,
    filename: str,
    caption: str | None = None,
    keyboard: InlineKeyboardMarkup | None = None,
    *,
    protect: bool = False,
) -> Message:
    """Send a picture. `caption` is Telegram HTML, at most 1024 characters; `protect` forbids forwarding and saving."""
    message = await context.bot.send_photo(
        _chat_id(update),
        InputFile(content, filename),
        caption=caption,
        parse_mode=ParseMode.HTML,
        reply_markup=keyboard,
        protect_content=protect,
        message_thread_id=_thread(update),
    )
    await _card_shown(context, message.chat_id, message.message_id, has_buttons=keyboard is not None)
    return message


async def _edit_pressed(
    update: Update, context: LoanlineContext, text: str, keyboard: InlineKeyboardMarkup | None
) -> int | None:
    card = _pressed_card(update.callback_query)
    if card is None or not context.turn.private or context.place.get(NEWEST) != card.message_id:
        return None
    try:
        changed = {"chat_id": card.chat_id, "message_id": card.message_id} | _said(text, keyboard)
        await call(context.bot, "editMessageText", changed)
    except BadRequest as refusal:
        if "not modified" not in refusal.message.lower():
            logger.info("a card could not be edited, a new one follows: %s", refusal)
            return None
    _stands_no_more(context, card.message_id)
    await _card_shown(context, card.chat_id, card.message_id, has_buttons=keyboard is not None)
    return card.message_id


def _pressed_card(query: CallbackQuery | None) -> Message | None:
    """The pressed message, if it is one whose text can be edited."""
    message = query.message if query else None
    return message if isinstance(message, Message) and message.text is not None else None


async def _send(update: Update, context: LoanlineContext, text: str, keyboard: Keyboard | None) -> int:
    where = {"chat_id": _chat_id(update), "message_thread_id": _thread(update)}
    sent = sent_id(await call(context.bot, "sendMessage", where | _said(text, keyboard)))
    _saw(context, sent)
    return sent


def _said(text: str, keyboard: Keyboard | None) -> dict[str, object]:
    return {
        "text": text,
        "parse_mode": ParseMode.HTML.value,
        "link_preview_options": NO_PREVIEW,
        "reply_markup": None if keyboard is None else keyboard_json(keyboard),
    }


async def _card_shown(context: LoanlineContext, chat_id: int, card: int, *, has_buttons: bool) -> None:
    """A card, new or in the place of what was pressed, takes the buttons off the one before it; in a group every card
    stays as it is."""
    _saw(context, card)
    if not has_buttons or not context.turn.private:
        return
    before = context.place.get(CARD)
    if before is not None and before != card:
        await remove_buttons(context, chat_id, before)
    context.place[CARD] = card


def _saw(context: LoanlineContext, message: int) -> None:
    if context.turn.private:
        context.turn.saw(message)


def _chat_id(update: Update) -> int:
    if update.effective_chat is not None:
        return update.effective_chat.id
    if update.effective_user is not None:
        return update.effective_user.id
    raise ValueError("an update without a chat cannot be replied to")


def _thread(update: Update) -> int | None:
    message = update.effective_message
    return message.message_thread_id if message is not None and message.is_topic_message else None
