"""Repaying: how much, what it settles, in the chat or by transfer."""

import pytest

from services.errors import NotFound
from services.repayment.payment_views import Aim, RejectReason
from tests.conversations.debtors import Debtor, cny, debtor, paid_out, pay
from tests.conversations.test_offer import written
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf


async def at_preview(town: Town, owing: Debtor, amount: str) -> str:
    """The preview of an amount typed."""
    await owing.person.say("/repay")
    await owing.person.expect("How much would you like to pay?")
    await owing.person.say(amount)
    return (await owing.person.expect("It settles:"))["text"]


async def with_invoice(town: Town, amount: str = "500") -> Debtor:
    owing = await debtor(town)
    await town.to_due_date()
    await at_preview(town, owing, amount)
    await owing.person.press("Pay in this chat")
    await owing.person.expect("Press the pay button above")
    return owing


async def with_instructions(town: Town) -> Debtor:
    owing = await debtor(town)
    await town.to_due_date()
    await owing.person.say("/pay")
    await owing.person.press("Due: ¥859.78")
    await owing.person.press("Bank transfer")
    await owing.person.expect("3 / 3 · Transfer ¥859.78")
    return owing


async def receipts(town: Town, owing: Debtor) -> int:
    return len(await town.services.repayments.list(owing.borrower_id, owing.loan_id))


async def test_the_due_amount_is_paid_in_the_chat_and_receipted_once(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person
    await town.to_due_date()
    await tom.press("Pay now")
    await tom.expect("Due now: ¥859.78")
    await tom.press("Due: ¥859.78")
    preview = (await tom.expect("Pay ¥859.78"))["text"]
    assert "– interest ¥45.00" in preview
    assert "– principal ¥814.78" in preview
    assert "What you still owe afterwards: ¥4,185.22" in preview
    assert "Next: ¥859.78 on Sat 2 May" in preview
    await tom.press("Pay in this chat")
    await tom.expect(f"Repayment {owing.loan.reference}")
    assert (await tom.pay()) == {"ok": True, "error": None}
    await tom.expect("We've received ¥859.78")
    await town.settled()
    assert await receipts(town, owing) == 1
    assert sum("We've received" in view["text"] for view in await tom.messages()) == 1
    assert (await owing.now(town)).rows[0].settled_on is not None


async def test_with_nothing_due_the_next_installment_is_offered_early(town: Town) -> None:
    owing = await debtor(town, "zh_Hans")
    await owing.person.say("还款")
    await owing.person.expect("今天没有应还款项")
    await owing.person.press("下一期 ¥859.78")
    await owing.person.expect("还款 ¥859.78")


async def test_paying_everything_shows_the_interest_saved_and_settles_the_loan(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person
    await town.pass_time(days=10)
    quote = await town.services.loans.payoff_quote(owing.borrower_id, owing.loan_id)
    await tom.say("/repay")
    await tom.expect(f"it saves you {written(quote.interest_saved)} of interest")
    await tom.say("everything")
    preview = (await tom.expect("is then settled"))["text"]
    assert f"Pay {written(quote.amount)}" in preview
    assert f"You save {written(quote.interest_saved)}" in preview
    await tom.press("Pay in this chat")
    await tom.expect("Press the pay button above")
    await tom.pay()
    await tom.expect("Your settlement certificate")
    await town.settled()
    assert not (await owing.now(town)).outstanding.total


@pytest.mark.parametrize(
    ("typed", "amount"), [("5百", "500"), ("1k", "1000"), ("１，２００", "1200"), ("300.50", "300.50")]
)
async def test_an_amount_may_be_typed_in_any_way(town: Town, typed: str, amount: str) -> None:
    owing = await debtor(town)
    preview = await at_preview(town, owing, typed)
    assert f"Pay {written(cny(amount))}" in preview


async def test_the_preview_of_a_late_loan_settles_the_penalty_first_and_adds_up(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=40)
    preview = await at_preview(town, owing, "500")
    parts = [line.split("¥")[1] for line in preview.splitlines() if line.startswith("–")]
    assert sum(cny(part).minor for part in parts) == 50_000
    assert preview.index("penalty") < preview.index("interest") < preview.index("principal")


async def test_an_amount_outside_the_limits_is_refused_with_what_would_be_right(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person
    await tom.say("/repay")
    await tom.press("Other amount")
    await tom.expect("pays everything")
    await tom.say("a lot")
    await tom.expect("We couldn't read an amount")
    await tom.say("0.20")
    await tom.expect("less than can be paid at once")
    await tom.say("6000")
    await tom.expect("more than you owe")
    await tom.say("600")
    await tom.expect("It settles:")
    await tom.say("700")
    await tom.expect("Pay ¥700.00")
    await tom.press("Back")
    await tom.expect("How much would you like to pay?")


async def test_the_steps_survive_restarts(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person
    await tom.say("/repay")
    await town.restart()
    await tom.press("Other amount")
    await town.restart()
    await tom.say("400")
    await town.restart()
    await tom.press("Pay in this chat")
    await tom.expect("Press the pay button above")
    await town.restart()
    await tom.pay()
    await tom.expect("We've received ¥400.00")


async def test_an_invoice_that_nobody_paid_in_time_is_refused_with_the_reason(town: Town) -> None:
    owing = await with_invoice(town)
    await town.pass_time(minutes=45)
    answer = await owing.person.pay()
    assert not answer["ok"]
    assert "Please start it again" in (answer["error"] or "")
    await owing.person.send_sticker()
    await owing.person.expect("nothing was taken")
    await owing.person.press("Start again")
    await owing.person.expect("How much would you like to pay?")
    assert await receipts(town, owing) == 0


async def test_a_payment_that_was_given_up_cannot_be_paid(town: Town) -> None:
    owing = await with_invoice(town)
    await owing.person.press("Don't pay now")
    await owing.person.expect("nothing was taken")
    assert not (await owing.person.pay())["ok"]
    assert await receipts(town, owing) == 0


async def test_closing_the_payment_form_leaves_the_invoice_payable(town: Town) -> None:
    owing = await with_invoice(town)
    await owing.person.cancel_payment()
    await owing.person.say("hello?")
    await owing.person.expect("Press the pay button above")
    assert (await owing.person.pay())["ok"]
    await owing.person.expect("We've received ¥500.00")


async def test_only_the_borrower_can_pay_an_invoice(town: Town) -> None:
    owing = await with_invoice(town)
    payment = await town.services.repayments.open(owing.borrower_id, owing.loan_id, Aim.OTHER, cny("100"))
    stranger = await town.borrower_id(await town.borrower("en"))
    with pytest.raises(NotFound):
        await town.services.repayments.check(payment.reference, 10_000, "CNY", stranger)


async def test_paying_while_doing_something_else_leaves_that_alone(town: Town) -> None:
    owing = await with_invoice(town)
    tom = owing.person
    await tom.say("/calculator")
    await tom.press("Personal loan")
    await tom.expect("How much?")
    await tom.pay()
    await tom.expect("We've received ¥500.00")
    await tom.say("5000")
    await tom.expect("For how long?")


async def test_instructions_name_account_and_reference_and_the_receipt_calls_a_cashier(town: Town) -> None:
    owing = await with_instructions(town)
    tom = owing.person
    text = tom.last()["text"]
    account = town.services.lender.transfer_account
    unbooked = await town.services.repayments.unbooked_transfer(owing.borrower_id, owing.loan_id)
    assert unbooked is not None
    assert account.number in text
    assert unbooked.reference in text
    await tom.send_photo(jpeg(5))
    await tom.expect("Receipt received for ¥859.78")
    await town.settled()
    await town.services.repayments.confirm_transfer(town.stage.officer, unbooked.id)
    await town.settled()
    await tom.expect("We've received ¥859.78")


async def test_a_drawn_receipt_shows_how_it_is_photographed(town: Town) -> None:
    owing = await with_instructions(town)
    tom = owing.person
    await tom.press("Show an example")
    shown = await tom.expect_media("photo")
    assert "Example: Transfer receipt" in shown["text"]
    await tom.press("Back to receipt")
    await tom.expect(town.services.lender.transfer_account.number)
    await tom.say("example")
    await tom.expect_media("photo")
    await tom.send_photo(jpeg(5))
    await tom.expect("Receipt received for ¥859.78")


async def test_a_second_page_of_the_receipt_is_kept_too(town: Town) -> None:
    owing = await with_instructions(town)
    await owing.person.send_album([jpeg(7), jpeg(8)])
    await town.settled()
    unbooked = await town.services.repayments.unbooked_transfer(owing.borrower_id, owing.loan_id)
    assert unbooked is not None
    papers = await town.services.documents.receipts_for_staff(town.stage.officer, unbooked.id)
    assert len(papers) == 2


async def test_the_receipt_may_follow_days_later(town: Town) -> None:
    owing = await with_instructions(town)
    tom = owing.person
    await tom.press("Send it later")
    await tom.expect("Menu, Repay, Send the receipt")
    await town.pass_time(days=2)
    await town.restart()
    await tom.say("/repay")
    await tom.expect("the receipt is still missing")
    await tom.press("Send the receipt")
    await tom.expect("must be readable")
    await tom.send_document(pdf(seed=9), "receipt.pdf")
    await tom.expect("Receipt received")
    await tom.say("/repay")
    await tom.expect("is being confirmed")


async def test_a_file_that_is_no_receipt_is_refused_and_the_step_stays(town: Town) -> None:
    owing = await with_instructions(town)
    tom = owing.person
    await tom.send_document(b"<html>", "receipt.pdf")
    await tom.expect("PDF")
    await tom.say("what now")
    await tom.expect("Transfer ¥859.78")
    await tom.send_document(pdf(seed=3), "receipt.pdf")
    await tom.expect("Receipt received")


async def test_a_transfer_that_was_not_found_can_be_proved_again(town: Town) -> None:
    owing = await with_instructions(town)
    tom = owing.person
    await tom.send_photo(jpeg(5))
    await tom.expect("Receipt received")
    unbooked = await town.services.repayments.unbooked_transfer(owing.borrower_id, owing.loan_id)
    assert unbooked is not None
    await town.services.repayments.reject_transfer(town.stage.officer, unbooked.id, RejectReason.UNREADABLE)
    await town.settled()
    await tom.expect("couldn't confirm your transfer")
    await tom.say("/repay")
    await tom.press("Send the receipt")
    await tom.send_photo(jpeg(6))
    await tom.expect("Receipt received")


async def test_of_several_loans_one_is_chosen(town: Town) -> None:
    first = await debtor(town)
    tom = first.person
    second = await paid_out(town, tom, amount="3000")
    await tom.say("/repay")
    await tom.expect("Which loan?")
    await tom.say(second.loan.reference)
    await tom.expect(f"Repay loan {second.loan.reference}")
    await tom.press("Back")
    await tom.expect("Which loan?")
    await tom.press(first.loan.reference)
    await tom.expect(f"Repay loan {first.loan.reference}")


async def test_a_reminder_of_a_loan_that_is_settled_since_leads_to_the_loan(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person
    await town.pass_time(days=26)
    reminder = tom.last()
    await pay(town, owing, Aim.PAYOFF)
    await tom.press_data(reminder["id"], f"repay:loan:{owing.loan_id}")
    await tom.expect("settled")
    await tom.press("To the loan")
    await tom.expect("You owe nothing on it")


async def test_notices_lose_their_buttons_once_they_are_replaced_or_paid(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person

    async def asking() -> list[int]:
        rows = [(view["id"], row) for view in await tom.messages() for row in view["inline_keyboard"] or []]
        return [number for number, row in rows if any(button["text"] == "Pay now" for button in row)]

    await town.pass_time(days=26)
    [early] = await asking()
    await town.pass_time(days=3)
    [late] = await asking()
    assert late > early
    before = len(await tom.messages())
    await pay(town, owing, Aim.DUE)
    assert await asking() == []
    assert len(await tom.messages()) == before + 1


async def test_paying_from_a_notice_leaves_the_card_it_became_its_buttons(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person
    await town.pass_time(days=26)
    await tom.press("Pay now")
    card = await tom.expect(f"Repay loan {owing.loan.reference}")
    await pay(town, owing, Aim.DUE)
    [shown] = [view for view in await tom.messages() if view["id"] == card["id"]]
    assert shown["inline_keyboard"]


async def test_there_may_be_nothing_to_repay(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/repay")
    await tom.expect("You have no loan to repay")
