"""An offer: key facts → contract as PDF → sign (see `handlers.signing`) or decline, or ask a person first."""

from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ChatAction
from telegram.ext import CommandHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply, send_document, typing
from bot.wording.i18n import Translator
from handlers import menu, offer_card
from handlers.catalogue import term
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken
from services.origination.application_states import ApplicationStatus
from services.origination.contract_records import Contract
from services.origination.offer_states import OfferStatus
from services.origination.offer_views import Offer


class Step(StrEnum):
    CARD = "offer:card"
    ROWS = "offer:rows"
    DECLINE = "offer:decline"


OFFER: Final = "offer_id"
"""The offer that the step is about."""
CONTRACT_SHOWN: Final = "offer_contract_shown"
"""The contract that was last sent into the chat."""


async def pressed_offer(update: Update, context: LoanlineContext) -> Offer:
    """The offer that the pressed button names, or else the one the step is about. Raises NotFound."""
    number = context.place.get(OFFER, 0)
    if update.callback_query is not None:
        press = keyboards.pressed(update)
        number = press.number() if press.arguments else number
    offer = await context.services.offers.get(context.borrower.id, number)
    context.place[OFFER] = offer.id
    return offer


async def begin(update: Update, context: LoanlineContext) -> str:
    """The offer that waits for an answer; without one, what became of the last."""
    waiting = await context.services.offers.open(context.borrower.id)
    if waiting is not None:
        context.place[OFFER] = waiting.id
    return await show(update, context)


async def show(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    if OFFER not in context.place:
        buttons = [keyboards.menu(context.t), keyboards.human(context.t)]
        await reply(update, context, context.t("offer.none"), keyboards.keyboard(buttons))
        return menu.Step.OPEN
    offer = await context.services.offers.get(context.borrower.id, context.place[OFFER])
    status = _status(offer, context)
    if status is not OfferStatus.OPEN:
        return await _show_closed(offer, status, update, context)
    product = context.services.products.get(offer.product_code)
    await reply(update, context, offer_card.card(offer, product, context.t), _keyboard(offer, context.t))
    return Step.CARD


def _status(offer: Offer, context: LoanlineContext) -> OfferStatus:
    """Its time may be over before the daily work sees to it."""
    over = offer.status is OfferStatus.OPEN and offer.expires_at <= context.services.clock.now()
    return OfferStatus.EXPIRED if over else offer.status


def _keyboard(offer: Offer, t: Translator) -> InlineKeyboardMarkup:
    reading = [_about(offer, t.plain("offer.button_contract"), "contract")]
    if offer.line is None and len(offer.rows) > offer_card.ROWS_ON_CARD:
        reading.append(_about(offer, t.plain("offer.button_rows"), "rows"))
    declining = _about(offer, t.plain("offer.button_decline"), "decline")
    return keyboards.keyboard([*reading, sign_button(offer, t)], [keyboards.human(t), keyboards.menu(t)], declining)


def _about(offer: Offer, label: str, action: str) -> InlineKeyboardButton:
    return keyboards.button(label, keyboards.data("offer", action, offer.id))


def sign_button(offer: Offer, t: Translator) -> InlineKeyboardButton:
    """Leads into `handlers.signing`."""
    return keyboards.button(t.plain("offer.button_sign"), keyboards.data("signing", "start", offer.id))


async def _show_closed(offer: Offer, status: OfferStatus, update: Update, context: LoanlineContext) -> str:
    t = context.t
    buttons = [keyboards.button(t.plain("menu.button_apply"), "apply:start")]
    text = offer_card.state(offer, status, t)
    if status is OfferStatus.ACCEPTED:
        buttons = [_about(offer, t.plain("offer.button_signed"), "contract")]
        application = await context.services.applications.get(context.borrower.id, offer.application_id)
        paid_out = application.status is ApplicationStatus.DISBURSED
        text += "\n" + t("offer.paid_out" if paid_out else "offer.payout_next")
        if paid_out:
            buttons.append(keyboards.button(t.plain("menu.button_loans"), "schedule:start"))
    await reply(update, context, text, keyboards.keyboard([*buttons, keyboards.menu(t)]))
    return Step.CARD


async def show_rows(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    offer = await context.services.offers.get(context.borrower.id, context.place.get(OFFER, 0))
    buttons = [keyboards.back(context.t), sign_button(offer, context.t)]
    await reply(update, context, offer_card.all_rows(offer, context.t), keyboards.keyboard(buttons))
    return Step.ROWS


async def rows_pressed(update: Update, context: LoanlineContext) -> str:
    await pressed_offer(update, context)
    return await show_rows(update, context)


async def contract_pressed(update: Update, context: LoanlineContext) -> str:
    """The contract to read, or the signed copy once there is one."""
    await answer(update, context)
    offer = await pressed_offer(update, context)
    t = context.t
    contract = await context.services.contracts.issue(context.borrower.id, offer.id, t.language)
    buttons = [keyboards.button(t.plain("offer.button_back"), "offer:open")]
    if contract.signed_at is None and _status(offer, context) is OfferStatus.OPEN:
        buttons = [sign_button(offer, t), *buttons]
    await send_contract(offer, contract, update, context, keyboards.keyboard(buttons))
    return Step.CARD


async def send_contract(
    offer: Offer,
    contract: Contract,
    update: Update,
    context: LoanlineContext,
    keyboard: InlineKeyboardMarkup | None = None,
) -> None:
    """The paper with its one-line summary; the signed copy with its fingerprint."""
    await typing(update, context, ChatAction.UPLOAD_DOCUMENT)
    content = await context.services.contracts.read(context.borrower.id, contract.id)
    t, product = context.t, context.services.products.get(offer.product_code)
    summary = t(
        "offer.contract_summary" if offer.line is None else "draws.contract_summary",
        contract=contract.reference,
        amount=offer.amount,
        term=term(product, offer.term, t),
        total=offer.total_to_repay,
        first=offer.net_payout,
        apr=offer.apr,
    )
    if contract.signed_sha256 is not None:
        summary += "\n" + t("offer.fingerprint", fingerprint=short_fingerprint(contract.signed_sha256))
    await send_document(update, context, content, contract_file(contract, t), summary, keyboard)
    context.place[CONTRACT_SHOWN] = contract.id


def contract_file(contract: Contract, t: Translator) -> str:
    """Name of the paper's file; that of the signed copy says so."""
    signed = contract.signed_sha256 is not None
    name = t.plain("offer.contract_file_signed" if signed else "offer.contract_file", contract=contract.reference)
    return f"{name}.pdf"


def short_fingerprint(sha256: str) -> str:
    """The first digits of a paper's fingerprint in two groups, enough to compare by eye."""
    return f"{sha256[:4]} {sha256[4:8]}".upper()


async def ask_decline(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    offer = await context.services.offers.get(context.borrower.id, context.place.get(OFFER, 0))
    if _status(offer, context) is not OfferStatus.OPEN:
        return await show(update, context)
    buttons = [
        keyboards.button(t.plain("offer.button_keep"), keyboards.BACK),
        _about(offer, t.plain("offer.button_decline_yes"), "refuse"),
    ]
    await reply(update, context, t("offer.confirm_decline", amount=offer.amount), keyboards.keyboard(buttons))
    return Step.DECLINE


async def decline_pressed(update: Update, context: LoanlineContext) -> str:
    await pressed_offer(update, context)
    return await ask_decline(update, context)


async def decline(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    offer = await pressed_offer(update, context)
    await context.services.offers.decline_offer(context.borrower.id, offer.id)
    return await show(update, context)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(begin)
    reading = [
        *spoken.choice("offer:contract", contract_pressed, "offer.button_contract", "offer.words_contract"),
        *spoken.choice("offer:decline", decline_pressed, "offer.button_decline", "offer.words_decline"),
        *spoken.choice("offer:rows", rows_pressed, "offer.button_rows", "offer.words_rows"),
    ]
    return Dialogue(
        name="offer",
        entries=[
            CommandHandler("offer", gated),
            *spoken.choice("offer:open", gated, "menu.button_offer", "offer.words_open"),
        ],
        states={
            Step.CARD: reading,
            Step.ROWS: reading,
            Step.DECLINE: spoken.choice("offer:refuse", decline, "offer.button_decline_yes", "offer.words_decline_yes"),
        },
        ask={Step.CARD: show, Step.ROWS: show_rows, Step.DECLINE: ask_decline},
        back={Step.ROWS: show, Step.DECLINE: show},
    )
