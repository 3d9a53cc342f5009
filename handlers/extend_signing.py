"""Signing an extension: both plans once more, with a code → the code or the words of consent, typed → the new plan."""

from enum import StrEnum

from telegram import Update
from telegram.constants import ChatAction

from bot import keyboards
from bot.context import LoanlineContext
from bot.errors import wording
from bot.replies import answer, reply, send_document, typing
from handlers import extend_cards, extend_request, menu
from handlers.dialogue import Dialogue
from handlers.loan_papers import paper_file
from handlers.offer import short_fingerprint
from handlers.registration import registered
from handlers.signing import looks_like_signature
from handlers.spoken import Spoken, typed
from services.configuration.rate_cap import RateCapExceeded
from services.errors import IllegalMove
from services.extensions.extension_agreements import PlanChanged
from services.extensions.extension_views import Agreed
from services.origination.signing import CodeExpired, NoCodeSent, TooManyAttempts


class Step(StrEnum):
    SIGN = "extend_signing:sign"


async def begin(update: Update, context: LoanlineContext) -> str:
    """What the button names, or what the person stood at when they typed it."""
    if update.callback_query is not None:
        found = await context.services.extensions.get(context.borrower.id, keyboards.pressed(update).number())
        context.place[extend_request.EXTENSION], context.place[extend_request.LOAN] = found.id, found.loan_id
    if extend_request.EXTENSION not in context.place:
        return await extend_request.show_open(update, context)
    return await ask_code(update, context)


async def ask_code(update: Update, context: LoanlineContext) -> str:
    """What is signed, and a fresh code; the one before is void."""
    await answer(update, context)
    lender, t = context.services.lender, context.t
    extension_id = context.place.get(extend_request.EXTENSION, 0)
    try:
        agreement, code = await context.services.extension_agreements.send_code(context.borrower.id, extension_id)
    except (IllegalMove, RateCapExceeded):
        return await extend_request.show_open(update, context)
    phrase = lender.signing_phrases.get(t.language) or next(iter(lender.signing_phrases.values()))
    text = extend_cards.to_sign(agreement, code, phrase, lender.signing_code_minutes, t)
    buttons = [keyboards.back(t), keyboards.cancel(t), keyboards.human(t)]
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.SIGN


async def sign(update: Update, context: LoanlineContext) -> str:
    message = update.effective_message
    if message is None:
        return await ask_code(update, context)
    await typing(update, context)
    extension_id = context.place.get(extend_request.EXTENSION, 0)
    try:
        agreed = await context.services.extension_agreements.sign(
            context.borrower.id, extension_id, message.text or "", message.chat_id
        )
    except (CodeExpired, NoCodeSent, TooManyAttempts) as refusal:
        return await _offer_fresh_code(refusal, update, context)
    except PlanChanged as refusal:
        await reply(update, context, wording(context.t, refusal))
        return await ask_code(update, context)
    except (IllegalMove, RateCapExceeded):
        return await extend_request.show_open(update, context)
    return await _signed(agreed, update, context)


async def _offer_fresh_code(refusal: IllegalMove, update: Update, context: LoanlineContext) -> str:
    t = context.t
    buttons = [keyboards.button(t.plain("offer.button_sign_code"), "extend_signing:code"), keyboards.back(t)]
    await reply(update, context, wording(t, refusal), keyboards.keyboard(buttons))
    return Step.SIGN


async def _signed(agreed: Agreed, update: Update, context: LoanlineContext) -> str:
    t, signed = context.t, agreed.extension
    text = t(
        "extend.signed",
        loan=signed.loan_reference,
        last=agreed.last_due_on,
        amount=agreed.next.total,
        on=agreed.next.due_on,
        fingerprint=short_fingerprint(signed.paper_sha256 or ""),
    )
    plan = keyboards.button(t.plain("lending.button_plan"), keyboards.data("schedule", "loan", signed.loan_id))
    await typing(update, context, ChatAction.UPLOAD_DOCUMENT)
    content = await context.services.extension_agreements.paper(context.borrower.id, signed.id)
    name = paper_file(signed, t)
    await send_document(update, context, content, name, text, keyboards.keyboard([plan, keyboards.menu(t)]))
    return menu.Step.OPEN


def dialogue(spoken: Spoken) -> Dialogue:
    return Dialogue(
        name="extend_signing",
        entries=spoken.choice("extend_signing:start", registered(begin), "extend.button_sign", "extend.words_sign"),
        states={
            Step.SIGN: [
                *spoken.choice("extend_signing:code", ask_code, "offer.button_sign_code", "offer.words_sign_code"),
                typed(sign),
            ]
        },
        ask={Step.SIGN: ask_code},
        back={Step.SIGN: extend_request.show_open},
        private={Step.SIGN: looks_like_signature},
    )
