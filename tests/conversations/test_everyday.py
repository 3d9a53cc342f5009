"""Menu, help, settings, questions to a person, products and the calculator."""

import json

import pytest

from tests.conversations.town import Town


async def test_the_calculator_shows_price_and_schedule_before_any_question(town: Town) -> None:
    lin = await town.borrower()
    await lin.press("贷款试算")
    await lin.expect("哪种贷款")
    await lin.press("个人消费贷")
    await lin.expect("借多少")
    await lin.say("五千")
    await lin.expect("借多久")
    await lin.say("半年")
    await lin.expect("怎么还")
    await lin.press("等额本息")
    result = await lin.expect("年化综合成本")
    assert "11.35%" in result["text"]
    assert "859.78" in result["text"]


async def test_figures_outside_the_limits_are_refused_with_what_would_be_right(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Calculator")
    await tom.press("Personal loan")
    await tom.say("900000")
    await tom.expect("¥200,000")
    await tom.say("lots of money")
    await tom.expect("¥1,000")
    await tom.say("5k")
    await tom.say("7 months")
    await tom.expect("3, 6, 12")
    await tom.say("6")
    await tom.expect("How would you repay")


async def test_the_calculator_survives_restarts(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Calculator")
    await town.restart()
    await tom.press("Personal loan")
    await town.restart()
    await tom.say("5,000")
    await town.restart()
    await tom.press("6 months")
    await town.restart()
    await tom.press("Equal principal")
    await tom.expect("Interest and fees")


async def test_a_product_card_names_every_condition(town: Town) -> None:
    lin = await town.borrower()
    await lin.say("/products")
    await lin.press("个人消费贷")
    card = await lin.expect("年利率")
    for condition in ("10.8%", "3、6、12", "等额本息", "16.2%", "身份证", "不收违约金"):
        assert condition in card["text"], condition


async def test_a_line_is_arranged_with_an_officer(town_with_arranged_line: Town) -> None:
    tom = await town_with_arranged_line.borrower("en")
    await tom.say("/products")
    await tom.press("Credit line")
    await tom.press("Ask an officer")
    await tom.expect("arranged with an officer")
    await tom.say("For stock before the new year, about 20000")
    await tom.expect("will write to you here")


async def test_a_question_gets_a_number(town: Town) -> None:
    lin = await town.borrower()
    await lin.say("人工")
    await lin.press("咨询问题")
    await lin.say("可以提前还款吗？")
    await lin.expect("编号")


@pytest.mark.parametrize(
    ("language", "words", "asked"),
    [
        ("zh_Hans", "我没钱还", "谢谢您告诉我们"),
        ("zh_Hans", "还不上了怎么办？", "谢谢您告诉我们"),
        ("zh_Hans", "我要投诉", "投诉内容"),
        ("en", "I can't pay", "Thank you for telling us"),
        ("en", "I want to complain.", "write your complaint"),
    ],
)
async def test_words_of_distress_find_a_person_from_wherever_they_are_typed(
    town: Town, language: str, words: str, asked: str
) -> None:
    lin = await town.borrower(language)
    await lin.say("/settings")
    await lin.say(words)
    await lin.expect(asked)
    await lin.say("x")
    await lin.expect("编号" if language == "zh_Hans" else "number")


async def test_words_of_distress_that_answer_a_question_stay_its_answer(town: Town) -> None:
    lin = await town.borrower()
    await lin.say("人工")
    await lin.press("咨询问题")
    await lin.say("我没钱还")
    await lin.expect("编号")


async def test_the_language_changes_at_once(town: Town) -> None:
    lin = await town.borrower()
    await lin.press("设置")
    await lin.press("语言")
    await lin.press("English")
    await lin.expect("From now on I'll write in English")
    await lin.say("/menu")
    await lin.expect("What would you like to do")


async def test_reminders_come_at_the_chosen_hour(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Settings")
    await tom.press("Reminder time")
    await tom.say("25")
    await tom.expect("8:00")
    await tom.say("8 pm")
    await tom.expect("20:00")
    assert (await town.services.borrowers.meet(tom.id)).reminder_hour == 20


async def test_a_copy_of_ones_data_comes_as_a_file(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Settings")
    await tom.press("Copy of my data")
    message = await tom.expect_media("document")
    data = json.loads(await tom.download(message))
    assert data["person"]["language"] == "en"
    assert data["person"]["phone"].startswith("+86139")


async def test_deletion_is_asked_for_and_confirmed_by_a_person(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Settings")
    await tom.press("Delete my data")
    await tom.press("Yes, ask for it")
    await tom.expect("request has number")


async def test_whatever_does_not_fit_gets_a_kind_word_and_the_question_again(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Calculator")
    await tom.press("Personal loan")
    await tom.send_sticker()
    await tom.expect("can't use that here")
    await tom.expect("How much?")


async def test_help_keeps_the_step(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Calculator")
    await tom.press("Personal loan")
    await tom.say("/help")
    await tom.expect("What I can do for you")
    await tom.say("5000")
    await tom.expect("For how long")


async def test_back_leads_to_the_question_before(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Calculator")
    await tom.press("Personal loan")
    await tom.say("5000")
    await tom.say("back")
    await tom.expect("How much?")


async def test_an_old_button_says_so_and_shows_the_current_card(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.press("Calculator")
    message = await tom.expect("Which loan")
    await tom.say("/settings")
    await tom.expect("Reminders at")
    answer = await tom.press_data(message["id"], "apply:term:6")
    assert "earlier message" in (answer["text"] or "")
