"""Signing: what it means, with a code → the code or the words of consent, typed → signed copy and what happens next."""

from enum import StrEnum
from typing import Final

from telegram import Update
from telegram.constants import ChatAction

from bot import keyboards
from bot.context import LoanlineContext
from bot.errors import wording
from bot.replies import answer, reply, send_document, typing
from handlers import menu, offer
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, looks_like_number, typed
from services.errors import IllegalMove
from services.origination.contract_records import AlreadySigned, Contract, ContractChanged
from services.origination.offer_states import IllegalOfferMove
from services.origination.signing import CodeExpired, NoCodeSent, TooManyAttempts, recognise


class Step(StrEnum):
    SIGN = "signing:sign"


CONTRACT: Final = "signing_contract"
"""The contract that is being signed."""


async def begin(update: Update, context: LoanlineContext) -> str:
    """The contract first, unless it was read just before; then the code."""
    await answer(update, context)
    if update.callback_query is None:
        waiting = await context.services.offers.open(context.borrower.id)
        if waiting is None:
            return await offer.show(update, context)
        context.place[offer.OFFER] = waiting.id
    offered = await offer.pressed_offer(update, context)
    try:
        contract = await context.services.contracts.issue(context.borrower.id, offered.id, context.t.language)
    except IllegalOfferMove:
        return await offer.show(update, context)
    if context.place.get(offer.CONTRACT_SHOWN) != contract.id:
        await offer.send_contract(offered, contract, update, context)
    context.place[CONTRACT] = contract.id
    return await ask_code(update, context)


async def ask_code(update: Update, context: LoanlineContext) -> str:
    """What signing means, and a fresh code; the one before is void."""
    await answer(update, context)
    contracts, lender, t = context.services.contracts, context.services.lender, context.t
    contract_id = context.place.get(CONTRACT, 0)
    try:
        contract = await contracts.get(context.borrower.id, contract_id)
        code = await contracts.send_code(context.borrower.id, contract_id)
    except (IllegalOfferMove, AlreadySigned):
        return await offer.show(update, context)
    phrase = lender.signing_phrases.get(t.language) or next(iter(lender.signing_phrases.values()))
    text = t.n("offer.sign_ask", lender.signing_code_minutes, contract=contract.reference, code=code, phrase=phrase)
    buttons = [keyboards.back(t), keyboards.cancel(t), keyboards.human(t)]
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.SIGN


async def sign(update: Update, context: LoanlineContext) -> str:
    message = update.effective_message
    if message is None:
        return await ask_code(update, context)
    await typing(update, context)
    contract_id = context.place.get(CONTRACT, 0)
    try:
        contract = await context.services.contracts.sign(
            context.borrower.id, contract_id, message.text or "", message.chat_id
        )
    except (CodeExpired, NoCodeSent, TooManyAttempts) as refusal:
        return await _offer_fresh_code(refusal, update, context)
    except ContractChanged as refusal:
        context.place.pop(offer.CONTRACT_SHOWN, None)
        await reply(update, context, wording(context.t, refusal))
        return await offer.show(update, context)
    except (IllegalOfferMove, AlreadySigned):
        return await offer.show(update, context)
    return await _signed(contract, update, context)


async def _offer_fresh_code(refusal: IllegalMove, update: Update, context: LoanlineContext) -> str:
    t = context.t
    buttons = [keyboards.button(t.plain("offer.button_sign_code"), "signing:code"), keyboards.back(t)]
    await reply(update, context, wording(t, refusal), keyboards.keyboard(buttons))
    return Step.SIGN


async def _signed(contract: Contract, update: Update, context: LoanlineContext) -> str:
    """The signed copy, its fingerprint and what happens next."""
    t, borrower_id = context.t, context.borrower.id
    await typing(update, context, ChatAction.UPLOAD_DOCUMENT)
    content = await context.services.contracts.read(borrower_id, contract.id)
    offered = await context.services.offers.get(borrower_id, contract.offer_id)
    application = await context.services.applications.get(borrower_id, offered.application_id)
    text = t(
        "offer.sign_done",
        contract=contract.reference,
        fingerprint=offer.short_fingerprint(contract.signed_sha256 or contract.sha256),
        net=offered.net_payout,
        account=application.payout_account_masked or "",
    )
    buttons = [keyboards.button(t.plain("menu.button_status"), "status:open"), keyboards.menu(t)]
    name = offer.contract_file(contract, t)
    await send_document(update, context, content, name, text, keyboards.keyboard(buttons))
    return menu.Step.OPEN


def looks_like_signature(text: str, context: LoanlineContext) -> bool:
    """Whether typed words may be a code or the words of consent."""
    phrases = context.services.lender.signing_phrases.values()
    return looks_like_number(text, context) or recognise(text, phrases) is not None


def dialogue(spoken: Spoken) -> Dialogue:
    return Dialogue(
        name="signing",
        entries=spoken.choice("signing:start", registered(begin), "offer.button_sign", "offer.words_sign"),
        states={
            Step.SIGN: [
                *spoken.choice("signing:code", ask_code, "offer.button_sign_code", "offer.words_sign_code"),
                typed(sign),
            ]
        },
        ask={Step.SIGN: ask_code},
        back={Step.SIGN: offer.show},
        private={Step.SIGN: looks_like_signature},
    )
