"""Collecting papers, until the application can be submitted:

checklist with the paper wanted next ← photo, file or album → next paper … → submit → status
    └─ one entry → one file: look at it, replace it, delete it
"""

from enum import StrEnum
from functools import partial

from telegram import Message, Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from bot import keyboards
from bot.context import LoanlineContext
from bot.conversation import Handler
from bot.incoming.downloads import fetch, file_of
from bot.keyboards import OldButton
from bot.replies import answer, reply, send_document, typing
from handlers import document_cards as cards
from handlers import paper_examples, status_card
from handlers.apply import asking
from handlers.dialogue import Ask, Callback, Dialogue
from handlers.document_cards import CHOSEN, PAPER, Step
from handlers.registration import registered
from handlers.spoken import Spoken, heard
from services.documents.document_views import Checklist, ChecklistItem

ALBUM, ALBUM_ITEM = "upload_album", "upload_album_item"
"""Telegram's id of the album that came last, and the entry its files are for: an album is one answer."""
FILES = filters.PHOTO | filters.Document.ALL


def _text(update: Update) -> str:
    return (update.effective_message and update.effective_message.text) or ""


async def file_sent(update: Update, context: LoanlineContext) -> str:
    """A photo or file for the entry it belongs to. What is wrong with it is said, and the entry stays open."""
    papers, message = await cards.checklist(context), update.effective_message
    application = await cards.collecting(context)
    if papers is None or application is None or message is None:
        return await cards.show(update, context)
    item = _meant(papers, message, context)
    context.place[ALBUM], context.place[ALBUM_ITEM] = message.media_group_id, item.code
    data = await _download(message, update, context)
    document = await context.services.documents.add(context.borrower.id, application.id, item.code, data)
    if message.media_group_id is not None and item.received:
        count = len(item.documents) + 1
        await reply(update, context, context.t.n("upload.received_more", count, name=item.name))
        return Step.COLLECT
    context.place.pop(CHOSEN, None)
    context.place[PAPER] = document.id
    return await cards.show(update, context, context.t("upload.received", name=item.name), document.id)


def _meant(papers: Checklist, message: Message, context: LoanlineContext) -> ChecklistItem:
    """The entry that the file is for: that of its album, the current one, or when nothing is missing the last one."""
    place = context.place
    if message.media_group_id is not None and place.get(ALBUM) == message.media_group_id:
        item = cards.item_of(papers, place.get(ALBUM_ITEM))
        if item is not None:
            return item
    last = cards.item_of(papers, place.get(ALBUM_ITEM))
    return cards.current_item(papers, context) or last or papers.items[-1]


async def _download(message: Message, update: Update, context: LoanlineContext) -> bytes:
    """The file's bytes. Raises OldButton when the message has none, FileTooBig before anything is fetched."""
    found = file_of(message)
    if found is None:
        raise OldButton
    await typing(update, context)
    return await fetch(context.bot, *found)


async def replacement_sent(update: Update, context: LoanlineContext) -> str:
    """A better picture of a paper: the old one stays until the new one is accepted."""
    papers, message = await cards.checklist(context), update.effective_message
    if papers is None or message is None:
        return await cards.show(update, context)
    item, old = cards.paper_of(papers, context.place.get(PAPER))
    data = await _download(message, update, context)
    document = await context.services.documents.replace(context.borrower.id, old.id, data)
    context.place[ALBUM], context.place[ALBUM_ITEM] = message.media_group_id, item.code
    context.place[PAPER] = document.id
    context.place.pop(CHOSEN, None)
    return await cards.show(update, context, context.t("upload.replaced", name=item.name))


async def no_file(ask: Callback, update: Update, context: LoanlineContext) -> str:
    """A voice, a sticker, a text: none of it is a paper. The name of a paper chooses it."""
    papers = await cards.checklist(context)
    wanted = heard(_text(update))
    for item in papers.items if papers and wanted else ():
        if wanted in {heard(name) for name in item.name.by_language.values()}:
            return await _choose(item.code, update, context)
    await reply(update, context, context.t("upload.not_a_paper"))
    return await ask(update, context)


async def item_pressed(update: Update, context: LoanlineContext) -> str:
    return await _choose(keyboards.pressed(update).text(), update, context)


async def _choose(code: str, update: Update, context: LoanlineContext) -> str:
    """Open the entry: its files, or the question for them. Raises OldButton for one that the product does not ask."""
    await answer(update, context)
    papers = await cards.checklist(context)
    if papers is None:
        return await cards.show(update, context)
    if cards.item_of(papers, code) is None:
        raise OldButton
    context.place[CHOSEN] = code
    return await cards.show_item(update, context)


async def example(step: Step, update: Update, context: LoanlineContext) -> str:
    """A drawing of the paper that is asked for; the question for it stays. Raises OldButton for one that the product
    does not ask."""
    papers = await cards.checklist(context)
    if papers is None:
        return await cards.show(update, context)
    item = _with_example(papers, update, context)
    old = context.place.get(PAPER)
    again = keyboards.data("upload", "replace", old) if step is Step.REPLACE and old else "upload:open"
    back = keyboards.button(context.t.plain("upload.button_back"), again)
    await paper_examples.send(item.example, item.name, keyboards.keyboard(back), update, context)
    return step


def _with_example(papers: Checklist, update: Update, context: LoanlineContext) -> ChecklistItem:
    """The entry that a button names, or the one that is wanted when the words are typed."""
    if update.callback_query is None:
        return cards.current_item(papers, context) or papers.items[-1]
    item = cards.item_of(papers, keyboards.pressed(update).text())
    if item is None:
        raise OldButton
    return item


async def skip(update: Update, context: LoanlineContext) -> str:
    """Leave an optional paper out."""
    context.place.pop(CHOSEN, None)
    return await cards.show(update, context)


async def about_paper(then: Callback, update: Update, context: LoanlineContext) -> str:
    """A button about one file."""
    await answer(update, context)
    papers = await cards.checklist(context)
    if papers is None:
        return await cards.show(update, context)
    item, document = cards.paper_of(papers, keyboards.pressed(update).number())
    context.place[CHOSEN], context.place[PAPER] = item.code, document.id
    return await then(update, context)


async def view(update: Update, context: LoanlineContext) -> str:
    """The borrower's own paper as the lender keeps it."""
    content = await context.services.documents.open_for_borrower(context.borrower.id, context.place.get(PAPER, 0))
    await send_document(update, context, content.data, content.name, context.t("upload.as_kept"))
    return await cards.show_paper(update, context)


async def delete(update: Update, context: LoanlineContext) -> str:
    await context.services.documents.delete(context.borrower.id, context.place.get(PAPER, 0))
    context.place.pop(CHOSEN, None)
    return await cards.show(update, context, context.t("upload.deleted"))


async def back_to_answers(update: Update, context: LoanlineContext) -> str:
    """The answers can be changed again; the papers stay."""
    await answer(update, context)
    application = await cards.collecting(context)
    if application is None:
        return await cards.show(update, context)
    await context.services.applications.reopen_answers(context.borrower.id, application.id)
    return await asking.ask_review(update, context)


async def submit(update: Update, context: LoanlineContext) -> str:
    """Into the officers' hands."""
    await answer(update, context)
    application = await cards.collecting(context)
    if application is None:
        return await cards.show(update, context)
    await context.services.applications.submit(context.borrower.id, application.id)
    for key in (CHOSEN, PAPER, ALBUM, ALBUM_ITEM):
        context.place.pop(key, None)
    return await status_card.show(update, context, context.t("upload.submitted"))


def dialogue(spoken: Spoken) -> Dialogue:
    opened = registered(cards.show)
    asks: dict[StrEnum, Ask] = {
        Step.COLLECT: cards.show,
        Step.ITEM: cards.show_item,
        Step.PAPER: cards.show_paper,
        Step.REPLACE: cards.ask_replace,
        Step.DELETE: cards.ask_delete,
    }
    choosing: list[Handler] = [
        *spoken.choice("upload:submit", submit, "upload.button_submit", "upload.words_submit"),
        *spoken.choice("upload:answers", back_to_answers, "upload.button_answers"),
        *spoken.choice("upload:skip", skip, "upload.button_skip", "upload.words_skip"),
        CallbackQueryHandler(item_pressed, keyboards.pattern("upload:item")),
        *_example(spoken, Step.COLLECT),
        *_about_paper({"replace": cards.ask_replace}),
        MessageHandler(spoken.said("upload.button_retake"), cards.ask_replace),
    ]
    about: list[Handler] = [
        *_about_paper({"view": view, "replace": cards.ask_replace, "delete": cards.ask_delete}),
        MessageHandler(spoken.said("upload.button_view"), view),
        MessageHandler(spoken.said("upload.button_replace"), cards.ask_replace),
        MessageHandler(spoken.said("upload.button_delete"), cards.ask_delete),
    ]
    return Dialogue(
        name="upload",
        entries=spoken.choice("upload:open", opened, "upload.words_open"),
        states={
            Step.COLLECT: [MessageHandler(FILES, file_sent), *choosing, _anything_else(cards.show)],
            Step.ITEM: [
                MessageHandler(FILES, file_sent),
                *_about_paper({"paper": cards.show_paper}),
                _anything_else(cards.show_item),
            ],
            Step.PAPER: [MessageHandler(FILES, file_sent), *about, _anything_else(cards.show_paper)],
            Step.REPLACE: [
                MessageHandler(FILES, replacement_sent),
                *_example(spoken, Step.REPLACE),
                *_about_paper({"replace": cards.ask_replace}),
                _anything_else(cards.ask_replace),
            ],
            Step.DELETE: [*_about_paper({"delete_yes": delete}), *_said_delete(spoken)],
        },
        ask=asks,
        back={
            Step.COLLECT: back_to_answers,
            Step.ITEM: skip,
            Step.PAPER: cards.leave_paper,
            Step.REPLACE: cards.show_paper,
            Step.DELETE: cards.show_paper,
        },
    )


def _about_paper(actions: dict[str, Callback]) -> list[Handler]:
    """Buttons that name a file: `upload:<action>:<id>`."""
    return [
        CallbackQueryHandler(partial(about_paper, then), keyboards.pattern(f"upload:{action}"))
        for action, then in actions.items()
    ]


def _example(spoken: Spoken, step: Step) -> list[Handler]:
    return spoken.choice("upload:example", partial(example, step), "upload.button_example", "upload.words_example")


def _said_delete(spoken: Spoken) -> list[Handler]:
    return [MessageHandler(spoken.said("upload.button_delete_yes", "upload.words_yes"), delete)]


def _anything_else(ask: Callback) -> Handler:
    return MessageHandler(~filters.StatusUpdate.ALL & ~filters.COMMAND, partial(no_file, ask))
