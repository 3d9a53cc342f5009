"""Applying, on the phone: questions, refusals, changes of mind, drafts."""

import pytest

from bot.keyboards import columns
from tests.conversations.applicants import (
    CARD_NUMBER,
    ENGLISH,
    ID_NUMBER,
    answer_until,
    at_review,
    with_submitted_application,
)
from tests.conversations.applying import begun, current
from tests.conversations.town import Town


async def test_a_chinese_borrower_gets_from_the_menu_to_the_papers_by_buttons_and_words(town: Town) -> None:
    person = await town.borrower()
    await person.press("申请贷款")
    await person.expect("您想申请哪种贷款")
    await person.press("个人消费贷")
    await person.expect("1 / 10 · 借款金额")
    await person.say("五千")
    await person.expect("2 / 10 · 借款期限")
    await person.say("半年")
    shown = await person.expect("3 / 10 · 还款方式")
    assert "等额本息" in shown["text"]
    assert "每期" in shown["text"]
    await person.press("等额本息")
    echoed = await person.expect("4 / 10 · 借款用途")
    assert "年化综合成本" in echoed["text"]
    await person.press("家庭日用")
    await person.expect("5 / 10 · 姓名")
    await person.say("李小明")
    await person.expect("6 / 10 · 身份证号")
    await person.say(ID_NUMBER)
    await person.expect("7 / 10 · 职业")
    await person.press("上班族")
    await person.expect("8 / 11 · 工作单位")
    await person.say("华联超市")
    await person.expect("9 / 11 · 月收入")
    await person.say("6千")
    await person.expect("10 / 11 · 住址")
    await person.say("上海市浦东新区张杨路500号")
    await person.expect("11 / 11 · 收款账户")
    await person.say(CARD_NUMBER)
    review = await person.expect("请核对：个人消费贷")
    for answer in (
        "¥5,000.00",
        "6个月",
        "等额本息",
        "家庭日用",
        "李小明",
        "上班族",
        "华联超市",
        "¥6,000.00",
        "张杨路500号",
    ):
        assert answer in review["text"]
    await person.press("核对无误")
    await person.expect("材料 0 / 2")


@pytest.mark.parametrize(
    ("step", "wrong", "sentence", "right"),
    [
        ("Amount", "900", "less than this product lends", "5000"),
        ("Amount", "a lot", "amount", "5000"),
        ("Term", "7 months", "3, 6, 12, and 24", "6"),
        ("Purpose", "bitcoin", "We may not lend for this", "Tuition"),
        ("ID number", "110101199003070010", "valid ID number", ID_NUMBER),
        ("Occupation", "pirate", "Please choose one of these", "employee"),
        ("Monthly income", "plenty", "what you earn in a month", "6k"),
        ("Address", "here", "whole address", "500 Zhangyang Road, Pudong, Shanghai"),
        ("Payout account", "6222 0202 0000 0000", "valid bank card number", CARD_NUMBER),
    ],
)
async def test_a_wrong_answer_is_explained_and_the_question_stays(
    town: Town, step: str, wrong: str, sentence: str, right: str
) -> None:
    person = await begun(town)
    headings = list(ENGLISH)
    if headings.index(step):
        await answer_until(person, headings[headings.index(step) - 1])
    await person.expect(f"· {step}")
    await person.say(wrong)
    await person.expect(sentence)
    await person.say(right)
    following = headings[headings.index(step) + 1 :]
    await person.expect(f"· {following[0]}" if following else "Please check")


async def test_numbers_that_are_private_leave_the_chat_and_come_back_masked_only(town: Town) -> None:
    person = await at_review(town)
    texts = [message["text"] for message in await person.messages()]
    assert not any(ID_NUMBER in text or CARD_NUMBER in text for text in texts)
    assert any(text.startswith("✅ ID number:") and ID_NUMBER[-4:] in text for text in texts)


async def test_a_private_number_is_deleted_even_when_it_is_wrong(town: Town) -> None:
    person = await begun(town)
    await answer_until(person, "Name")
    await person.expect("· ID number")
    wrong = ID_NUMBER[:-1] + ("1" if ID_NUMBER[-1] != "1" else "2")
    await person.say(wrong)
    await person.expect("valid ID number")
    assert all(wrong not in message["text"] for message in await person.messages())


async def test_a_draft_waits_over_a_restart_and_goes_on_at_the_same_question(town: Town) -> None:
    person = await begun(town)
    await answer_until(person, "Repayment")
    await person.expect("· Purpose")
    await town.restart()
    await town.pass_time(days=5)
    await person.say("/menu")
    await person.press("Finish application")
    found = await person.expect("You have an unfinished application: Personal loan")
    assert "¥5,000.00" in found["text"]
    assert "6 months" in found["text"]
    await person.press("Go on")
    await person.expect("· Purpose")
    await person.say("tuition")
    await person.expect("· Name")


async def test_an_answer_after_a_restart_is_taken_at_once(town: Town) -> None:
    person = await begun(town)
    for heading, text in list(ENGLISH.items())[:5]:
        await person.expect(f"· {heading}")
        await town.restart()
        await person.say(text)
    await person.expect("· ID number")


async def test_back_shows_the_question_before_with_its_answer_and_keeping_it_goes_on(town: Town) -> None:
    person = await begun(town)
    await answer_until(person, "Term")
    await person.expect("· Repayment")
    await person.press("Back")
    shown = await person.expect("· Term")
    assert "Your answer so far: 6 months" in shown["text"]
    await person.say("back")
    assert "Your answer so far: ¥5,000.00" in (await person.expect("· Amount"))["text"]
    await person.press("Keep it")
    await person.expect("· Repayment")


async def test_an_answer_changed_on_the_review_comes_back_to_the_review(town: Town) -> None:
    person = await at_review(town)
    await person.press("Change an answer")
    await person.press("Amount")
    await person.expect("· Amount")
    await person.say("8000")
    review = await person.expect("Please check")
    assert "Amount: ¥8,000.00" in review["text"]
    await person.say("occupation")
    await person.press("Farmer")
    assert "Employer" not in (await person.expect("Please check"))["text"]
    await person.say("change")
    await person.press("Purpose")
    await person.press("Back")
    await person.expect("Please check")


async def test_the_review_has_two_rows_and_its_changes_name_every_answer(town: Town) -> None:
    person = await at_review(town)
    assert await person.buttons() == ["All correct", "Change an answer", "Back", "Cancel"]
    await person.press("Change an answer")
    asked = await person.expect("Which answer would you like to change?")
    assert "Monthly income: ¥6,000.00" in asked["text"]
    headings = [*ENGLISH]
    assert (await person.buttons())[: len(headings)] == headings
    assert all(len(row) == 2 for row in (asked["inline_keyboard"] or [])[:5])
    await person.press("Back")
    await person.expect("Please check")
    await person.say("change something")
    await person.say("payout account")
    await person.expect("· Payout account")


async def test_a_purpose_that_needs_words_is_asked_for_them(town: Town) -> None:
    person = await at_review(town)
    await person.press("Change an answer")
    await person.press("Purpose")
    await person.press("Other")
    await person.expect("What exactly is it for?")
    await person.say("to trade bitcoin")
    await person.expect("We may not lend for this")
    await person.say("a bicycle")
    assert "Purpose in words: a bicycle" in (await person.expect("Please check"))["text"]


async def test_a_loan_beyond_the_income_is_explained_as_soon_as_that_shows_and_can_be_changed(town: Town) -> None:
    person = await begun(town)
    await answer_until(person, "Monthly income", **{"Monthly income": "1200"})
    explained = await person.expect("The installments would be too high")
    assert "¥600.00" in explained["text"]
    assert await person.buttons() == [
        "Another amount", "Another term", "Correct my income", "Talk to a person", "Cancel",
    ]  # fmt: skip
    await person.press("Another term")
    await person.expect("· Term")
    await person.press("24 months")
    await person.expect("· Address")


async def test_the_calculators_figures_are_the_first_answers(town: Town) -> None:
    person = await town.borrower("en")
    await person.say("/calculator")
    await person.press("Personal loan")
    await person.say("12k")
    await person.press("12 months")
    await person.press("Equal principal")
    await person.press("Apply")
    asked = await person.expect("4 / 10 · Purpose")
    assert "APR" in asked["text"]
    application = await current(town, person)
    assert (str(application.amount), application.term, application.method) == ("12000.00 CNY", 12, "equal_principal")


async def test_figures_that_do_not_fit_are_asked_again(town: Town) -> None:
    person = await town.borrower("en")
    card = await person.say("/menu")
    card = await person.expect("What would you like to do")
    await person.press_data(card["id"], "apply:with:personal:55:6:equal_installment")
    asked = await person.expect("· Amount")
    assert "don't fit" in asked["text"]


async def test_starting_over_takes_a_confirmation_and_the_other_product(town: Town) -> None:
    person = await begun(town)
    await answer_until(person, "Amount")
    await person.expect("· Term")
    card = await person.expect("· Term")
    await person.press_data(card["id"], "apply:product:farm")
    await person.expect("You have an unfinished application: Personal loan")
    await person.press("Start over")
    await person.expect("Start over?")
    assert (await current(town, person)).product.code == "personal"
    await person.press("Yes, start over")
    await person.expect("· Amount")
    assert (await current(town, person)).product.code == "farm"


async def test_a_product_chosen_by_mistake_is_simply_chosen_again(town: Town) -> None:
    person = await begun(town)
    await person.expect("· Amount")
    await person.press("Back")
    await person.expect("Which loan would you like?")
    await person.say("farm loan")
    await person.expect("1 / 9 · Amount")


async def test_the_next_application_offers_what_is_known(town: Town) -> None:
    person = await at_review(town)
    application = await current(town, person)
    await town.services.applications.withdraw(application.borrower_id, application.id)
    await person.say("/apply")
    await person.press("Personal loan")
    await answer_until(person, "Purpose")
    asked = await person.expect("· Occupation")
    assert "Last time you gave: Employee" in asked["text"]
    for heading in ("Employer", "Monthly income", "Address", "Payout account"):
        await person.press("Same as last time")
        await person.expect(f"· {heading}")
    await person.press("Same as last time")
    review = await person.expect("Please check")
    assert "Name: Li Ming" in review["text"]
    assert CARD_NUMBER not in review["text"]


async def test_a_product_that_an_officer_arranges_leads_to_the_officer(town_with_arranged_line: Town) -> None:
    person = await town_with_arranged_line.borrower("en")
    await person.say("/apply")
    await person.say("credit line")
    await person.expect("is arranged with an officer")
    await person.press("Ask an officer")
    await person.expect("Please write in one message")


async def test_only_one_application_at_a_time(town: Town) -> None:
    person = await with_submitted_application(town)
    await person.say("/apply")
    shown = await person.expect("You already have an application under way")
    assert "Review" in shown["text"]


async def test_a_press_on_a_review_whose_answers_are_confirmed_leads_to_the_papers(town: Town) -> None:
    person = await at_review(town)
    application = await current(town, person)
    await town.services.applications.confirm_answers(application.borrower_id, application.id)
    await person.press("All correct")
    await person.expect("The papers come next")
    await person.press("Go on")
    await person.expect("Papers 0 / 2")


async def test_every_button_fits_a_narrow_phone_two_beside_each_other(town: Town) -> None:
    person = await town.borrower()
    await person.say("/apply")
    await person.press("个人消费贷")
    answers = [
        "5000",
        "6",
        "等额本息",
        "家庭日用",
        "李小明",
        ID_NUMBER,
        "务农",
        "6000",
        "上海市浦东新区张杨路500号",
        CARD_NUMBER,
    ]
    for answer in answers:
        await person.say(answer)
        await town.settled()
    for message in await person.messages():
        for row in message["inline_keyboard"] or []:
            assert len(row) <= 2
            assert all(columns(button["text"]) <= 20 for button in row)
