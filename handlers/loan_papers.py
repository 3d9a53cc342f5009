"""What can be had of a loan to keep: picture of the plan, calendar file, statement, contract, certificate."""

from typing import Final

from telegram import InlineKeyboardMarkup, Update
from telegram.constants import ChatAction

from bot import keyboards
from bot.context import LoanlineContext
from bot.papers.calendar_file import calendar_file
from bot.papers.schedule_picture import MOST_ROWS, schedule_picture
from bot.replies import reply, send_document, send_photo, typing
from bot.wording.i18n import Translator
from bot.wording.markup import shown_length
from handlers import loan_card, offer
from services.configuration.allowance_rules import Costly
from services.errors import NotFound
from services.extensions.extension_views import Extension
from services.lending.loan_views import LoanView

LONGEST_CAPTION: Final = 1024
"""Telegram's limit, in UTF-16 units."""


def way_back(loan: LoanView, t: Translator) -> InlineKeyboardMarkup:
    """The button below a paper."""
    label = t.plain("schedule.button_back")
    return keyboards.keyboard(keyboards.button(label, keyboards.data("schedule", "loan", loan.id)))


async def send_picture(loan: LoanView, update: Update, context: LoanlineContext) -> None:
    t = context.t
    await context.services.allowances.spend(context.borrower.id, Costly.PICTURE)
    await typing(update, context, ChatAction.UPLOAD_PHOTO)
    content = await schedule_picture(loan, t, context.runtime.press)
    name = t.plain("schedule.picture_file", loan=loan.reference) + ".png"
    await send_photo(update, context, content, name, caption(loan, t), way_back(loan, t))


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


async def send_calendar(loan: LoanView, update: Update, context: LoanlineContext) -> None:
    t = context.t
    content = calendar_file(loan, t, context.services.clock.now())
    if content is None:
        await reply(update, context, t("schedule.nothing_in_calendar"), way_back(loan, t))
        return
    name = t.plain("schedule.calendar_file", loan=loan.reference) + ".ics"
    await send_document(update, context, content, name, t("schedule.calendar_ready"), way_back(loan, t))


async def send_statement(loan: LoanView, update: Update, context: LoanlineContext) -> None:
    t = context.t
    await typing(update, context, ChatAction.UPLOAD_DOCUMENT)
    content = await context.services.loans.statement_document(context.borrower.id, loan.id, t.language)
    name = t.plain("schedule.statement_file", loan=loan.reference) + ".pdf"
    text = t("schedule.statement_ready", loan=loan.reference, date=loan.as_of, owed=loan.outstanding.total)
    await send_document(update, context, content, name, text, way_back(loan, t))


async def send_contract(loan: LoanView, update: Update, context: LoanlineContext) -> None:
    """The signed copy, as it was when it was signed."""
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
    await send_document(update, context, content, offer.contract_file(contract, t), text, way_back(loan, t))
    await _send_extensions(loan, update, context)


async def _send_extensions(loan: LoanView, update: Update, context: LoanlineContext) -> None:
    """What changed the contract since, oldest first."""
    t, agreements = context.t, context.services.extension_agreements
    for signed in await agreements.signed(context.borrower.id, loan.id):
        content = await agreements.paper(context.borrower.id, signed.id)
        text = t(
            "extend.paper_ready",
            reference=signed.reference,
            signed_at=signed.signed_at or signed.requested_at,
            fingerprint=offer.short_fingerprint(signed.paper_sha256 or ""),
        )
        await send_document(update, context, content, paper_file(signed, t), text, way_back(loan, t))


def paper_file(signed: Extension, t: Translator) -> str:
    """Name of a signed extension agreement's file."""
    return t.plain("extend.paper_file", reference=signed.reference) + ".pdf"


async def send_certificate(loan: LoanView, update: Update, context: LoanlineContext) -> None:
    t = context.t
    await typing(update, context, ChatAction.UPLOAD_DOCUMENT)
    content = await context.services.loans.certificate(context.borrower.id, loan.id)
    name = t.plain("schedule.certificate_file", loan=loan.reference) + ".pdf"
    text = t("schedule.certificate_ready", loan=loan.reference, date=loan.closed_on or loan.as_of)
    await send_document(update, context, content, name, text, way_back(loan, t))
