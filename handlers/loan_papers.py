"""What can be had of a loan to keep: picture of the plan, calendar file, statement, contract, certificate."""

from typing import Final

from telegram import InlineKeyboardMarkup, Update
from telegram.constants import ChatAction

from bot import keyboards
from bot.context import LoanlineContext
from bot.i18n import Translator
from bot.markup import shown_length
from bot.papers.calendar_file import calendar_file
from bot.papers.schedule_picture import MOST_ROWS, schedule_picture
from bot.replies import answer, reply, send_document, send_photo, typing
from handlers import loan_card, offer
from handlers.dialogue import Callback
from services.errors import NotFound
from services.loan_views import LoanView

LOAN: Final = "schedule_loan"
"""The loan that the step is about."""
LONGEST_CAPTION: Final = 1024
"""Telegram's limit, in UTF-16 units."""


async def pressed_loan(update: Update, context: LoanlineContext) -> LoanView:
    """The loan that the pressed button names, or else the one the step is about. Raises NotFound."""
    number = context.place.get(LOAN, 0)
    if update.callback_query is not None:
        number = keyboards.pressed(update).number()
    loan = await context.services.loans.get(context.borrower.id, number)
    context.place[LOAN] = loan.id
    return loan


async def _begin(update: Update, context: LoanlineContext, action: ChatAction) -> LoanView:
    await answer(update, context)
    loan = await pressed_loan(update, context)
    await typing(update, context, action)
    return loan


def _way_back(loan: LoanView, t: Translator) -> InlineKeyboardMarkup:
    label = t.plain("schedule.button_back")
    return keyboards.keyboard(keyboards.button(label, keyboards.data("schedule", "loan", loan.id)))


async def _send_paper(
    content: bytes, name: str, caption: str, loan: LoanView, update: Update, context: LoanlineContext
) -> str:
    await send_document(update, context, content, name, caption, _way_back(loan, context.t))
    return CARD


async def send_picture(update: Update, context: LoanlineContext) -> str:
    loan = await _begin(update, context, ChatAction.UPLOAD_PHOTO)
    t = context.t
    content = await schedule_picture(loan, t, context.runtime.press)
    name = t.plain("schedule.picture_file", loan=loan.reference) + ".png"
    await send_photo(update, context, content, name, caption(loan, t), _way_back(loan, t))
    return CARD


def caption(loan: LoanView, t: Translator) -> str:
    """The facts of the picture as text; of a long plan as many of its rows as a caption holds."""
    first = min(loan_card.page_of_next(loan), max(len(loan.rows) - MOST_ROWS, 0))
    text = loan_card.card(loan, t) + "\n"
    for row in loan.rows[first : first + MOST_ROWS]:
        longer = f"{text}\n{loan_card.short_row(row, t)}"
        if shown_length(longer) > LONGEST_CAPTION:
            break
        text = longer
    return text


async def send_calendar(update: Update, context: LoanlineContext) -> str:
    loan = await _begin(update, context, ChatAction.UPLOAD_DOCUMENT)
    t = context.t
    content = calendar_file(loan, t, context.services.clock.now())
    if content is None:
        await reply(update, context, t("schedule.nothing_in_calendar"), _way_back(loan, t))
        return CARD
    name = t.plain("schedule.calendar_file", loan=loan.reference) + ".ics"
    return await _send_paper(content, name, t("schedule.calendar_ready"), loan, update, context)


async def send_statement(update: Update, context: LoanlineContext) -> str:
    loan = await _begin(update, context, ChatAction.UPLOAD_DOCUMENT)
    t = context.t
    content = await context.services.loans.statement_document(context.borrower.id, loan.id, t.language)
    name = t.plain("schedule.statement_file", loan=loan.reference) + ".pdf"
    text = t("schedule.statement_ready", loan=loan.reference, date=loan.as_of, owed=loan.outstanding.total)
    return await _send_paper(content, name, text, loan, update, context)


async def send_contract(update: Update, context: LoanlineContext) -> str:
    """The signed copy, as it was when it was signed."""
    loan = await _begin(update, context, ChatAction.UPLOAD_DOCUMENT)
    if loan.contract_id is None:
        raise NotFound
    t, contracts = context.t, context.services.contracts
    contract = await contracts.get(context.borrower.id, loan.contract_id)
    content = await contracts.read(context.borrower.id, contract.id)
    text = t(
        "schedule.contract_ready",
        contract=contract.reference,
        signed_at=contract.signed_at or contract.issued_at,
        fingerprint=offer.short_fingerprint(contract.signed_sha256 or contract.sha256),
    )
    return await _send_paper(content, offer.contract_file(contract, t), text, loan, update, context)


async def send_certificate(update: Update, context: LoanlineContext) -> str:
    loan = await _begin(update, context, ChatAction.UPLOAD_DOCUMENT)
    t = context.t
    content = await context.services.loans.certificate(context.borrower.id, loan.id)
    name = t.plain("schedule.certificate_file", loan=loan.reference) + ".pdf"
    text = t("schedule.certificate_ready", loan=loan.reference, date=loan.closed_on or loan.as_of)
    return await _send_paper(content, name, text, loan, update, context)


CARD: Final = "schedule:card"
"""The step of whoever was sent a paper: `handlers.schedule.Step.CARD`."""
PAPERS: Final[tuple[tuple[str, Callback, str, str], ...]] = (
    ("schedule:picture", send_picture, "schedule.button_picture", "schedule.words_picture"),
    ("schedule:calendar", send_calendar, "schedule.button_calendar", "schedule.words_calendar"),
    ("schedule:statement", send_statement, "schedule.button_statement", "schedule.words_statement"),
    ("schedule:contract", send_contract, "schedule.button_contract", "schedule.words_contract"),
    ("schedule:certificate", send_certificate, "schedule.button_certificate", "schedule.words_certificate"),
)
"""Callback data, what it does, and the words that mean the same."""
