"""A credit line, from the application to the last draw: applied for, granted, signed, drawn, repaid, drawn again."""

import re

from sandbox import Person
from services.desk.handoff_states import HandoffKind
from services.models import LoanRow
from services.money import Money
from tests.conversations.applicants import CARD_NUMBER, ID_NUMBER
from tests.conversations.consistency import nothing_is_corrupted
from tests.conversations.debtors import debtor, line_holder
from tests.conversations.desk_matters import LI
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf

ANSWERS = {
    "Limit": "20k",
    "Term": "12 months",
    "Needed at once": "5,000",
    "Purpose": "Goods and stock",
    "Name": "Li Ming",
    "ID number": ID_NUMBER,
    "Occupation": "self-employed",
    "Monthly income": "8,000",
    "Address": "500 Zhangyang Road, Pudong, Shanghai",
    "Payout account": CARD_NUMBER,
}


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


async def code_of(person: Person) -> str:
    found = re.search(r"code: (\d{6})", (await person.expect("type this code"))["text"])
    assert found
    return found[1]


async def take(town: Town, officer: Person) -> None:
    """Take what waits at the desk."""
    await officer.press("接手", chat=town.desk)
    await town.settled()


async def pay_out(town: Town, officer: Person, reference: str) -> None:
    await take(town, officer)
    await officer.press("确认放款", chat=town.desk)
    prompt = await officer.expect("银行流水号", chat=town.desk)
    await officer.say(reference, chat=town.desk, reply_to=prompt["id"])
    await officer.expect(f"流水号 {reference}", chat=town.desk)
    await town.settled()


async def ask_for(town: Town, person: Person, amount: str) -> None:
    """Draw by typing the amount and the code."""
    await person.say("/draw")
    await person.expect("1 / 2 · Draw")
    await person.say(amount)
    await person.say(await code_of(person))
    await person.expect("is asked for on line")
    await town.settled()


async def repay_in_chat(town: Town, person: Person, amount: str) -> str:
    """Pay that much in the chat; answers the receipt's text."""
    await person.say("/repay")
    await person.expect("How much")
    await person.say(amount)
    await person.expect("It settles:")
    await person.press("Pay in this chat")
    await person.expect("Press the pay button")
    await person.pay()
    receipt = await person.expect("We've received")
    await town.settled()
    return str(receipt["text"])


async def test_a_line_is_applied_for_granted_signed_drawn_repaid_and_drawn_again(town: Town) -> None:
    tom, wang = await town.borrower("en"), await town.officer()
    await apply_for_the_line(tom)
    await town.settled()
    await grant_it(town, wang)
    await sign_it(tom)
    await town.settled()
    await pay_out(town, wang, "ICBC1")
    opened = await tom.expect("Your credit line is open")
    assert "limit ¥20,000.00" in opened["text"]
    await look_at_the_card(tom)
    await town.pass_time(days=10)
    await draw_three_thousand(town, tom)
    await pay_out(town, wang, "ICBC2")
    told = await tom.expect("drawn on line")
    assert "Drawn in all: ¥8,000.00. Still available: ¥12,000.00" in told["text"]
    await town.pass_time(days=5)
    await repay_a_part(town, tom)
    await ask_for(town, tom, "2000")
    await pay_out(town, wang, "ICBC3")
    await interest_falls_due(town, tom)
    await nothing_is_corrupted(town)


async def apply_for_the_line(tom: Person) -> None:
    await tom.say("/apply")
    await tom.press("Credit line")
    for heading, text in ANSWERS.items():
        asked = await tom.expect("· Amount" if heading == "Limit" else f"· {heading}")
        if heading == "Limit":
            assert "You only pay for what you draw" in asked["text"]
        if heading == "Needed at once":
            assert "0.03% a day" in asked["text"]
        await tom.say(text)
    review = await tom.expect("Please check")
    assert "Needed at once: ¥5,000.00" in review["text"]
    assert "All of it drawn: ¥6.00 a day" in review["text"]
    await tom.press("All correct")
    await tom.expect("Papers 0 / 2")
    await tom.send_photo(jpeg(31))
    await tom.expect("Papers 1 / 2")
    await tom.send_document(pdf(2, seed=32), "statements.pdf")
    await tom.expect("Papers 2 / 2")
    await tom.press("Submit application")
    await tom.expect("Your application is submitted")


async def grant_it(town: Town, wang: Person) -> None:
    card = await wang.expect("首次提款 ¥5,000.00", chat=town.desk)
    assert "随借随还" in card["text"]
    await take(town, wang)
    await wang.press("批准", chat=town.desk)
    terms = await wang.expect("日利率 0.03%", chat=town.desk)
    assert "额度 ¥20,000.00" in terms["text"]
    await wang.press("确认批准", chat=town.desk)
    await town.settled()


async def sign_it(tom: Person) -> None:
    await tom.press("Read my offer")
    offer = (await tom.expect("Your credit line: ¥20,000.00 for 12 months"))["text"]
    for fact in ("0.03% a day", "10.95% a year", "APR with all costs: 11.52%", "at once: ¥5,000.00", "¥6.00 a day"):
        assert fact in offer, fact
    await tom.press("Sign")
    await tom.say(await code_of(tom))
    signed = await tom.expect("Signed.")
    assert "¥5,000.00 goes to your account" in signed["text"]


async def look_at_the_card(tom: Person) -> None:
    await tom.say("/loans")
    card = (await tom.expect("Available: ¥15,000.00 of ¥20,000.00"))["text"]
    for fact in ("Drawn: ¥5,000.00", "Interest so far: ¥0.00", "¥1.50 a day", "Draws until:"):
        assert fact in card, fact
    assert (await tom.buttons())[:2] == ["Draw", "Repay"]


async def draw_three_thousand(town: Town, tom: Person) -> None:
    await tom.say("/loans")
    await tom.expect("Interest so far: ¥15.00")
    await tom.press("Draw")
    await tom.expect("¥1,000.00 cost about ¥0.30 a day")
    assert (await tom.buttons())[:4] == ["¥2,000.00", "¥5,000.00", "¥10,000.00", "All: ¥15,000.00"]
    await tom.say("300")
    await tom.expect("A draw is ¥500.00 or more")
    await tom.say("20k")
    await tom.expect("That is more than is free")
    await tom.say("3k")
    shown = (await tom.expect("2 / 2 · Draw ¥3,000.00"))["text"]
    for fact in (
        "about ¥0.90 a day",
        "Drawn then: ¥8,000.00",
        "about ¥65.40 on",
        "Still available then: ¥12,000.00",
    ):
        assert fact in shown, fact
    code = await code_of(tom)
    await tom.say("ok")
    await tom.expect("To confirm, type the six-digit code")
    await tom.say(code)
    await tom.expect("is asked for on line")
    await tom.say(code)
    await tom.expect("didn't understand")
    await town.settled()
    waiting = await town.services.handoffs.waiting(town.stage.officer)
    assert [each.kind for each in waiting] == [HandoffKind.DRAW]


async def repay_a_part(town: Town, tom: Person) -> None:
    receipt = await repay_in_chat(town, tom, "4000")
    assert "Interest: ¥27.00" in receipt
    assert "Principal: ¥3,973.00" in receipt
    assert "Available again: ¥15,973.00" in receipt


async def interest_falls_due(town: Town, tom: Person) -> None:
    """A reminder comes before the date; on the date the interest is paid, and the line goes on."""
    await town.pass_time(days=13)
    reminder = await tom.expect("In 3 days")
    assert "What you pay before that day" in reminder["text"]
    await town.to_due_date()
    await tom.say("/repay")
    due = await tom.expect("How much")
    assert "Due now:" in due["text"]
    (label,) = [label for label in await tom.buttons() if label.startswith("Due:")]
    await tom.press(label)
    await tom.press("Pay in this chat")
    await tom.expect("Press the pay button")
    await tom.pay()
    receipt = await tom.expect("We've received")
    assert "Principal" not in receipt["text"]
    assert "Available again: ¥13,973.00" in receipt["text"]


async def test_a_draw_is_taken_back_before_an_officer_has_it_in_hand(town: Town) -> None:
    line, wang = await line_holder(town), await town.officer()
    await ask_for(town, line.person, "1000")
    await line.person.say("/loans")
    await line.person.expect("¥1,000.00 is being paid out")
    await line.person.press("Take back ¥1,000.00")
    await line.person.expect("Nothing was paid out")
    await town.settled()
    await wang.expect("结果：已撤回", chat=town.desk)
    view = await town.services.loans.get(line.borrower_id, line.loan_id)
    assert view.line is not None
    assert view.line.available == cny("15000")
    await ask_for(town, line.person, "1000")
    await take(town, wang)
    await line.person.say("/loans")
    await line.person.press("Take back ¥1,000.00")
    await line.person.expect("can't be taken back here")


async def test_an_officer_refuses_a_draw_with_a_reason(town: Town) -> None:
    line, wang = await line_holder(town), await town.officer()
    await ask_for(town, line.person, "1000")
    card = await wang.expect("请放款 ¥1,000.00", chat=town.desk)
    assert "额度 ¥20,000.00，已用 ¥5,000.00，可用 ¥14,000.00" in card["text"]
    await take(town, wang)
    await wang.press("不予放款", chat=town.desk)
    await wang.press("收款账户无法收款", chat=town.desk)
    await wang.expect("会告诉借款人", chat=town.desk)
    await wang.press("不予放款", chat=town.desk)
    await wang.expect("未放款", chat=town.desk)
    told = await line.person.expect("We have not paid out your draw of ¥1,000.00")
    assert "does not accept the money" in told["text"]


async def test_an_operator_may_not_pay_a_draw_out(town: Town) -> None:
    line, li = await line_holder(town), await town.person(LI)
    await ask_for(town, line.person, "1000")
    await take(town, li)
    refused = await li.press("确认放款", chat=town.desk)
    assert refused["alert"]


async def test_an_officer_stops_a_line_and_lets_it_be_drawn_again(town: Town) -> None:
    line, wang = await line_holder(town), await town.officer()
    reference = (await town.services.loans.get(line.borrower_id, line.loan_id)).reference
    await wang.say("/line", chat=town.desk)
    await wang.expect("请写上贷款编号", chat=town.desk)
    await wang.say(f"/line {reference.lower()}", chat=town.desk)
    await wang.expect(f"额度 {reference}", chat=town.desk)
    await wang.press("暂停提款", chat=town.desk)
    await wang.expect("已暂停提款", chat=town.desk)
    await town.settled()
    await line.person.expect("are stopped for the time being")
    await line.person.say("/draw")
    await line.person.expect("Draws are stopped for the time being")
    await line.person.say("/loans")
    card = await line.person.expect("Draws are stopped")
    assert "Draw" not in await line.person.buttons()
    assert "Available" in card["text"]
    await wang.press("恢复提款", chat=town.desk)
    await town.settled()
    await line.person.expect("You can draw on line")
    await ask_for(town, line.person, "500")


async def test_nothing_is_drawn_in_arrears_and_again_once_they_are_paid(town: Town) -> None:
    line = await line_holder(town)
    await town.pass_time(days=33)
    await line.person.say("/draw")
    refused = await line.person.expect("Once it is paid you can draw again")
    assert "¥46.50 is overdue" in refused["text"]
    await repay_in_chat(town, line.person, "100")
    await line.person.say("/draw")
    await line.person.expect("1 / 2 · Draw")


async def test_a_limit_that_is_used_up_says_so(town: Town) -> None:
    line, wang = await line_holder(town), await town.officer()
    await line.person.say("/draw")
    await line.person.press("All: ¥15,000.00")
    await line.person.say(await code_of(line.person))
    await line.person.expect("is asked for")
    await town.settled()
    await pay_out(town, wang, "ALL")
    await line.person.say("draw money")
    await line.person.expect("What you repay can be drawn again")


async def test_a_line_paid_back_stays_open_until_its_borrower_ends_it(town: Town) -> None:
    line = await line_holder(town)
    await line.person.say("/repay")
    await line.person.press("All of it: ")
    preview = await line.person.expect("It settles:")
    assert "is then settled" not in preview["text"]
    await line.person.press("Pay in this chat")
    await line.person.expect("Press the pay button")
    await line.person.pay()
    await line.person.expect("Available again: ¥20,000.00")
    await line.person.say("/loans")
    await line.person.expect("You owe nothing")
    await line.person.press("End this line")
    await line.person.expect("Nothing can be drawn any more then")
    await line.person.press("Yes, end it")
    await line.person.expect_media("document")
    assert (await town.services.loans.get(line.borrower_id, line.loan_id)).certificate_available
    await line.person.say("/draw")
    await line.person.expect("You have no credit line")


async def test_a_draw_goes_on_after_a_new_process_and_a_code_too_old_brings_a_fresh_one(town: Town) -> None:
    line = await line_holder(town)
    await line.person.say("/draw")
    await line.person.press("¥2,000.00")
    old = await code_of(line.person)
    await town.restart()
    await town.pass_time(minutes=11)
    await line.person.say(old)
    await line.person.expect("That code is too old")
    await line.person.say(await code_of(line.person))
    await line.person.expect("is asked for")


async def test_a_draw_left_for_too_long_begins_afresh(town: Town) -> None:
    line = await line_holder(town)
    await line.person.say("/draw")
    await line.person.press("¥2,000.00")
    await code_of(line.person)
    await town.pass_time(minutes=31)
    await line.person.say("I agree to sign")
    await line.person.expect("Please begin again")
    await line.person.expect("1 / 2 · Draw")


async def test_the_line_in_chinese_reads_from_card_to_draw(town: Town) -> None:
    line = await line_holder(town, "zh_Hans")
    await line.person.say("/loans")
    card = await line.person.expect("可用额度：¥15,000.00")
    assert "日利率 0.03%" in card["text"]
    await line.person.press("提款")
    await line.person.say("三千")
    shown = await line.person.expect("每天利息约 ¥0.90")
    found = re.search(r"验证码：(\d{6})", shown["text"])
    assert found
    await line.person.say(found[1])
    await line.person.expect("已提交提款 ¥3,000.00")


async def test_whoever_has_no_line_is_told_so(town: Town) -> None:
    person = await town.borrower("en")
    await person.say("/draw")
    await person.expect("You have no credit line")


async def test_the_whole_limit_can_be_asked_for_at_once_by_a_button(town: Town) -> None:
    person = await town.borrower("en")
    await person.say("/apply")
    await person.press("Credit line")
    await person.say("10k")
    await person.press("6 months")
    await person.expect("· Needed at once")
    await person.press("All of it: ¥10,000.00")
    await person.expect("· Purpose")
    application = await town.services.applications.current(await town.borrower_id(person))
    assert application is not None
    assert application.first_draw == cny("10000")


async def test_the_calculator_says_what_a_line_costs_a_day(town: Town) -> None:
    person = await town.borrower("en")
    await person.say("/calculator")
    await person.press("Credit line")
    await person.say("10000")
    await person.press("12 months")
    shown = await person.expect("Limit: ¥10,000.00")
    assert "All of it drawn: ¥3.00 a day" in shown["text"]
    await person.press("Apply with this")
    await person.expect("· Needed at once")


async def test_further_disbursements_that_are_agreed_stand_on_the_card_before_they_happen(town: Town) -> None:
    """A loan drawn in parts on agreed dates (零贷零还)."""
    owing = await debtor(town)
    agreed = [{"on": "2026-04-10", "amount": "1500"}, {"on": "2026-06-10", "amount": "500"}]
    async with town.process.database.transaction() as session:
        loan = await session.get_one(LoanRow, owing.loan_id)
        loan.terms = {**loan.terms, "tranches": agreed}
    await owing.person.say("/loans")
    card = await owing.person.expect("To be paid out on Fri 10 Apr: ¥1,500.00")
    assert "To be paid out on Wed 10 Jun: ¥500.00" in card["text"]
    await town.pass_time(days=45)
    await owing.person.say("/loans")
    card = await owing.person.expect("Wed 10 Jun: ¥500.00")
    assert "10 Apr" not in card["text"]
    # The terms were changed behind the books' back, and the nightly check says so.
    assert all("the books do not agree" in line for line in town.errors)
    town.errors.clear()
