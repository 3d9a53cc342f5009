"""Talking with a borrower through the bot: start → replies to the card or to the borrower's lines → stop."""

from bot import keyboards
from bot.cards.keyboard import action_button
from bot.keyboards import Press
from handlers.officers.desk import Visit
from services.handoff_access import Handoff
from services.handoff_states import DeskAction


async def start(visit: Visit, press: Press) -> None:
    handoff = await visit.services.handoffs.start_talking(visit.staff_id, press.number())
    await visit.answer()
    sent = await visit.post(visit.t("desk.talk_started", reference=handoff.reference))
    await visit.services.handoffs.relayed(handoff.id, sent.chat_id, sent.message_id, visit.thread_id)


async def stop(visit: Visit, press: Press) -> None:
    handoff = await visit.services.handoffs.stop_talking(visit.staff_id, press.number())
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
        await visit.services.handoffs.officer_says(visit.staff_id, handoff.id, text)
        await visit.acknowledge()
