"""More time for a loan (展期): which loan → length → old and new plan side by side → why → asked for.

What becomes of the request is `handlers.extend_request`.
"""

from enum import StrEnum
from typing import Final

from telegram import Update
from telegram.ext import CallbackQueryHandler

from bot import keyboards
from bot.cards.figures import term
from bot.context import LoanlineContext
from bot.errors import wording
from bot.replies import answer, reply
from handlers import extend_cards, loan_card, menu
from handlers.dialogue import Dialogue
from handlers.extend_request import EXTENSION, LOAN, explain, show_open
from handlers.registration import registered
from handlers.schedule import loan_buttons, named_loan
from handlers.spoken import Spoken, heard, typed
from services.configuration.rate_cap import RateCapExceeded
from services.errors import IllegalMove, InvalidInput
from services.extensions.extension_plans import Comparison, Kind
from services.extensions.extension_requests import ExtensionAlreadyAsked
from services.extensions.extension_views import (
    ExtensionReason,
    reasons_for,
)
from services.lending.loan_views import LoanSummary


class Step(StrEnum):
    CHOOSE = "extend:choose"
    OPTIONS = "extend:options"
    COMPARE = "extend:compare"
    REASON = "extend:reason"


KIND: Final = "extend_kind"
COUNT: Final = "extend_count"
"""What was chosen: in which way the end is moved, and by how many installments."""


async def begin(update: Update, context: LoanlineContext) -> str:
    """Straight to the choices where only one loan can be extended."""
    loans = await _extendable(context)
    if len(loans) == 1:
        context.place[LOAN] = loans[0].id
        return await show(update, context)
    return await choose(update, context)


async def _extendable(context: LoanlineContext) -> list[LoanSummary]:
    offered = await context.services.extensions.offered_loans(context.borrower.id)
    loans = await context.services.loans.list(context.borrower.id, open_only=True)
    return [loan for loan in loans if loan.id in offered]


async def choose(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, loans = context.t, await _extendable(context)
    if not loans:
        await reply(update, context, t("extend.none"), keyboards.keyboard([keyboards.menu(t), keyboards.human(t)]))
        return menu.Step.OPEN
    text = "\n".join([t("extend.choose_loan"), "", *(loan_card.line(loan, t) for loan in loans)])
    await reply(update, context, text, keyboards.keyboard(loan_buttons(loans, "extend"), keyboards.menu(t)))
    return Step.CHOOSE


async def loan_pressed(update: Update, context: LoanlineContext) -> str:
    """Also from notices, which may be older than the loan's end."""
    loan = await context.services.loans.get(context.borrower.id, keyboards.pressed(update).number())
    context.place[LOAN] = loan.id
    return await show(update, context)


async def loan_typed(update: Update, context: LoanlineContext) -> str:
    loan = named_loan(update, await _extendable(context))
    if loan is None:
        await reply(update, context, context.t("dialogue.not_understood"))
        return await choose(update, context)
    context.place[LOAN] = loan.id
    return await show(update, context)


async def show(update: Update, context: LoanlineContext) -> str:
    """The request that waits; without one, what can be asked for."""
    if LOAN not in context.place:
        return await choose(update, context)
    waiting = await context.services.extensions.current(context.borrower.id, context.place[LOAN])
    if waiting is None:
        return await show_options(update, context)
    context.place[EXTENSION] = waiting.id
    return await show_open(update, context)


async def show_options(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    if LOAN not in context.place:
        return await choose(update, context)
    t = context.t
    try:
        offered = await context.services.extensions.options(context.borrower.id, context.place[LOAN])
    except (IllegalMove, RateCapExceeded) as refusal:
        return await explain(refusal, update, context)
    buttons = [keyboards.button(extend_cards.chosen(offered, one, t), _pick(one)) for one in offered.choices]
    last = [keyboards.back(t), keyboards.human(t)]
    await reply(update, context, extend_cards.options(offered, t), keyboards.keyboard(buttons, last))
    return Step.OPTIONS


def _pick(one: Comparison) -> str:
    return keyboards.data("extend", "pick", one.change.kind.value, one.change.installments)


async def picked(update: Update, context: LoanlineContext) -> str:
    press = keyboards.pressed(update)
    context.place[KIND], context.place[COUNT] = press.one_of(Kind).value, press.number(1)
    return await show_comparison(update, context)


async def choice_typed(update: Update, context: LoanlineContext) -> str:
    """A choice in words, as it stands on its button or as a bare length."""
    said, t = heard((update.effective_message and update.effective_message.text) or ""), context.t
    try:
        offered = await context.services.extensions.options(context.borrower.id, context.place.get(LOAN, 0))
    except (IllegalMove, RateCapExceeded) as refusal:
        return await explain(refusal, update, context)
    for one in offered.choices:
        bare = term(offered.product, one.change.installments, t)
        if said in {heard(extend_cards.chosen(offered, one, t)), heard(bare), str(one.change.installments)}:
            context.place[KIND], context.place[COUNT] = one.change.kind.value, one.change.installments
            return await show_comparison(update, context)
    await reply(update, context, t("dialogue.not_understood"))
    return await show_options(update, context)


async def show_comparison(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    try:
        offered = await context.services.extensions.options(context.borrower.id, context.place.get(LOAN, 0))
    except (IllegalMove, RateCapExceeded) as refusal:
        return await explain(refusal, update, context)
    wanted = (context.place.get(KIND), context.place.get(COUNT))
    one = next((one for one in offered.choices if (one.change.kind, one.change.installments) == wanted), None)
    if one is None:
        return await show_options(update, context)
    buttons = [keyboards.button(t.plain("extend.button_pick"), "extend:why"), keyboards.back(t)]
    await reply(update, context, extend_cards.compared(offered, one, t), keyboards.keyboard(buttons))
    return Step.COMPARE


async def ask_reason(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    if LOAN not in context.place or COUNT not in context.place:
        return await choose(update, context)
    t = context.t
    loan = await context.services.loans.get(context.borrower.id, context.place[LOAN])
    product = context.services.products.get(loan.product_code)
    buttons = [
        keyboards.button(t.label(reason.label), keyboards.data("extend", "because", reason.value))
        for reason in reasons_for(product)
    ]
    last = [keyboards.back(t), keyboards.cancel(t)]
    await reply(update, context, t("extend.ask_reason"), keyboards.keyboard(buttons, last))
    return Step.REASON


async def reason_pressed(update: Update, context: LoanlineContext) -> str:
    reason = keyboards.pressed(update).one_of(ExtensionReason)
    return await _ask(reason, None, update, context)


async def reason_typed(update: Update, context: LoanlineContext) -> str:
    """A reason as it stands on its button, or else the borrower's own words."""
    text = (update.effective_message and update.effective_message.text) or ""
    named = next((one for one in ExtensionReason if heard(context.t.label(one.label)) == heard(text)), None)
    return await _ask(named or ExtensionReason.OTHER, None if named else text, update, context)


async def _ask(reason: ExtensionReason, note: str | None, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    loan_id, count = context.place.get(LOAN, 0), context.place.get(COUNT, 0)
    kind = Kind(context.place.get(KIND, Kind.LONGER))
    try:
        asked = await context.services.extensions.ask(context.borrower.id, loan_id, count, reason, note, kind)
    except ExtensionAlreadyAsked:
        return await show(update, context)
    except (IllegalMove, RateCapExceeded) as refusal:
        return await explain(refusal, update, context)
    except InvalidInput as refusal:
        await reply(update, context, wording(context.t, refusal))
        return await ask_reason(update, context)
    context.place[EXTENSION] = asked.id
    return await show_open(update, context)


async def leave_options(update: Update, context: LoanlineContext) -> str:
    """To the other loans, where several can be extended."""
    return await (choose if len(await _extendable(context)) > 1 else menu.show)(update, context)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(begin)
    return Dialogue(
        name="extend",
        entries=[
            *spoken.choice("extend:start", gated, "extend.button_open", "extend.words_open"),
            CallbackQueryHandler(registered(loan_pressed), keyboards.pattern("extend:loan")),
        ],
        states={
            Step.CHOOSE: [typed(loan_typed)],
            Step.OPTIONS: [CallbackQueryHandler(picked, keyboards.pattern("extend:pick")), typed(choice_typed)],
            Step.COMPARE: spoken.choice("extend:why", ask_reason, "extend.button_pick", "extend.words_pick"),
            Step.REASON: [
                CallbackQueryHandler(reason_pressed, keyboards.pattern("extend:because")),
                typed(reason_typed),
            ],
        },
        ask={
            Step.CHOOSE: choose,
            Step.OPTIONS: show_options,
            Step.COMPARE: show_comparison,
            Step.REASON: ask_reason,
        },
        back={
            Step.OPTIONS: leave_options,
            Step.COMPARE: show_options,
            Step.REASON: show_comparison,
        },
    )
