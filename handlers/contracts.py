"""The borrower's signed contracts: list → one as PDF, with its fingerprint
└─ check a fingerprint ← typed, or the paper itself → whether and which of one's own contracts it is
"""

from enum import StrEnum
from typing import Final

from telegram import Update
from telegram.constants import ChatAction
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import keyboards
from bot.context import LoanlineContext
from bot.incoming.downloads import fetch, file_of
from bot.replies import answer, reply, send_document, typing
from bot.wording.i18n import Translator
from handlers import menu, offer
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, heard, typed
from services.origination.signed_contracts import PaperKind, Recognised, SignedContract


class Step(StrEnum):
    LIST = "contracts:list"
    CHECK = "contracts:check"


MOST_SHOWN: Final = 10
"""Contracts on the card, the latest; the others are with their loans."""
GROUP: Final = 8
"""Digits of a fingerprint side by side."""


async def show(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, signed = context.t, await context.services.signed_contracts.list(context.borrower.id)
    if not signed:
        await reply(update, context, t("contracts.none"), keyboards.keyboard(keyboards.menu(t)))
        return menu.Step.OPEN
    blocks = [t("contracts.title"), *(_line(each, t) for each in signed[:MOST_SHOWN])]
    if len(signed) > MOST_SHOWN:
        blocks.append(t.n("contracts.older", len(signed) - MOST_SHOWN))
    papers = [
        keyboards.button(each.contract.reference, keyboards.data("contracts", "send", each.contract.id))
        for each in signed[:MOST_SHOWN]
    ]
    last = [keyboards.button(t.plain("contracts.button_check"), "contracts:check"), keyboards.menu(t)]
    await reply(update, context, "\n\n".join(blocks), keyboards.keyboard(papers, last))
    return Step.LIST


def _line(signed: SignedContract, t: Translator) -> str:
    """Reference and date, amount and loan."""
    contract, loan = signed.contract, signed.loan_reference
    facts = {"contract": contract.reference, "date": contract.signed_at, "amount": signed.principal}
    return t("contracts.line_unpaid", **facts) if loan is None else t("contracts.line", loan=loan, **facts)


async def contract_pressed(update: Update, context: LoanlineContext) -> str:
    return await _send(keyboards.pressed(update).number(), update, context)


async def contract_typed(update: Update, context: LoanlineContext) -> str:
    """The reference of a contract sends it."""
    wanted = heard((update.effective_message and update.effective_message.text) or "")
    for each in await context.services.signed_contracts.list(context.borrower.id):
        if heard(each.contract.reference) == wanted:
            return await _send(each.contract.id, update, context)
    await reply(update, context, context.t("dialogue.not_understood"))
    return await show(update, context)


async def _send(contract_id: int, update: Update, context: LoanlineContext) -> str:
    """The signed copy as it was when it was signed. Raises NotFound."""
    await answer(update, context)
    await typing(update, context, ChatAction.UPLOAD_DOCUMENT)
    t, me = context.t, context.borrower.id
    signed = await context.services.signed_contracts.get(me, contract_id)
    content = await context.services.contracts.read(me, contract_id)
    caption = f"📄 {_line(signed, t)}\n\n{t('contracts.fingerprint', fingerprint=grouped(signed.fingerprint))}"
    back = keyboards.button(t.plain("contracts.button_back"), "contracts:open")
    name = offer.contract_file(signed.contract, t)
    await send_document(update, context, content, name, caption, keyboards.keyboard(back))
    return Step.LIST


def grouped(fingerprint: str) -> str:
    """A fingerprint as people read it."""
    return " ".join(fingerprint[at : at + GROUP] for at in range(0, len(fingerprint), GROUP)).upper()


async def ask_check(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    await reply(update, context, context.t("contracts.ask_check"), keyboards.keyboard(keyboards.back(context.t)))
    return Step.CHECK


async def fingerprint_typed(update: Update, context: LoanlineContext) -> str:
    text = (update.effective_message and update.effective_message.text) or ""
    found = await context.services.signed_contracts.recognise(context.borrower.id, text)
    return await _tell(found, update, context)


async def paper_sent(update: Update, context: LoanlineContext) -> str:
    """The paper itself, whose bytes have the fingerprint."""
    found = file_of(update.effective_message) if update.effective_message else None
    if found is None:
        return await ask_check(update, context)
    await typing(update, context)
    data = await fetch(context.bot, *found)
    recognised = await context.services.signed_contracts.recognise_file(context.borrower.id, data)
    return await _tell(recognised, update, context)


async def _tell(found: Recognised | None, update: Update, context: LoanlineContext) -> str:
    """The step stays, for the next fingerprint."""
    t = context.t
    if found is None:
        ways_on = keyboards.keyboard([keyboards.back(t), keyboards.human(t)])
        await reply(update, context, t("contracts.not_yours"), ways_on)
        return Step.CHECK
    paper = t("contracts.is_signed" if found.kind is PaperKind.SIGNED else "contracts.is_issued")
    whole = t("contracts.fingerprint", fingerprint=grouped(found.signed.fingerprint))
    text = f"{paper}\n\n{_line(found.signed, t)}\n\n{whole}"
    send = keyboards.data("contracts", "send", found.signed.contract.id)
    buttons = [keyboards.button(t.plain("contracts.button_send"), send), keyboards.back(t)]
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.CHECK


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(show)
    sending = CallbackQueryHandler(contract_pressed, keyboards.pattern("contracts:send"))
    return Dialogue(
        name="contracts",
        entries=[
            CommandHandler("contracts", gated),
            *spoken.choice("contracts:open", gated, "contracts.button_open", "contracts.words_open"),
        ],
        states={
            Step.LIST: [
                sending,
                *spoken.choice("contracts:check", ask_check, "contracts.button_check", "contracts.words_check"),
                typed(contract_typed),
            ],
            Step.CHECK: [
                sending,
                MessageHandler(filters.PHOTO | filters.Document.ALL, paper_sent),
                typed(fingerprint_typed),
            ],
        },
        ask={Step.LIST: show, Step.CHECK: ask_check},
        back={Step.CHECK: show},
    )
