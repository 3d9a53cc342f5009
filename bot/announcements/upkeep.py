"""What changes in a borrower's chat without a word: buttons that no longer apply go."""

import logging

from telegram.error import BadRequest

from bot.announcements import Announcing, announces
from bot.runtime import CARD
from services.messages.buttons import BUTTONS_OFF

logger = logging.getLogger(__name__)


@announces(BUTTONS_OFF)
async def buttons_off(a: Announcing) -> None:
    """Take the buttons off a message. One that has become the card of a dialogue keeps them: the dialogue looks after
    its card. One that has none or is gone is no error."""
    message_id = a.param("message_id", int)
    conversation = await a.services.conversations.load(a.message.chat_id)
    if conversation.place.get(CARD) == message_id:
        return
    try:
        await a.bot.edit_message_reply_markup(chat_id=a.message.chat_id, message_id=message_id)
    except BadRequest as refusal:
        logger.debug("buttons stay: %s", refusal)
