"""Answering an officer's request for more: words and files in any order, each kept as it comes, then sent together."""

from collections.abc import Sequence
from typing import Final

from telegram import Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.incoming.downloads import fetch, file_of
from bot.replies import answer, reply, typing
from handlers import status_card
from handlers.status_card import Step
from services.documents.document_views import REQUESTED, Document
from services.origination.applications import InformationRequest

ALBUM: Final = "status_album"
"""Telegram's id of the album that came last: only its first file is answered with the whole card."""


async def open_request(context: LoanlineContext) -> InformationRequest | None:
    """What an officer waits for, if anything."""
    current = await context.services.applications.current(context.borrower.id)
    if current is None:
        return None
    return await context.services.applications.open_request(context.borrower.id, current.id)


async def _files(request: InformationRequest, context: LoanlineContext) -> Sequence[Document]:
    return await context.services.documents.answering(context.borrower.id, request.application_id, request.id)


async def show(update: Update, context: LoanlineContext, lead: str = "") -> str:
    """The request, and the answer as far as it goes."""
    await answer(update, context)
    request = await open_request(context)
    if request is None:
        return await status_card.show(update, context, lead)
    t, files = context.t, await _files(request, context)
    kept, buttons = [], []
    if request.answer or files:
        buttons.append(keyboards.button(t.plain("status.button_send"), "status:send"))
    if files:
        kept.append(t.n("status.request_files", len(files)))
        buttons.append(keyboards.button(t.plain("status.button_remove"), "status:remove"))
    if request.answer:
        kept.append(t("status.request_words", answer=request.answer))
        buttons.append(keyboards.button(t.plain("status.button_rewrite"), "status:rewrite"))
    kept.append(t("status.request_more" if buttons else "status.request_how"))
    asked = t("status.request", question=request.question, answer_by=request.answer_by)
    text = "\n\n".join(filter(None, (lead, asked, "\n".join(kept))))
    await reply(update, context, text, keyboards.keyboard(buttons, [keyboards.back(t), keyboards.human(t)]))
    return Step.REQUEST


async def words_typed(update: Update, context: LoanlineContext) -> str:
    message = update.effective_message
    return await _note((message.text if message else None) or "", update, context)


async def _note(text: str, update: Update, context: LoanlineContext) -> str:
    """Keep the words with those noted before. Raises TextTooLong."""
    request = await open_request(context)
    if request is None:
        return await status_card.show(update, context)
    await context.services.review.note_answer(context.borrower.id, request.application_id, request.id, text)
    return await show(update, context)


async def file_sent(update: Update, context: LoanlineContext) -> str:
    """Keep a file, and the words that came with it. Raises what is wrong with it."""
    request, message = await open_request(context), update.effective_message
    found = file_of(message) if message else None
    if request is None or message is None or found is None:
        return await show(update, context)
    album = message.media_group_id is not None and context.place.get(ALBUM) == message.media_group_id
    context.place[ALBUM] = message.media_group_id
    await typing(update, context)
    data = await fetch(context.bot, *found)
    await context.services.documents.add(
        context.borrower.id, request.application_id, REQUESTED, data, request_id=request.id
    )
    if message.caption:
        return await _note(message.caption, update, context)
    if album:
        count = len(await _files(request, context))
        await reply(update, context, context.t.n("status.request_files", count))
        return Step.REQUEST
    return await show(update, context, context.t("status.file_kept"))


async def not_an_answer(update: Update, context: LoanlineContext) -> str:
    await reply(update, context, context.t("status.not_an_answer"))
    return await show(update, context)


async def rewrite(update: Update, context: LoanlineContext) -> str:
    """Forget the words noted so far; the files stay."""
    await answer(update, context)
    request = await open_request(context)
    if request is not None:
        await context.services.review.note_answer(context.borrower.id, request.application_id, request.id, None)
    return await show(update, context, context.t("status.words_forgotten"))


async def ask_remove(update: Update, context: LoanlineContext) -> str:
    """Whether the file that came last is to be deleted."""
    await answer(update, context)
    request = await open_request(context)
    files = await _files(request, context) if request else ()
    if not files:
        return await show(update, context)
    t = context.t
    confirm = keyboards.data("status", "remove_yes", files[-1].id)
    buttons = [keyboards.back(t), keyboards.button(t.plain("status.button_remove_yes"), confirm)]
    text = t("status.ask_remove", number=len(files), at=files[-1].received_at)
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.REMOVE


async def remove(update: Update, context: LoanlineContext) -> str:
    return await _remove(keyboards.pressed(update).number(), update, context)


async def remove_said(update: Update, context: LoanlineContext) -> str:
    request = await open_request(context)
    files = await _files(request, context) if request else ()
    return await _remove(files[-1].id, update, context) if files else await show(update, context)


async def _remove(document_id: int, update: Update, context: LoanlineContext) -> str:
    """Raises NotFound, HandedIn for a file that the officers have."""
    await answer(update, context)
    await context.services.documents.delete(context.borrower.id, document_id)
    return await show(update, context, context.t("status.file_removed"))


async def send(update: Update, context: LoanlineContext) -> str:
    """To the officer. Raises NothingSent."""
    await answer(update, context)
    request = await open_request(context)
    if request is None:
        return await status_card.show(update, context)
    await context.services.review.answer_information(context.borrower.id, request.application_id, request.id, None)
    context.place.pop(ALBUM, None)
    return await status_card.show(update, context, context.t("status.sent"))
