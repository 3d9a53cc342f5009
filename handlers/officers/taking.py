"""Taking a handoff, giving it back, closing it, calling its card up again."""

from bot.cards import card_face
from bot.keyboards import Press
from handlers.officers.desk import Visit


async def claim(visit: Visit, press: Press) -> None:
    """One officer wins; the card changes for everybody by itself."""
    handoff = await visit.services.handoffs.claim(visit.staff_id, press.number())
    await visit.answer(visit.t.plain("desk.claimed", reference=handoff.reference))


async def hand_back(visit: Visit, press: Press) -> None:
    handoff = await visit.services.handoffs.hand_back(visit.staff_id, press.number())
    await visit.answer(visit.t.plain("desk.handed_back", reference=handoff.reference))


async def close(visit: Visit, press: Press) -> None:
    handoff = await visit.services.handoffs.close(visit.staff_id, press.number())
    await visit.answer(visit.t.plain("desk.closed", reference=handoff.reference))


async def show(visit: Visit, press: Press) -> None:
    """The card once more, where the officer is."""
    card = await visit.services.handoffs.card_for(visit.staff_id, press.number())
    await visit.answer()
    face = await card_face(card, visit.t, visit.services)
    sent = await visit.post(face.text, face.keyboard)
    await visit.services.handoffs.card_sent(card.handoff.id, sent.chat_id, sent.message_id, visit.thread_id)


async def drop(visit: Visit, press: Press) -> None:
    """The officer thinks better of a panel."""
    await visit.answer()
    await visit.change(visit.t("desk.dropped"))
