"""What changes in a borrower's chat without a word: buttons that no longer apply go."""

from bot.announcements import Announcement, Announcing, announces
from bot.runtime import CARD
from services.messages.buttons import BUTTONS_OFF


@announces(BUTTONS_OFF)
async def buttons_off(a: Announcing) -> Announcement | None:
    """Take the buttons off a message. One that has become the card of a dialogue keeps them: the dialogue looks after
    its card."""
    message_id = a.param("message_id", int)
    conversation = await a.services.conversations.load(a.message.chat_id)
    if conversation.place.get(CARD) == message_id:
        return None
    return Announcement("", buttons_off=message_id)
