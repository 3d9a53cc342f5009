"""Opening a borrower's papers: protected, every view on record, to the officer alone if they have started the bot."""

from collections.abc import Sequence

from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden

from bot.keyboards import Press
from handlers.officers.desk import Visit
from services.desk.handoff_cards import DeskCard
from services.desk.handoff_states import DeskAction
from services.documents.document_views import Document

PICTURES = frozenset({"image/jpeg", "image/png"})


async def view(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.VIEW_DOCUMENTS)
    papers = await _papers(visit, card)
    if not papers:
        await visit.answer(visit.t.plain("desk.papers_none"))
        return
    chat_id = await _where_to(visit)
    away = chat_id != visit.message.chat_id
    await visit.answer(visit.t.plain("desk.papers_in_private") if away else None)
    for number, paper in enumerate(papers, start=1):
        await _send(visit, card, chat_id, paper, visit.t("desk.paper_number", number=number, count=len(papers)))


async def _papers(visit: Visit, card: DeskCard) -> Sequence[Document]:
    documents = visit.services.documents
    if card.payment is not None:
        return await documents.receipts_for_staff(visit.staff_id, card.payment.id)
    if card.application is not None:
        return await documents.list_for_staff(visit.staff_id, card.application.application.id)
    return ()


async def _where_to(visit: Visit) -> int:
    """The officer's own chat with the bot; the desk's for one who has not started the bot."""
    try:
        await visit.context.bot.send_chat_action(visit.staff_id, ChatAction.UPLOAD_DOCUMENT)
    except (Forbidden, BadRequest):
        return visit.message.chat_id
    return visit.staff_id


async def _send(visit: Visit, card: DeskCard, chat_id: int, paper: Document, number: str) -> None:
    content = await visit.services.documents.open_for_staff(visit.staff_id, paper.id)
    caption = visit.t(
        "desk.paper",
        name=paper.name,
        number=number,
        reference=card.handoff.reference,
        received=paper.received_at,
    )
    sent = await visit.send_file(chat_id, content.data, content.name, caption, picture=content.media_type in PICTURES)
    thread_id = visit.thread_id if chat_id == visit.message.chat_id else None
    await visit.services.handoffs.relayed(card.handoff.id, sent.chat_id, sent.message_id, thread_id)
