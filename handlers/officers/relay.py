"""While an officer talks with a borrower, what the borrower writes or sends goes to the desk and the bot keeps quiet.
Commands and buttons work as ever."""

from collections.abc import Mapping

from telegram import Message, ReplyParameters, Update
from telegram.constants import ReactionEmoji
from telegram.error import BadRequest
from telegram.ext import ApplicationHandlerStop

from bot import keyboards
from bot.cards.places import card_at_desk
from bot.context import LoanlineContext
from bot.replies import answer, reply, retire
from handlers.dialogue import LooksPrivate
from handlers.spoken import heard
from services.desk.handoff_access import Handoff


async def pass_on(
    leaving_words: frozenset[str], private: Mapping[str, LooksPrivate], update: Update, context: LoanlineContext
) -> None:
    """Any message of a private chat. Without a conversation going on it is left to whoever is next, and so is a code or
    a number that the person's step asks for."""
    message = update.message
    if message is None or not context.turn.talks or _is_private(message.text, private, context):
        return
    handoff = await context.services.talks.current(context.borrower.id)
    if handoff is None:
        return
    if message.text is None:
        await _copy(message, handoff, context, update)
    elif heard(message.text) in leaving_words:
        await leave(update, context)
    elif await context.services.talks.borrower_says(context.borrower.id, message.text):
        await _seen(message)
    else:
        return
    raise ApplicationHandlerStop


def _is_private(text: str | None, private: Mapping[str, LooksPrivate], context: LoanlineContext) -> bool:
    looks = private.get(context.step or "")
    return text is not None and looks is not None and looks(text, context)


async def leave(update: Update, context: LoanlineContext) -> None:
    """The borrower has heard enough: the bot answers again."""
    if context.borrower_id is None:  # in a group, where the button can only be forged
        return
    await answer(update, context)
    await retire(update, context)
    left = await context.services.talks.leave(context.borrower.id)
    text = context.t("conversation.left" if left else "conversation.nothing_to_leave")
    await reply(update, context, text, keyboards.keyboard(keyboards.menu(context.t)), new=True)
    raise ApplicationHandlerStop


async def _copy(message: Message, handoff: Handoff, context: LoanlineContext, update: Update) -> None:
    """A photo, file, voice message or the like, under the card: protected, so that it stays at the desk."""
    card = await card_at_desk(context.services, handoff.id)
    if card is None:
        await reply(update, context, context.t("conversation.not_passed_on"))
        return
    try:
        copied = await message.copy(
            card.chat_id,
            protect_content=True,
            message_thread_id=card.thread_id,
            reply_parameters=ReplyParameters(card.message_id, allow_sending_without_reply=True),
        )
    except BadRequest:
        await reply(update, context, context.t("conversation.not_passed_on"))
        return
    await context.services.handoffs.relayed(handoff.id, card.chat_id, copied.message_id, card.thread_id)
    await _seen(message)


async def _seen(message: Message) -> None:
    """A reaction instead of a word: it went to the officer."""
    try:
        await message.set_reaction(ReactionEmoji.THUMBS_UP)
    except BadRequest:
        return
