"""Talking with a borrower through the bot: first words → replies to the card or to the borrower's lines → stop.

The conversation begins with the officer's first words and not with the press before them: from there on the bot keeps
quiet, and a borrower who has not heard from anybody would wonder why.
"""

from bot import keyboards
from bot.cards.keyboard import action_button
from bot.keyboards import Press
from handlers.officers.desk import Visit
from handlers.officers.prompts import Answers, Prompt
from services.desk.handoff_access import Handoff
from services.desk.handoff_states import DeskAction


async def ask_words(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.TALK)
    await visit.answer()
    name = card.borrower.name or visit.t.plain("desk.name_unknown")
    text = visit.t("desk.prompt_words", name=name, reference=card.handoff.reference)
    sent = await visit.ask(text, Prompt(Answers.WORDS, card.handoff.id))
    await visit.services.handoffs.relayed(card.handoff.id, sent.chat_id, sent.message_id, visit.thread_id)


async def first_words(visit: Visit, prompt: Prompt, text: str) -> None:
    await visit.services.talks.officer_says(visit.staff_id, prompt.handoff_id, text)
    await visit.acknowledge()


async def stop(visit: Visit, press: Press) -> None:
    handoff = await visit.services.talks.stop(visit.staff_id, press.number())
    await visit.answer(visit.t.plain("desk.talk_stopped", reference=handoff.reference))


async def say(visit: Visit, handoff: Handoff) -> None:
    """An officer replied to a message of the handoff. Only while they talk is it meant for the borrower."""
    text = visit.message.text
    if not handoff.talking:
        await visit.card_in_hand(handoff.id, DeskAction.TALK)
        keyboard = keyboards.keyboard(action_button(DeskAction.TALK, handoff.id, visit.t))
        await visit.post(visit.t("desk.not_talking", reference=handoff.reference), keyboard)
    elif text is None:
        await visit.post(visit.t("desk.words_only"))
    else:
        await visit.services.talks.officer_says(visit.staff_id, handoff.id, text)
        await visit.acknowledge()
