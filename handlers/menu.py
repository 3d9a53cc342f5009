"""The menu: what waits for this person, and what they can do now."""

from collections.abc import Iterator
from enum import StrEnum

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CommandHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from bot.wording.i18n import Translator
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken
from services.overview import Overview


class Step(StrEnum):
    OPEN = "menu:open"


async def show(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    overview = await context.services.overview.of(context.borrower.id)
    await reply(update, context, "\n\n".join(_lines(overview, context.t)), _keyboard(overview, context.t))
    return Step.OPEN


def _lines(overview: Overview, t: Translator) -> Iterator[str]:
    """What waits, most pressing first; the question comes last."""
    for loan in overview.loans:
        if loan.days_past_due:
            yield t.n("menu.overdue", loan.days_past_due, loan=loan.reference, amount=loan.due_now)
        elif loan.next_due is not None:
            yield t("menu.due_next", loan=loan.reference, amount=loan.next_due.amount, date=loan.next_due.on)
        if loan.available:
            yield t("draws.menu", loan=loan.reference, available=loan.available)
    if overview.offer is not None:
        yield t("menu.offer_waiting", amount=overview.offer.amount, until=overview.offer.expires_at)
    if overview.open_request is not None and overview.application is not None:
        yield t("menu.request_waiting", reference=overview.application.reference)
    elif overview.draft is not None:
        yield t("menu.draft_waiting", product=overview.draft.product.name)
    elif overview.application is not None and overview.offer is None:
        yield t("menu.application_underway", reference=overview.application.reference)
    if overview.talking is not None:
        yield t("menu.talking")
    yield t("menu.welcome")


def _keyboard(overview: Overview, t: Translator) -> InlineKeyboardMarkup:
    return keyboards.keyboard(list(_waiting(overview, t)), list(_always(overview, t)))


def _waiting(overview: Overview, t: Translator) -> Iterator[InlineKeyboardButton]:
    if overview.offer is not None:
        yield keyboards.button(t.plain("menu.button_offer"), "offer:open")
    if overview.open_request is not None:
        yield keyboards.button(t.plain("menu.button_answer_request"), "status:request")
    elif overview.draft is not None:
        yield keyboards.button(t.plain("menu.button_continue"), "apply:start")
    if overview.loans:
        yield keyboards.button(t.plain("menu.button_repay"), "repay:start")
        yield keyboards.button(t.plain("menu.button_loans"), "schedule:start")
    if any(loan.available for loan in overview.loans):
        yield keyboards.button(t.plain("draws.button_draw"), "draw:start")
    if overview.application is not None:
        yield keyboards.button(t.plain("menu.button_status"), "status:open")


def _always(overview: Overview, t: Translator) -> Iterator[InlineKeyboardButton]:
    if overview.draft is None and overview.application is None:
        yield keyboards.button(t.plain("menu.button_apply"), "apply:start")
    yield keyboards.button(t.plain("menu.button_products"), "catalogue:open")
    yield keyboards.button(t.plain("menu.button_calculator"), "calculator:start")
    yield keyboards.button(t.plain("menu.button_settings"), "settings:open")
    yield keyboards.button(t.plain("menu.button_human"), keyboards.HUMAN)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(show)
    return Dialogue(
        name="menu",
        entries=[
            CommandHandler("menu", gated),
            *spoken.choice(keyboards.MENU, gated, "nav.menu", "nav.words_menu"),
        ],
        states={Step.OPEN: []},
        ask={Step.OPEN: gated},
    )
