"""What the officers' desk reads: cards, their changes, and what borrowers say. In a forum each handoff has a topic."""

import logging
from functools import partial
from typing import Final

from telegram import InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ForumTopicLimit, ParseMode
from telegram.error import BadRequest, Forbidden

from bot import keyboards
from bot.announcements import Announcement, Announcing, announces
from bot.cards import CardFace, card_face
from bot.cards.keyboard import action_button
from bot.cards.mentions import mention
from bot.cards.places import card_at_desk
from bot.wording.i18n import Translator
from services.desk.desk_messages import DeskMessage
from services.desk.handoff_cards import DeskCard
from services.desk.handoff_states import DeskAction, HandoffStatus

logger = logging.getLogger(__name__)

NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


@announces("desk_card")
async def desk_card(a: Announcing) -> Announcement:
    """A card of its own; in a forum it opens the handoff's topic."""
    card = await a.services.handoffs.card(_handoff_id(a))
    return await _new_card(a, card, await card_face(card, a.t, a.services))


@announces("desk_card_changed")
async def desk_card_changed(a: Announcing) -> Announcement:
    """Every copy of the card as it stands now: that of the desk, and those that officers called up for themselves."""
    card = await a.services.handoffs.card(_handoff_id(a))
    face = await card_face(card, a.t, a.services)
    first = await card_at_desk(a.services, card.handoff.id)
    for copy in await a.services.handoffs.card_messages(card.handoff.id):
        if copy != first:
            await _change_copy(a, copy, face)
    if first is None:
        return await _new_card(a, card, face)
    return Announcement(
        face.text,
        face.keyboard,
        edit_message=first.message_id,
        thread_id=first.thread_id,
        after=partial(_changed, a, card, first.thread_id),
    )


@announces("borrower_message")
async def borrower_message(a: Announcing) -> Announcement:
    """The borrower's words, under the card; a reply to them reaches the borrower."""
    card = await a.services.handoffs.card(_handoff_id(a))
    name = card.borrower.name or a.t.plain("desk.name_unknown")
    text = a.t("desk.borrower_says", name=name, reference=a.param("reference", str), words=a.param("text", str))
    return await _under_the_card(a, _to_whoever_has_it(card, a.t) + text)


@announces("information_answered")
async def information_answered(a: Announcing) -> Announcement:
    """What an officer had asked for has come."""
    card = await a.services.handoffs.card(_handoff_id(a))
    text = a.t("desk.information_came", reference=a.param("reference", str), question=a.param("question", str))
    button = action_button(DeskAction.VIEW_DOCUMENTS, card.handoff.id, a.t)
    return await _under_the_card(a, _to_whoever_has_it(card, a.t) + text, keyboards.keyboard(button))


async def borrower_left(a: Announcing) -> Announcement:
    """The borrower ended the conversation."""
    return await _under_the_card(a, a.t("desk.borrower_left", reference=a.param("reference", str)))


def _handoff_id(a: Announcing) -> int:
    if a.message.handoff_id is None:
        raise ValueError(f"{a.message.kind} names no handoff")
    return a.message.handoff_id


def _to_whoever_has_it(card: DeskCard, t: Translator) -> str:
    """A line that rings the phone of the officer who has the handoff; nothing while nobody has it."""
    handoff = card.handoff
    if handoff.claimed_by is None or handoff.claimed_by_name is None:
        return ""
    return mention(handoff.claimed_by, handoff.claimed_by_name, t) + "\n"


async def _new_card(a: Announcing, card: DeskCard, face: CardFace) -> Announcement:
    thread_id = await _topic(a, card)
    return Announcement(face.text, face.keyboard, thread_id=thread_id, after=partial(_remember_card, a, thread_id))


async def _under_the_card(a: Announcing, text: str, keyboard: InlineKeyboardMarkup | None = None) -> Announcement:
    card = await card_at_desk(a.services, _handoff_id(a))
    thread_id = card.thread_id if card else None

    async def remember(message_id: int) -> None:
        await a.services.handoffs.relayed(_handoff_id(a), a.message.chat_id, message_id, thread_id)

    reply_to = card.message_id if card else None
    return Announcement(text, keyboard, thread_id=thread_id, reply_to=reply_to, after=remember)


async def _remember_card(a: Announcing, thread_id: int | None, message_id: int) -> None:
    await a.services.handoffs.card_sent(_handoff_id(a), a.message.chat_id, message_id, thread_id)


async def _changed(a: Announcing, card: DeskCard, thread_id: int | None, message_id: int) -> None:
    await _remember_card(a, thread_id, message_id)
    if card.handoff.status is HandoffStatus.CLOSED and thread_id is not None:
        try:
            await a.bot.close_forum_topic(a.message.chat_id, thread_id)
        except BadRequest as refusal:
            logger.info("a topic stays open: %s", refusal)


async def _change_copy(a: Announcing, copy: DeskMessage, face: CardFace) -> None:
    """A copy that is gone, or whose reader blocked the bot, is left alone."""
    try:
        await a.bot.edit_message_text(
            face.text,
            chat_id=copy.chat_id,
            message_id=copy.message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=face.keyboard,
            link_preview_options=NO_PREVIEW,
        )
    except (BadRequest, Forbidden) as refusal:
        logger.debug("a copy of a card stays as it is: %s", refusal)


async def _topic(a: Announcing, card: DeskCard) -> int | None:
    """The handoff's topic, opened if it has none; None in a group without topics."""
    desk = a.services.staff.desk
    if desk is None or not desk.forum:
        return None
    chat_id, handoff = a.message.chat_id, card.handoff
    known = await a.services.desk_messages.thread_of(handoff.id, chat_id)
    if known is not None:
        return known
    name = card.borrower.name or handoff.reference
    title = a.t.plain("desk.topic", kind=handoff.kind.label, name=name, reference=handoff.reference)
    try:
        topic = await a.bot.create_forum_topic(chat_id, title[: ForumTopicLimit.MAX_NAME_LENGTH])
    except BadRequest as refusal:
        logger.warning("no topic can be opened, the card goes to the group itself: %s", refusal)
        return None
    # A topic bears the id of the message that opened it. Noted at once, so that a card whose sending fails does not
    # open a second topic when it is sent again.
    await a.services.handoffs.relayed(handoff.id, chat_id, topic.message_thread_id, topic.message_thread_id)
    return topic.message_thread_id
