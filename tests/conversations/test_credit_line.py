"""A credit line, from the application to the last draw: applied for, granted, signed, drawn, repaid, drawn again."""

import re

from services.models import LoanRow
from tests.conversations.debtors import debtor, line_holder
from tests.conversations.desk_matters import LI
from tests.conversations.drawing import ask_for, cny, code_of, pay_out, repay_in_chat, take
from tests.conversations.town import Town


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
    await pay_out(town, wang, "ALL-0001")
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
