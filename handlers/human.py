"""A way to a person: question, hardship, complaint, interest in a product → what about? → reference number → menu."""

from enum import StrEnum
from functools import partial

from telegram import InlineKeyboardButton, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from handlers import menu
from handlers.dialogue import Ask, Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, typed
from services.desk.handoff_states import HandoffKind


class Step(StrEnum):
    CHOOSE = "human:choose"
    QUESTION = "human:question"
    HARDSHIP = "human:hardship"
    COMPLAINT = "human:complaint"
    PRODUCT = "human:product"


LOAN, PRODUCT = "human_loan", "human_product"
"""Where a press told what it is about: kept with the step, ids and codes only."""


async def choose(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    buttons = [
        keyboards.button(t.plain("human.button_question"), "human:question"),
        keyboards.button(t.plain("human.button_hardship"), "human:hardship"),
        keyboards.button(t.plain("human.button_complaint"), "human:complaint"),
    ]
    await reply(update, context, t("human.choose"), keyboards.keyboard(buttons, keyboards.menu(t)))
    return Step.CHOOSE


async def _ask(text: str, step: Step, update: Update, context: LoanlineContext, *offers: InlineKeyboardButton) -> str:
    await answer(update, context)
    buttons = [keyboards.back(context.t), keyboards.cancel(context.t)]
    await reply(update, context, text, keyboards.keyboard(offers, buttons))
    return step


async def ask_question(update: Update, context: LoanlineContext) -> str:
    return await _ask(context.t("human.ask_question"), Step.QUESTION, update, context)


async def ask_hardship(update: Update, context: LoanlineContext) -> str:
    """In one's own words; where a loan may end later, that is offered beside it."""
    offered, t = await context.services.extensions.offered_loans(context.borrower.id), context.t
    about = context.place.get(LOAN)
    if not offered or (about is not None and about not in offered):
        return await _ask(t("human.ask_hardship"), Step.HARDSHIP, update, context)
    data = "extend:start" if about is None else keyboards.data("extend", "loan", about)
    more_time = keyboards.button(t.plain("extend.button_open"), data)
    text = t("human.ask_hardship") + "\n" + t("human.or_more_time")
    return await _ask(text, Step.HARDSHIP, update, context, more_time)


async def ask_complaint(update: Update, context: LoanlineContext) -> str:
    lender = context.services.lender
    text = context.t("human.ask_complaint", days=lender.answer_within_days, phone=lender.complaint_phone)
    return await _ask(text, Step.COMPLAINT, update, context)


async def ask_product_interest(update: Update, context: LoanlineContext) -> str:
    product = context.services.products.get(context.place.get(PRODUCT, ""))
    return await _ask(context.t("human.ask_product_interest", product=product.name), Step.PRODUCT, update, context)


async def about(ask: Ask, key: str, update: Update, context: LoanlineContext) -> str:
    """An entry button that may name the loan or product it is about."""
    press = keyboards.pressed(update)
    context.place.pop(key, None)
    if press.arguments:
        context.place[key] = press.text() if key == PRODUCT else press.number()
    return await ask(update, context)


async def in_general(ask: Ask, update: Update, context: LoanlineContext) -> str:
    """Words that name no loan, typed where nothing of the kind was asked: whoever is in distress need not look for the
    button."""
    context.place.pop(LOAN, None)
    return await ask(update, context)


async def receive(kind: HandoffKind, update: Update, context: LoanlineContext) -> str:
    """The person's own words become a handoff; the reference is what they can come back to."""
    loan_id = context.place.get(LOAN) if kind in (HandoffKind.HARDSHIP, HandoffKind.COMPLAINT) else None
    text = (update.effective_message.text if update.effective_message else None) or ""
    product = context.place.get(PRODUCT) if kind is HandoffKind.PRODUCT_INTEREST else None
    handoff = await context.services.handoffs.ask(
        context.borrower.id, kind, text, loan_id=loan_id, product_code=product
    )
    await reply(update, context, received(kind, handoff.reference, context))
    return await menu.show(update, context)


def received(kind: HandoffKind, reference: str, context: LoanlineContext) -> str:
    """What happens next with a handoff of this kind."""
    lender = context.services.lender
    match kind:
        case HandoffKind.COMPLAINT:
            return context.t("human.received_complaint", reference=reference, days=lender.answer_within_days)
        case HandoffKind.HARDSHIP:
            return context.t("human.received_hardship", reference=reference, hours=lender.service_hours)
        case HandoffKind.PRODUCT_INTEREST:
            return context.t("human.received_product_interest", reference=reference, hours=lender.service_hours)
        case HandoffKind.DATA_REQUEST:
            return context.t("human.received_data_request", reference=reference, days=lender.answer_within_days)
        case _:
            return context.t("human.received_question", reference=reference, hours=lender.service_hours)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(choose)
    entries = {
        "human:question": (ask_question, LOAN),
        "human:hardship": (ask_hardship, LOAN),
        "human:complaint": (ask_complaint, LOAN),
        "human:product": (ask_product_interest, PRODUCT),
    }
    return Dialogue(
        name="human",
        entries=[
            CommandHandler("human", gated),
            *spoken.choice(keyboards.HUMAN, gated, "nav.human", "nav.words_human"),
            *(
                CallbackQueryHandler(registered(partial(about, ask, key)), keyboards.pattern(data))
                for data, (ask, key) in entries.items()
            ),
        ],
        otherwise=[
            MessageHandler(spoken.said("human.words_hardship"), registered(partial(in_general, ask_hardship))),
            MessageHandler(spoken.said("human.words_complaint"), registered(partial(in_general, ask_complaint))),
        ],
        states={
            Step.CHOOSE: [
                *spoken.choice("human:question", ask_question, "human.button_question", "human.words_question"),
                *spoken.choice("human:hardship", ask_hardship, "human.button_hardship"),
                *spoken.choice("human:complaint", ask_complaint, "human.button_complaint"),
            ],
            Step.QUESTION: [typed(partial(receive, HandoffKind.QUESTION))],
            Step.HARDSHIP: [typed(partial(receive, HandoffKind.HARDSHIP))],
            Step.COMPLAINT: [typed(partial(receive, HandoffKind.COMPLAINT))],
            Step.PRODUCT: [typed(partial(receive, HandoffKind.PRODUCT_INTEREST))],
        },
        ask={
            Step.CHOOSE: choose,
            Step.QUESTION: ask_question,
            Step.HARDSHIP: ask_hardship,
            Step.COMPLAINT: ask_complaint,
            Step.PRODUCT: ask_product_interest,
        },
        back={Step.QUESTION: choose, Step.HARDSHIP: choose, Step.COMPLAINT: choose, Step.PRODUCT: choose},
    )
