"""Approving: as asked, or less, or for another time → what the borrower would be offered → confirmed."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import keyboards
from bot.cards.figures import term as length
from bot.cards.keyboard import DESK
from bot.keyboards import OldButton, Press
from handlers.officers.desk import Visit, application_of
from handlers.officers.prompts import Answers, Prompt
from services.desk.handoff_states import DeskAction
from services.money import Money
from services.origination.application_views import Application
from services.origination.offer_views import Offer


async def approve(visit: Visit, press: Press) -> None:
    """From the card: as asked. From the panel, which names amount (minor units) and term: those."""
    card = await visit.card_for(press, DeskAction.APPROVE)
    application = application_of(card).application
    from_panel = len(press.arguments) > 1
    amount, term = _chosen(press, application) if from_panel else (application.amount, application.term)
    await _propose(visit, card.handoff.id, application, amount, term)


async def ask_amount(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.APPROVE)
    application = application_of(card).application
    product = application.product
    await visit.answer()
    await visit.take_buttons()
    text = visit.t("desk.prompt_amount", reference=application.reference, step=product.step, minimum=product.minimum)
    await visit.ask(text, Prompt(Answers.AMOUNT, card.handoff.id, press.number(2)))


async def amount_typed(visit: Visit, prompt: Prompt, text: str) -> None:
    card = await visit.card_in_hand(prompt.handoff_id, DeskAction.APPROVE)
    application = application_of(card).application
    amount = visit.services.products.read_amount(application.product.code, text)
    await _propose(visit, card.handoff.id, application, amount, prompt.figure)


async def ask_term(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.APPROVE)
    application, minor = application_of(card).application, press.number(1)
    await visit.answer()
    buttons = [
        keyboards.button(
            length(application.product, count, visit.t), keyboards.data(DESK, "approve", card.handoff.id, minor, count)
        )
        for count in application.product.term.choices
    ]
    text = visit.t("desk.choose_term", reference=application.reference)
    keyboard = keyboards.keyboard(buttons, drop_button(visit, card.handoff.id))
    await visit.change(text, keyboard, prompt=Prompt(Answers.TERM, card.handoff.id, minor))


async def term_typed(visit: Visit, prompt: Prompt, text: str) -> None:
    card = await visit.card_in_hand(prompt.handoff_id, DeskAction.APPROVE)
    application = application_of(card).application
    term = visit.services.products.read_term(application.product.code, text)
    amount = Money.from_minor(prompt.figure, application.product.currency)
    await _propose(visit, card.handoff.id, application, amount, term)


async def grant(visit: Visit, press: Press) -> None:
    """The officer has seen the terms and confirms them."""
    card = await visit.card_for(press, DeskAction.APPROVE)
    application = application_of(card).application
    amount, term = _chosen(press, application)
    offer = await visit.services.decisions.approve(visit.staff_id, application.id, amount, term)
    await visit.answer()
    terms = _terms(visit, application, offer)
    await visit.change(visit.t("desk.approved", reference=application.reference, until=offer.expires_at) + "\n" + terms)


def drop_button(visit: Visit, handoff_id: int) -> InlineKeyboardButton:
    return keyboards.button(visit.t.plain("desk.button_drop"), keyboards.data(DESK, "drop", handoff_id))


def _chosen(press: Press, application: Application) -> tuple[Money, int]:
    return Money.from_minor(press.number(1), application.product.currency), press.number(2)


async def _propose(
    visit: Visit, handoff_id: int, application: Application, amount: Money | None, term: int | None
) -> None:
    """Show what would be offered, with the ways to change it."""
    if amount is None or term is None:
        raise OldButton
    offer = await visit.services.decisions.preview(visit.staff_id, application.id, amount, term)
    await visit.answer()
    asked_term = length(application.product, offer.asked_term, visit.t)
    asked = visit.t("desk.proposal", reference=application.reference, amount=offer.asked_amount, term=asked_term)
    text = f"{asked}\n\n{_terms(visit, application, offer)}"
    keyboard = _panel(visit, handoff_id, offer)
    prompt = Prompt(Answers.AMOUNT, handoff_id, offer.term)
    query = visit.update.callback_query
    if query is not None and len(keyboards.pressed(visit.update).arguments) > 1:
        await visit.change(text, keyboard, prompt=prompt)
    else:
        await visit.post(text, keyboard, prompt=prompt)


def _terms(visit: Visit, application: Application, offer: Offer) -> str:
    if offer.line is not None:
        return visit.t(
            "desk.terms_line",
            limit=offer.amount,
            term=length(application.product, offer.term, visit.t),
            first=offer.line.first_draw,
            daily=offer.line.daily_rate,
            apr=offer.apr,
            cost=offer.total_cost,
        )
    return visit.t(
        "desk.terms",
        amount=offer.amount,
        term=length(application.product, offer.term, visit.t),
        method=offer.method_label,
        installment=max(row.total for row in offer.rows),
        apr=offer.apr,
        net=offer.net_payout,
        cost=offer.total_cost,
    )


def _panel(visit: Visit, handoff_id: int, offer: Offer) -> InlineKeyboardMarkup:
    def press(label: str, action: str) -> InlineKeyboardButton:
        return keyboards.button(label, keyboards.data(DESK, action, handoff_id, offer.amount.minor, offer.term))

    t = visit.t
    return keyboards.keyboard(
        press(t.plain("desk.button_grant"), "grant"),
        [
            press(t.plain("desk.button_other_amount"), "amount"),
            press(t.plain("desk.button_other_term"), "term"),
        ],
        drop_button(visit, handoff_id),
    )
