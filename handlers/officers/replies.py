"""What officers write as replies: the answer to a prompt, or words for the borrower."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop

from bot.context import LoanlineContext
from handlers.officers import approving, payouts, prompts, receipts, requests, talking
from handlers.officers.desk import Visit, visit
from handlers.officers.prompts import Answers, Prompt
from services.desk.handoff_access import Handoff
from services.errors import DomainError, InvalidInput

TakeAnswer = Callable[[Visit, Prompt, str], Awaitable[None]]

TAKERS: Final[Mapping[Answers, TakeAnswer]] = {
    Answers.QUESTION: requests.asked,
    Answers.AMOUNT: approving.amount_typed,
    Answers.TERM: approving.term_typed,
    Answers.PAYOUT: payouts.reference_typed,
    Answers.RECEIVED: receipts.amount_typed,
    Answers.WORDS: talking.first_words,
}


async def reply(update: Update, context: LoanlineContext) -> None:
    """Takes a reply to a message of the desk; any other message is left to whoever is next."""
    officer = visit(update, context)
    replied_to = officer.message.reply_to_message if officer else None
    # In a forum whatever is written in a topic counts as a reply to the message that opened it.
    if officer is None or replied_to is None or replied_to.forum_topic_created is not None:
        return
    chat_id, message_id = officer.message.chat_id, replied_to.message_id
    prompt = prompts.recall(context.place, chat_id, message_id)
    if prompt is not None:
        await _answer(officer, prompt, message_id)
        raise ApplicationHandlerStop
    handoff = await context.services.handoffs.handoff_of_message(chat_id, message_id)
    if handoff is not None:
        await _say(officer, handoff)
    elif _to_the_bot_in_a_group(officer, replied_to):
        await officer.post(officer.t("desk.went_nowhere"))
    else:
        return
    raise ApplicationHandlerStop


async def _say(officer: Visit, handoff: Handoff) -> None:
    try:
        await talking.say(officer, handoff)
    except DomainError as refusal:
        await officer.post(officer.words(refusal))


def _to_the_bot_in_a_group(officer: Visit, replied_to: Message) -> bool:
    """Such a reply may be meant for a borrower; in a private chat it belongs to some dialogue."""
    author = replied_to.from_user
    in_group = officer.message.chat.type != ChatType.PRIVATE
    return in_group and author is not None and author.id == officer.context.bot.id


async def _answer(officer: Visit, prompt: Prompt, message_id: int) -> None:
    """A prompt serves until an answer is taken; a wrong one is asked for again."""
    text = officer.message.text
    if text is None:
        await officer.ask(officer.t("desk.words_only"), prompt)
        return
    try:
        await TAKERS[prompt.answers](officer, prompt, text)
    except InvalidInput as refusal:
        await officer.ask(officer.words(refusal), prompt)
    except DomainError as refusal:
        await officer.post(officer.words(refusal))
    else:
        prompts.forget(officer.context.place, officer.message.chat_id, message_id)
        await officer.take_buttons(message_id)
