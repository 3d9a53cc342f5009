"""Confirming a bank transfer: amount and day as found on the account → booked."""

from datetime import date, timedelta

from telegram import InlineKeyboardButton

from bot import keyboards
from bot.cards.keyboard import DESK
from bot.keyboards import OldButton, Press
from handlers.officers.approving import drop_button
from handlers.officers.desk import Visit
from handlers.officers.prompts import Answers, Prompt
from services.answers import read_amount
from services.clock import local_date
from services.desk.handoff_cards import CardPayment, DeskCard
from services.desk.handoff_states import DeskAction
from services.errors import InvalidInput
from services.money import Money


class AmountUnclear(InvalidInput):
    """What the officer typed is no amount."""

    key = "desk.amount_unclear"
    field = "amount"


async def confirm(visit: Visit, press: Press) -> None:
    """From the card: the amount stated, today. From the panel: the amount (minor units) and the day it names."""
    card = await visit.card_for(press, DeskAction.CONFIRM_RECEIPT)
    payment = _payment(card)
    if len(press.arguments) > 1:
        await _propose(visit, card, Money.from_minor(press.number(1), payment.amount.currency), _day(press.number(2)))
    else:
        await _propose(visit, card, payment.amount, _today(visit))


async def ask_amount(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.CONFIRM_RECEIPT)
    await visit.answer()
    await visit.take_buttons()
    text = visit.t("desk.prompt_received", reference=_payment(card).reference)
    await visit.ask(text, Prompt(Answers.RECEIVED, card.handoff.id, _number(_day(press.number(2)))))


async def amount_typed(visit: Visit, prompt: Prompt, text: str) -> None:
    card = await visit.card_in_hand(prompt.handoff_id, DeskAction.CONFIRM_RECEIPT)
    number = read_amount(text)
    if not number:
        raise AmountUnclear
    await _propose(visit, card, Money.of(number, _payment(card).amount.currency), _day(prompt.figure))


async def book(visit: Visit, press: Press) -> None:
    """The officer confirms what the panel says."""
    card = await visit.card_for(press, DeskAction.CONFIRM_RECEIPT)
    payment = _payment(card)
    amount, on = Money.from_minor(press.number(1), payment.amount.currency), _day(press.number(2))
    receipt = await visit.services.transfers.confirm(visit.staff_id, payment.id, on, amount)
    await visit.answer()
    key = "desk.booked_and_closed" if receipt.loan_closed else "desk.booked"
    await visit.change(
        visit.t(
            key,
            amount=receipt.amount,
            on=receipt.paid_on,
            payment=receipt.payment_reference,
            loan=receipt.loan_reference,
            outstanding=receipt.outstanding_after,
        )
    )


async def _propose(visit: Visit, card: DeskCard, amount: Money, on: date) -> None:
    payment, t = _payment(card), visit.t
    await visit.answer()
    text = t("desk.receipt_panel", payment=payment.reference, stated=payment.amount, amount=amount, on=on)
    today = _today(visit)
    other = today if on != today else today - timedelta(days=1)

    def press(label: str, action: str, day: date) -> InlineKeyboardButton:
        return keyboards.button(label, keyboards.data(DESK, action, card.handoff.id, amount.minor, _number(day)))

    keyboard = keyboards.keyboard(
        press(t.plain("desk.button_book"), "book", on),
        [
            press(t.plain("desk.button_came_on", on=other), DeskAction.CONFIRM_RECEIPT, other),
            press(t.plain("desk.button_other_amount"), "received", on),
        ],
        drop_button(visit, card.handoff.id),
    )
    prompt = Prompt(Answers.RECEIVED, card.handoff.id, _number(on))
    query = visit.update.callback_query
    if query is not None and len(keyboards.pressed(visit.update).arguments) > 1:
        await visit.change(text, keyboard, prompt=prompt)
    else:
        await visit.post(text, keyboard, prompt=prompt)


def _payment(card: DeskCard) -> CardPayment:
    if card.payment is None:
        raise OldButton
    return card.payment


def _today(visit: Visit) -> date:
    return local_date(visit.services.clock.now(), visit.services.lender.time_zone)


def _number(day: date) -> int:
    return int(f"{day:%Y%m%d}")


def _day(number: int) -> date:
    """The day that the eight digits name. Raises OldButton when they name none."""
    try:
        return date(number // 10_000, number // 100 % 100, number % 100)
    except ValueError:
        raise OldButton from None
