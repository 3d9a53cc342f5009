"""What a borrower reads of the officers: their words, the end of the conversation, a matter that is dealt with."""

from bot import keyboards
from bot.announcements import Announcement, Announcing, announces
from bot.announcements.desk import borrower_left
from services.wording import Label

LEAVE = "talk:leave"
"""Callback data of the borrower's way out of a conversation."""


@announces("officer_message")
async def officer_message(a: Announcing) -> Announcement:
    text = a.t(
        "conversation.officer_says",
        name=a.param("officer_name", str),
        reference=a.param("reference", str),
        words=a.param("text", str),
    )
    leave = keyboards.button(a.t.plain("conversation.button_leave"), LEAVE)
    return Announcement(text, keyboards.keyboard(leave))


@announces("conversation_ended")
async def conversation_ended(a: Announcing) -> Announcement:
    if a.message.borrower_id is None:
        return await borrower_left(a)
    text = a.t("conversation.ended", name=a.param("officer_name", str), reference=a.param("reference", str))
    return Announcement(text, keyboards.keyboard([keyboards.menu(a.t), keyboards.human(a.t)]))


@announces("handoff_answered")
async def handoff_answered(a: Announcing) -> Announcement:
    text = a.t("conversation.answered", kind=a.param("kind", Label), reference=a.param("reference", str))
    return Announcement(text, keyboards.keyboard([keyboards.menu(a.t), keyboards.human(a.t)]))
