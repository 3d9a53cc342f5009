"""More time for a loan, from the button to the new plan, on the borrower's phone and at the desk."""

from datetime import date

from sqlalchemy import select

from sandbox import Person
from services.desk.handoff_states import HandoffKind
from services.extensions.extension_states import ExtensionStatus
from services.extensions.extension_views import Extension, ExtensionReason
from services.lending.loan_views import RowStatus
from services.models import HandoffRow
from services.repayment.payment_views import Aim
from tests.conversations.debtors import Debtor, cny, debtor, pay
from tests.conversations.test_offer import written
from tests.conversations.town import Town


async def asked(town: Town, owing: Debtor, installments: int = 3) -> Extension:
    """A request that waits at the desk."""
    extension = await town.services.extensions.ask(
        owing.borrower_id, owing.loan_id, installments, ExtensionReason.INCOME_FELL
    )
    await town.settled()
    return extension


async def granted(town: Town, owing: Debtor, installments: int = 3) -> Extension:
    """A request that was approved as asked."""
    extension = await asked(town, owing, installments)
    approved = await town.services.extension_decisions.approve(town.stage.officer, extension.id)
    await town.settled()
    return approved


async def press_at_desk(town: Town, label: str) -> None:
    """The officer presses that button of the newest message at the desk that has it."""
    officer = await town.officer()
    await officer.press(label, chat=town.desk)
    await town.settled()


async def to_the_request(town: Town, owing: Debtor) -> Person:
    """From the loan's card to a request for three months more."""
    person = owing.person
    await person.say("/loans")
    await person.press("Extend the loan")
    await person.expect("1 / 3 · Extend loan")
    await person.press("3 months more")
    await person.expect("2 / 3 · 3 months more")
    await person.press("Ask for this")
    await person.expect("3 / 3 · Why")
    await person.press("Illness in the family")
    await person.expect("You asked for 3 months more")
    await town.settled()
    return person


async def test_from_the_loan_card_to_the_new_plan(town: Town) -> None:
    officer, owing = await town.officer(), await debtor(town)
    person = await to_the_request(town, owing)
    card = (await officer.expect("申请延长", chat=town.desk))["text"]
    for fact in ("本人或家人生病", "这笔贷款首次展期", "9月2日 周三 → 12月2日 周三", "剩余期数：6 → 9"):
        assert fact in card
    await press_at_desk(town, "接手")
    await press_at_desk(town, "批准")
    await officer.expect("您将批准延长", chat=town.desk)
    await press_at_desk(town, "确认批准")
    await officer.expect("已批准延长3个月", chat=town.desk)
    await person.expect("can be extended: 3 months more")
    await person.press("Read and sign")
    await person.expect("Granted: 3 months more")
    await person.press("Sign the extension")
    code = (await person.expect("type this code"))["text"].split("type this code: ")[1][:6]
    await person.say(code)
    done = (await person.expect("Signed. Loan"))["text"]
    paper = await person.expect_media("document")
    assert b"%PDF" in (await person.download(paper))[:8]
    loan = await owing.now(town)
    assert len(loan.rows) == 9
    assert loan.rows[-1].due_on == date(2026, 12, 2)
    assert written(loan.rows[0].total) in done
    await person.press("Repayment plan")
    await person.expect(f"Next: {written(loan.rows[0].total)}")
    await person.press("Contract")
    await person.expect("Contract C")
    await person.expect("Extension agreement E")


async def test_the_two_plans_stand_side_by_side_and_the_cost_adds_up(town: Town) -> None:
    owing = await debtor(town)
    await owing.person.say("/loans")
    await owing.person.press("Extend the loan")
    options = (await owing.person.expect("1 / 3 · Extend loan"))["text"]
    offered = await town.services.extensions.options(owing.borrower_id, owing.loan_id)
    for choice in offered.choices:
        assert written(choice.extra) in options
    await owing.person.say("2 months")
    text = (await owing.person.expect("2 / 3 · 2 months more"))["text"]
    two = offered.choices[1]
    assert "Installments: 6 → 8" in text
    assert f"{written(two.before.total)} → {written(two.after.total)}" in text
    assert f"costs {written(two.after.total - two.before.total)} more" in text


async def test_the_whole_way_in_chinese_with_another_length_and_a_reason_in_words(town: Town) -> None:
    officer, owing = await town.officer(), await debtor(town, "zh_Hans")
    person = owing.person
    await person.say("申请展期")
    await person.expect("1 / 3 · 贷款")
    await person.say("延长3个月")
    await person.expect("2 / 3 · 贷款")
    await person.say("就要这个")
    await person.expect("3 / 3 · 请问")
    await person.say("店铺装修，少开了两周门")
    await person.expect("延长3个月")
    await town.settled()
    card = (await officer.expect("申请延长", chat=town.desk))["text"]
    assert "店铺装修，少开了两周门" in card
    await press_at_desk(town, "接手")
    await press_at_desk(town, "批准")
    await press_at_desk(town, "改为延长1个月")
    await officer.expect("您将批准延长1个月", chat=town.desk)
    await press_at_desk(town, "确认批准")
    await person.expect("您申请的是延长3个月")
    await town.restart()
    await person.press("查看并签署")
    await person.expect("已批准：贷款")
    await person.press("新计划明细")
    await person.expect("的新还款计划")
    await person.press("签署展期")
    await person.expect("签署请输入验证码")
    await person.say("我同意签署")
    await person.expect("已签署，贷款")
    assert len((await owing.now(town)).rows) == 7
    assert await officer.expect("结果：已签署", chat=town.desk)


async def test_interest_alone_for_two_months_is_asked_for_granted_and_signed(town: Town) -> None:
    officer, owing = await town.officer(), await debtor(town)
    person = owing.person
    await person.say("/loans")
    await person.press("Extend the loan")
    await person.expect("2 months of interest only: next ¥45.00")
    await person.press("2 months of interest only")
    text = (await person.expect("2 / 3 · 2 months of interest only"))["text"]
    assert "Next: ¥859.78 → ¥45.00" in text
    assert "Highest: ¥859.78 → ¥859.78" in text
    assert "It costs ¥90.00 more" in text
    await person.press("Ask for this")
    await person.press("My income fell")
    await person.expect("You asked for 2 months of interest only")
    await officer.expect("申请2个月只还利息", chat=town.desk)
    await press_at_desk(town, "接手")
    await press_at_desk(town, "批准")
    await press_at_desk(town, "确认批准")
    await person.expect("can be extended: 2 months of interest only")
    await person.press("Read and sign")
    await person.press("Sign the extension")
    await person.say("I agree to sign")
    await person.expect("Signed. Loan")
    loan = await owing.now(town)
    assert [row.total for row in loan.rows[:3]] == [cny("45"), cny("45"), cny("859.78")]


async def test_reminders_follow_the_new_plan(town: Town) -> None:
    owing = await debtor(town, term="3")
    extension = await granted(town, owing, 2)
    await sign(town, owing, extension)
    for _ in range(3):
        await town.to_due_date()
        await pay(town, owing, Aim.DUE)
    loan = await owing.now(town)
    assert [row.status for row in loan.rows].count(RowStatus.PAID) == 3
    await town.to_due_date()
    due = loan.rows[3]
    await owing.person.expect(f"{written(due.total)}")
    assert town.clock.now().date() == due.due_on


async def sign(town: Town, owing: Debtor, extension: Extension) -> None:
    agreements = town.services.extension_agreements
    await agreements.send_code(owing.borrower_id, extension.id)
    await agreements.sign(owing.borrower_id, extension.id, "我同意签署", owing.person.id)
    await town.settled()


async def test_whoever_cannot_pay_is_offered_more_time(town: Town) -> None:
    owing = await debtor(town)
    await owing.person.say("/human")
    await owing.person.press("I can't pay")
    await owing.person.expect("you can also ask for more time")
    await owing.person.press("Extend the loan")
    await owing.person.expect("1 / 3 · Extend loan")
    await owing.person.press("Back")
    await owing.person.expect("What would you like to do")


async def test_an_overdue_notice_leads_to_what_must_be_paid_first(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=32)
    await owing.person.expect("hasn't reached us yet")
    await owing.person.press("Extend the loan")
    refusal = (await owing.person.expect("must be paid"))["text"]
    due = (await owing.now(town)).due_now
    assert written(due.interest + due.penalty) in refusal
    await owing.person.press("Repay")
    await owing.person.expect("How much")


async def test_a_loan_that_is_extended_only_towards_its_end_says_from_when(town: Town) -> None:
    owing = await debtor(town, product="business", amount="6000")
    await owing.person.say("/loans")
    await owing.person.expect("What you still owe")
    await owing.person.press("Extend the loan")
    await owing.person.expect("too early to extend this loan. You can ask from Sat 4 Jul on")


async def test_a_loan_extended_as_often_as_it_may_be_has_no_button(town: Town) -> None:
    owing = await debtor(town)
    for _ in range(2):
        await sign(town, owing, await granted(town, owing, 1))
    await owing.person.say("/loans")
    await owing.person.expect("What you still owe")
    assert "Extend the loan" not in await owing.person.buttons()
    await owing.person.say("extend my loan")
    await owing.person.expect("None of your loans can be extended")


async def test_a_request_waits_where_it_was_and_can_be_taken_back(town: Town) -> None:
    officer, owing = await town.officer(), await debtor(town)
    person = await to_the_request(town, owing)
    await person.say("/loans")
    await person.press("Extend the loan")
    await person.expect("An officer decides by")
    await person.press("Take it back")
    await person.expect("Take back the request for 3 months more?")
    await person.press("No, keep it")
    await person.expect("An officer decides by")
    await person.press("Take it back")
    await person.press("Yes, take it back")
    await person.expect("Taken back")
    await town.settled()
    await officer.expect("结果：已撤回", chat=town.desk)
    await person.say("/loans")
    await person.press("Extend the loan")
    await person.expect("1 / 3 · Extend loan")


async def test_a_refusal_reaches_the_borrower_with_its_reason(town: Town) -> None:
    officer, owing = await town.officer(), await debtor(town)
    await asked(town, owing)
    await officer.expect("申请延长", chat=town.desk)
    await press_at_desk(town, "接手")
    await press_at_desk(town, "拒绝")
    await press_at_desk(town, "申请原因未能核实")
    await press_at_desk(town, "确定拒绝")
    await owing.person.expect("The reason could not be confirmed")
    assert "Talk to a person" in await owing.person.buttons()
    assert len((await owing.now(town)).rows) == 6


async def test_a_wrong_code_is_counted_and_the_right_one_still_signs(town: Town) -> None:
    owing = await debtor(town)
    await granted(town, owing)
    await owing.person.press("Read and sign")
    await owing.person.press("Sign the extension")
    code = (await owing.person.expect("type this code"))["text"].split("type this code: ")[1][:6]
    await owing.person.say(f"{(int(code) + 1) % 10**6:06d}")
    await owing.person.expect("4")
    await owing.person.say(code)
    await owing.person.expect("Signed. Loan")


async def test_a_payment_between_reading_and_signing_brings_the_new_figures(town: Town) -> None:
    owing = await debtor(town)
    await granted(town, owing)
    await owing.person.press("Read and sign")
    await owing.person.press("Sign the extension")
    await owing.person.expect("type this code")
    await pay(town, owing, Aim.OTHER, cny("700"))
    await owing.person.say("I agree to sign")
    await owing.person.expect("worked out again")
    await owing.person.expect("type this code")
    await owing.person.say("I agree to sign")
    await owing.person.expect("Signed. Loan")


async def test_what_is_not_signed_in_time_ends_and_the_borrower_is_told(town: Town) -> None:
    owing = await debtor(town)
    extension = await granted(town, owing)
    await town.pass_time(days=7)
    await owing.person.expect("was not signed in time")
    ended = await town.services.extensions.get(owing.borrower_id, extension.id)
    assert ended.status is ExtensionStatus.EXPIRED
    assert len((await owing.now(town)).rows) == 6


async def test_the_same_press_twice_decides_once(town: Town) -> None:
    officer, owing = await town.officer(), await debtor(town)
    await asked(town, owing, 2)
    await officer.expect("申请延长", chat=town.desk)
    await press_at_desk(town, "接手")
    await press_at_desk(town, "批准")
    panel = await officer.expect("您将批准延长", chat=town.desk)
    await press_at_desk(town, "确认批准")
    pressed = f"desk:extend_grant:{await handoff_id(town)}:longer:2"
    again = await officer.press_data(panel["id"], pressed, chat=town.desk)
    assert "已办结" in (again["text"] or "")


async def handoff_id(town: Town) -> int:
    """The extension's matter at the desk."""
    async with town.process.database.reading() as session:
        query = select(HandoffRow.id).where(HandoffRow.kind == HandoffKind.EXTENSION)
        return (await session.scalars(query)).one()
