"""What borrowers see of their loans: card, table, picture, calendar, papers."""

from datetime import timedelta

from icalendar import Calendar

from services.lending.loan_views import RowStatus
from services.repayment.payment_views import Aim
from tests.conversations.debtors import Debtor, cny, debtor, paid_out, pay
from tests.conversations.test_offer import written
from tests.conversations.town import Town


async def with_open_card(town: Town, language: str = "en", **asked: str) -> Debtor:
    owing = await debtor(town, language, **asked)
    await owing.person.say("/loans")
    await owing.person.expect(owing.loan.reference)
    return owing


async def test_the_card_says_what_comes_next_and_what_is_owed(town: Town) -> None:
    owing = await with_open_card(town)
    card = owing.person.last()["text"]
    assert owing.loan.next_due is not None
    assert f"Next: {written(owing.loan.next_due.amount)} on Thu 2 Apr, in 31 days" in card
    assert "What you still owe today: ¥5,000.00" in card
    assert "You borrowed: ¥5,000.00 on Mon 2 Mar, at 10.8% a year" in card


async def test_the_figures_of_a_late_loan_add_up_on_the_card(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=40)
    await owing.person.say("/loans")
    await owing.person.expect("9 days late")
    loan, card = await owing.now(town), owing.person.last()["text"]
    due = loan.due_now
    assert due.penalty
    assert due.penalty + due.interest + due.principal == due.total
    for amount in (due.total, due.penalty, due.interest, due.principal, loan.outstanding.total):
        assert written(amount) in card


async def test_an_installment_due_today_is_said_first(town: Town) -> None:
    owing = await debtor(town, "zh_Hans")
    await town.to_due_date()
    await owing.person.say("我的贷款")
    await owing.person.expect("今天应还：¥859.78")


async def test_the_table_turns_its_pages_and_marks_what_is_paid(town: Town) -> None:
    owing = await debtor(town, term="12")
    await pay(town, owing, Aim.DUE)
    await owing.person.say("/schedule")
    await owing.person.expect("Paid so far")
    await owing.person.press("Repayment plan")
    first = (await owing.person.expect("1 to 6 of 12"))["text"]
    loan = await owing.now(town)
    assert f"✓ 1. Thu 2 Apr: {written(loan.rows[0].total)}, paid" in first
    assert f"○ 2. Sat 2 May: {written(loan.rows[1].total)}, to come" in first
    assert f"principal {written(loan.rows[1].principal)}, interest {written(loan.rows[1].interest)}" in first
    await owing.person.press("Later")
    await owing.person.expect("7 to 12 of 12")
    assert await owing.person.buttons() == ["Earlier", "Interest explained", "Back", "Menu"]
    await owing.person.say("earlier")
    await owing.person.expect("1 to 6 of 12")
    await owing.person.press("Back")
    await owing.person.expect("Paid so far")


async def test_a_partly_paid_installment_says_what_is_left(town: Town) -> None:
    owing = await debtor(town)
    await town.to_due_date()
    await pay(town, owing, Aim.OTHER, cny("500"))
    await owing.person.say("/loans")
    await owing.person.expect("Paid so far")
    await owing.person.press("Repayment plan")
    table = (await owing.person.expect("● 1."))["text"]
    row = (await owing.now(town)).rows[0]
    assert f"paid {written(row.paid)}, left {written(row.left)}" in table
    assert row.paid + row.left == row.total


async def test_a_page_that_does_not_exist_shows_the_one_with_the_next_installment(town: Town) -> None:
    owing = await with_open_card(town)
    await owing.person.press("Repayment plan")
    card = await owing.person.expect("1 to 6 of 6")
    await owing.person.press_data(card["id"], f"schedule:page:{owing.loan_id}:6000")
    await owing.person.press_data(card["id"], f"schedule:page:{owing.loan_id}:x")
    await owing.person.expect("1 to 6 of 6")


async def test_the_picture_has_the_same_facts_as_text(town: Town) -> None:
    owing = await with_open_card(town, "zh_Hans")
    await owing.person.press("计划图片")
    sent = await owing.person.expect_media("photo")
    assert len(await owing.person.download(sent)) > 10_000
    for row in owing.loan.rows:
        assert f"○ {row.number}. " in sent["text"]
        assert written(row.total) in sent["text"]
    await owing.person.press("回到这笔贷款")
    await owing.person.expect("今天待还金额")


async def test_the_caption_of_a_long_plan_keeps_within_its_limit(town: Town) -> None:
    owing = await with_open_card(town, term="24")
    await owing.person.press("Picture")
    sent = await owing.person.expect_media("photo")
    assert len(sent["text"]) <= 1024
    assert "12. " in sent["text"]


async def test_the_calendar_file_holds_every_unpaid_due_date(town: Town) -> None:
    owing = await debtor(town)
    await pay(town, owing, Aim.DUE)
    await owing.person.say("/loans")
    await owing.person.press("Calendar file")
    sent = await owing.person.expect_media("document")
    events = Calendar.from_ical((await owing.person.download(sent)).decode()).walk("VEVENT")
    unpaid = [row.due_on for row in (await owing.now(town)).rows if row.status is not RowStatus.PAID]
    assert [event.decoded("dtstart") for event in events] == unpaid
    assert len(unpaid) == 5


async def test_statement_and_contract_come_as_papers(town: Town) -> None:
    owing = await with_open_card(town)
    await owing.person.press("Statement")
    statement = await owing.person.expect("Statement of loan")
    assert (await owing.person.download(statement)).startswith(b"%PDF")
    await owing.person.press("Back to the loan")
    await owing.person.press("Contract")
    contract = await owing.person.expect("Fingerprint")
    assert owing.loan.contract_id is not None
    signed = await town.services.contracts.read(owing.borrower_id, owing.loan.contract_id)
    assert await owing.person.download(contract) == signed


async def test_typed_words_do_what_the_buttons_do(town: Town) -> None:
    owing = await with_open_card(town)
    await owing.person.say("对账单")
    await owing.person.expect("Statement of loan")
    await owing.person.say("calendar")
    await owing.person.expect_media("document")
    await owing.person.say("plan")
    await owing.person.expect("1 to 6 of 6")


async def test_a_settled_loan_stays_within_reach_with_its_certificate(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=10)
    await pay(town, owing, Aim.PAYOFF)
    await owing.person.say("/loans")
    card = await owing.person.expect("This loan is settled")
    assert "You owe nothing on it" in card["text"]
    assert "Repay" not in await owing.person.buttons()
    await owing.person.press("Certificate")
    sent = await owing.person.expect("was settled on")
    assert (await owing.person.download(sent)).startswith(b"%PDF")


async def test_of_several_loans_one_is_chosen(town: Town) -> None:
    first = await debtor(town)
    await pay(town, first, Aim.PAYOFF)
    second = await paid_out(town, first.person, amount="3000")
    tom = first.person
    await tom.say("/loans")
    listed = (await tom.expect("Which one?"))["text"]
    assert f"{first.loan.reference}, Personal loan: settled" in listed
    assert f"{second.loan.reference}, Personal loan: you still owe ¥3,000.00" in listed
    await tom.press(second.loan.reference)
    await tom.expect("You borrowed: ¥3,000.00")
    await tom.press("Back")
    await tom.expect("Which one?")
    await tom.say(first.loan.reference.lower())
    await tom.expect("This loan is settled")


async def test_there_may_be_no_loan(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/loans")
    await tom.expect("You have no loan with us yet")
    assert "Apply for a loan" in await tom.buttons()


async def test_the_card_survives_a_restart(town: Town) -> None:
    owing = await with_open_card(town)
    await town.restart()
    await owing.person.press("Repayment plan")
    await owing.person.expect("1 to 6 of 6")
    await town.restart()
    await owing.person.say("back")
    await owing.person.expect("Paid so far")


async def test_nobody_sees_the_loan_of_somebody_else(town: Town) -> None:
    owing = await debtor(town, "zh_Hans")
    tom = await town.borrower("en")
    await tom.say("/menu")
    for data in ("schedule:loan", "repay:loan", "schedule:statement"):
        await tom.press_data(tom.last()["id"], f"{data}:{owing.loan_id}")
        await town.settled()
    assert owing.loan.reference not in tom.transcript()


async def test_the_menu_of_a_debtor_leads_to_loan_and_repayment(town: Town) -> None:
    owing = await debtor(town)
    town.clock.advance(timedelta(minutes=1))
    await owing.person.say("/menu")
    await owing.person.press("My loans")
    await owing.person.expect("What you still owe today")
    await owing.person.press("Repay")
    await owing.person.expect("How much would you like to pay?")
