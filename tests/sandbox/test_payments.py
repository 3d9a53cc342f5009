"""Invoices: sending, the question before the payment, success, refusals."""

import asyncio
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LabeledPrice, Update
from telegram.error import BadRequest

from sandbox import Person, Sandbox

PRICES = [LabeledPrice("Principal", 20_000), LabeledPrice("Interest", 3_000)]


async def invoice(bot: Bot, chat: int, **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "title": "Installment 1",
        "description": "Loan L-7",
        "payload": "L-7:1",
        "currency": "CNY",
        "provider_token": "demo",
        "prices": PRICES,
    }
    return await bot.send_invoice(chat, **{**fields, **changes})


async def next_update(bot: Bot) -> Update:
    (update,) = await bot.get_updates(timeout=5)
    await bot.get_updates(offset=update.update_id + 1, timeout=0)
    return update


async def test_a_payment_is_asked_for_and_then_told(bot: Bot, phone: Person, chat: int) -> None:
    sent = await invoice(bot, chat)
    assert sent.invoice.total_amount == 23_000
    seen = await phone.expect("Installment 1")
    assert seen["invoice"] == {
        "title": "Installment 1",
        "description": "Loan L-7",
        "currency": "CNY",
        "total": 23_000,
        "label_total": "¥230.00",
        "paid": False,
    }
    assert [button["kind"] for row in seen["inline_keyboard"] or [] for button in row] == ["pay"]
    payment = asyncio.create_task(phone.pay())
    query = (await next_update(bot)).pre_checkout_query
    assert query is not None
    assert (query.invoice_payload, query.total_amount, query.currency) == ("L-7:1", 23_000, "CNY")
    await query.answer(ok=True)
    assert await payment == {"ok": True, "error": None}
    paid = (await next_update(bot)).message
    assert paid is not None
    assert paid.successful_payment is not None
    assert paid.successful_payment.invoice_payload == "L-7:1"
    assert paid.successful_payment.telegram_payment_charge_id
    assert (await phone.messages())[-1]["service"] == "Payment received: ¥230.00"


async def test_an_objection_is_shown_and_nothing_is_paid(bot: Bot, phone: Person, chat: int) -> None:
    await invoice(bot, chat)
    payment = asyncio.create_task(phone.pay())
    query = (await next_update(bot)).pre_checkout_query
    assert query is not None
    await query.answer(ok=False, error_message="Already settled")
    answer = await payment
    assert (answer["ok"], answer["error"]) == (False, "Already settled")
    assert await bot.get_updates(timeout=0) == ()


async def test_a_bot_that_does_not_answer_in_time_fails_the_payment(
    bot: Bot, phone: Person, chat: int, sandbox: Sandbox
) -> None:
    sandbox.world.questions.checkout_seconds = 0.0
    await invoice(bot, chat)
    assert not (await phone.pay())["ok"]
    query = (await next_update(bot)).pre_checkout_query
    assert query is not None
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer(ok=True)


async def test_a_cancelled_payment_tells_the_bot_nothing(bot: Bot, phone: Person, chat: int) -> None:
    await invoice(bot, chat)
    assert not (await phone.cancel_payment())["ok"]
    assert await bot.get_updates(timeout=0) == ()


async def test_an_invoice_behind_a_link_can_be_paid(bot: Bot, phone: Person, chat: int) -> None:
    link = await bot.create_invoice_link("Star", "d", "p", "XTR", [LabeledPrice("Star", 5)])
    payment = asyncio.create_task(phone.pay_link(link))
    query = (await next_update(bot)).pre_checkout_query
    assert query is not None
    await query.answer(ok=True)
    assert (await payment)["ok"]
    with pytest.raises(AssertionError, match="404"):
        await phone.pay_link("https://t.me/$nothing")


async def test_own_buttons_of_an_invoice_begin_with_the_pay_button(bot: Bot, phone: Person, chat: int) -> None:
    pay, other = InlineKeyboardButton("Pay now", pay=True), InlineKeyboardButton("Later", callback_data="later")
    with pytest.raises(BadRequest, match="Reply_markup_buy_empty"):
        await invoice(bot, chat, reply_markup=InlineKeyboardMarkup([[other]]))
    await invoice(bot, chat, reply_markup=InlineKeyboardMarkup([[pay], [other]]))
    assert await phone.buttons() == ["Pay now", "Later"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "t" * 33}, "Invoice_title_invalid"),
        ({"description": "d" * 256}, "Invoice_description_invalid"),
        ({"payload": "贷" * 43}, "Invoice_payload_invalid"),
        ({"currency": "YUAN"}, "Currency_invalid"),
        ({"provider_token": ""}, "Payment_provider_invalid"),
        ({"prices": [LabeledPrice("x", 5), LabeledPrice("y", -5)]}, "Currency_total_amount_invalid"),
        ({"prices": []}, "Prices must be a non-empty array of labeledprice"),
        ({"currency": "XTR"}, "Stars_invoice_invalid"),
        ({"title": ""}, 'Parameter "title" is required'),
    ],
)
async def test_invoices_that_telegram_refuses_are_refused(
    bot: Bot, chat: int, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        await invoice(bot, chat, **changes)
