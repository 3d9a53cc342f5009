"""What the collection of papers shows: the checklist with the paper wanted next, one paper, and the questions about it.

Everything is shown from the application; `context.place` only remembers which paper the person chose.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.keyboards import OldButton
from bot.replies import answer, reply
from bot.wording.i18n import Translator
from handlers import status_card
from services.documents.document_views import Checklist, ChecklistItem, Document
from services.origination.application_states import ApplicationStatus
from services.origination.applications import Application


class Step(StrEnum):
    COLLECT = "upload:collect"
    ITEM = "upload:item"
    PAPER = "upload:paper"
    REPLACE = "upload:replace"
    DELETE = "upload:delete"


CHOSEN: Final = "upload_item"
"""Code of the checklist entry that the person chose; the first one missing where there is none."""
PAPER: Final = "upload_paper"
"""Id of the paper that is looked at, replaced or deleted."""


async def collecting(context: LoanlineContext) -> Application | None:
    """The application whose papers are being collected, if there is one."""
    current = await context.services.applications.current(context.borrower.id)
    wanted = current is not None and current.status is ApplicationStatus.COLLECTING_DOCUMENTS
    return current if wanted else None


async def checklist(context: LoanlineContext) -> Checklist | None:
    """Its papers; None when no papers are being collected."""
    application = await collecting(context)
    if application is None:
        return None
    return await context.services.documents.checklist(context.borrower.id, application.id)


def item_of(papers: Checklist, code: str | None) -> ChecklistItem | None:
    return next((item for item in papers.items if item.code == code), None)


def current_item(papers: Checklist, context: LoanlineContext) -> ChecklistItem | None:
    """What the next file is for: what the person chose, else what is missing; None when all that must be there is."""
    return item_of(papers, context.place.get(CHOSEN)) or item_of(papers, papers.next_missing)


def paper_of(papers: Checklist, document_id: int | None) -> tuple[ChecklistItem, Document]:
    """The paper with its entry. Raises OldButton when it is not there any more."""
    for item in papers.items:
        for document in item.documents:
            if document.id == document_id:
                return item, document
    raise OldButton


def limits(item: ChecklistItem, t: Translator) -> str:
    """What may be sent for the entry: kinds, number, size and pages."""
    most = item.limits
    files = t("upload.how", maximum_files=most.max_files, maximum_mb=most.max_mb)
    return f"{files}\n{t.n('upload.how_pages', most.max_pages)}"


def example_button(item: ChecklistItem, t: Translator) -> InlineKeyboardButton:
    return keyboards.button(t.plain("upload.button_example"), keyboards.data("upload", "example", item.code))


async def show(update: Update, context: LoanlineContext, lead: str = "", latest: int | None = None) -> str:
    """The checklist, and the paper wanted next. `latest` is the file that has just come and may be taken again."""
    await answer(update, context)
    papers = await checklist(context)
    if papers is None:
        return await status_card.show(update, context)
    chosen = item_of(papers, context.place.get(CHOSEN))
    if chosen is not None and chosen.received:
        del context.place[CHOSEN]
    item, t = current_item(papers, context), context.t
    lines = [t("upload.progress", received=papers.received, total=papers.required_total)]
    lines += [_line(each, each is item, t) for each in papers.items]
    parts = [lead, "\n".join(lines), _wanted(item, t) if item else t("upload.complete")]
    await reply(update, context, "\n\n".join(filter(None, parts)), _list_buttons(papers, item, latest, t))
    return Step.COLLECT


def _line(item: ChecklistItem, wanted: bool, t: Translator) -> str:
    if item.received:
        return t.n("upload.line_received", len(item.documents), name=item.name)
    if wanted:
        return t("upload.line_wanted", name=item.name)
    return t("upload.line_missing" if item.required else "upload.line_optional", name=item.name)


def _wanted(item: ChecklistItem, t: Translator) -> str:
    return f"{t('upload.wanted', name=item.name, hint=item.hint)}\n{limits(item, t)}"


def _list_buttons(
    papers: Checklist, item: ChecklistItem | None, latest: int | None, t: Translator
) -> InlineKeyboardMarkup:
    first = []
    if papers.complete:
        first.append(keyboards.button(t.plain("upload.button_submit"), "upload:submit"))
    if item is not None and not item.required and not item.received:
        first.append(keyboards.button(t.plain("upload.button_skip"), "upload:skip"))
    if latest is not None:
        first.append(keyboards.button(t.plain("upload.button_retake"), keyboards.data("upload", "replace", latest)))
    if item is not None:
        first.append(example_button(item, t))
    others = [
        keyboards.button(t.text(each.name), keyboards.data("upload", "item", each.code))
        for each in papers.items
        if each is not item
    ]
    last = [keyboards.button(t.plain("upload.button_answers"), "upload:answers"), keyboards.menu(t)]
    return keyboards.keyboard(first, others, last)


async def show_item(update: Update, context: LoanlineContext) -> str:
    """One entry of the checklist with its files; straight to the file where there is one."""
    await answer(update, context)
    papers = await checklist(context)
    item = item_of(papers, context.place.get(CHOSEN)) if papers else None
    if item is None or not item.documents:
        return await show(update, context)
    if len(item.documents) == 1:
        context.place[PAPER] = item.documents[0].id
        return await show_paper(update, context)
    t = context.t
    lines = [t("upload.item_card", name=item.name, hint=item.hint)]
    lines += [_described(number, each, t) for number, each in enumerate(item.documents, 1)]
    lines.append(t("upload.add_another"))
    files = [_file_button(number, each, t) for number, each in enumerate(item.documents, 1)]
    await reply(update, context, "\n".join(lines), keyboards.keyboard(files, keyboards.back(t)))
    return Step.ITEM


def _file_button(number: int, document: Document, t: Translator) -> InlineKeyboardButton:
    label = t.plain("upload.button_file", number=number)
    return keyboards.button(label, keyboards.data("upload", "paper", document.id))


def _described(number: int, document: Document, t: Translator) -> str:
    key = "upload.file_pdf" if document.media_type == "application/pdf" else "upload.file_photo"
    return t.n(key, document.pages, number=number, at=document.received_at)


async def show_paper(update: Update, context: LoanlineContext) -> str:
    """One file: look at it, replace it, delete it."""
    await answer(update, context)
    found = await _paper(context)
    if found is None:
        return await show(update, context)
    item, document = found
    t = context.t
    described = _described(item.documents.index(document) + 1, document, t)
    lines = [t("upload.item_card", name=item.name, hint=item.hint), described, t("upload.add_another")]
    await reply(
        update, context, "\n".join(lines), keyboards.keyboard(list(_paper_buttons(document, t)), keyboards.back(t))
    )
    return Step.PAPER


def _paper_buttons(document: Document, t: Translator) -> Iterator[InlineKeyboardButton]:
    for key, action in (
        ("upload.button_view", "view"),
        ("upload.button_replace", "replace"),
        ("upload.button_delete", "delete"),
    ):
        yield keyboards.button(t.plain(key), keyboards.data("upload", action, document.id))


async def leave_paper(update: Update, context: LoanlineContext) -> str:
    """Back from one file: to the other files of its entry, else to the checklist."""
    papers = await checklist(context)
    item = item_of(papers, context.place.get(CHOSEN)) if papers else None
    if item is not None and len(item.documents) > 1:
        return await show_item(update, context)
    return await show(update, context)


async def ask_replace(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    found = await _paper(context)
    if found is None:
        return await show(update, context)
    (item, _), t = found, context.t
    text = t("upload.ask_replace", name=item.name, hint=item.hint, limits=limits(item, t))
    await reply(update, context, text, keyboards.keyboard([example_button(item, t)], keyboards.back(t)))
    return Step.REPLACE


async def ask_delete(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    found = await _paper(context)
    if found is None:
        return await show(update, context)
    item, document = found
    t = context.t
    confirm = keyboards.button(t.plain("upload.button_delete_yes"), keyboards.data("upload", "delete_yes", document.id))
    await reply(
        update, context, t("upload.ask_delete", name=item.name), keyboards.keyboard([keyboards.back(t), confirm])
    )
    return Step.DELETE


async def _paper(context: LoanlineContext) -> tuple[ChecklistItem, Document] | None:
    """The paper that is looked at, or None when it or the collection is gone."""
    papers = await checklist(context)
    if papers is None:
        return None
    try:
        return paper_of(papers, context.place.get(PAPER))
    except OldButton:
        return None
