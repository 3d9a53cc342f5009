import re

import pytest

from bot import keyboards
from bot.keyboards import OldButton, button, data, keyboard, labels, parse, pattern, rows
from bot.wording.i18n import Catalogues


def test_data_is_read_as_it_was_written() -> None:
    press = parse(data("apply", "term", 12, "months"))
    assert (press.dialogue, press.action, press.number(0), press.text(1)) == ("apply", "term", 12, "months")


@pytest.mark.parametrize("forged", [None, "", "apply", ":", "apply:", ":term", "nav"])
def test_data_that_is_none_of_ours_is_an_old_button(forged: str | None) -> None:
    with pytest.raises(OldButton):
        parse(forged)


@pytest.mark.parametrize("argument", ["", "x1", "1.5", "１２", "9" * 30, "--1", "1 "])
def test_an_argument_that_is_no_number_is_an_old_button(argument: str) -> None:
    with pytest.raises(OldButton):
        parse(f"loan:show:{argument}").number()


def test_a_missing_argument_is_an_old_button() -> None:
    with pytest.raises(OldButton):
        parse("loan:show").number()


def test_an_argument_must_be_one_of_the_choices() -> None:
    assert parse("apply:method:flat").one_of(("flat", "bullet")) == "flat"
    with pytest.raises(OldButton):
        parse("apply:method:fla").one_of(("flat", "bullet"))


@pytest.mark.parametrize("parts", [("apply", "term", "a:b"), ("apply", "x" * 64), ("apply", "term", "期" * 20)])
def test_data_that_telegram_would_refuse_is_refused_when_built(parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="callback data"):
        data(*parts)


def test_a_pattern_matches_its_action_with_any_arguments_and_no_other_action() -> None:
    term = pattern("apply:term")
    assert all(term.match(text) for text in ("apply:term", "apply:term:6"))
    assert not any(term.match(text) for text in ("apply:terms", "xapply:term", "apply:ter"))


def test_two_buttons_stand_beside_one_another_and_a_long_one_alone() -> None:
    made = [button(label, "a:b") for label in ("one", "two", "a label of more than twenty", "four", "five", "six")]
    assert [[each.text for each in line] for line in rows(made)] == [
        ["one", "two"],
        ["a label of more than twenty"],
        ["four", "five"],
        ["six"],
    ]


def test_wide_letters_count_twice() -> None:
    made = [button("十一个汉字的按钮很宽呢", "a:b"), button("短", "a:b")]
    assert [len(line) for line in rows(made)] == [1, 1]


def test_each_group_begins_a_row(catalogues: Catalogues) -> None:
    t = catalogues.translator("zh_Hans")
    made = keyboard([button("甲", "a:b")], [keyboards.back(t), keyboards.cancel(t)], keyboards.human(t))
    assert [len(line) for line in made.inline_keyboard] == [1, 2, 1]
    assert labels(made) == ("甲", "返回", "取消", "转人工") or list(labels(made)) == ["甲", "返回", "取消", "转人工"]


def test_standard_buttons_carry_navigation_data(catalogues: Catalogues) -> None:
    t = catalogues.translator("en")
    made = [keyboards.back(t), keyboards.cancel(t), keyboards.human(t), keyboards.menu(t), keyboards.help_(t)]
    assert all(re.fullmatch(r"nav:\w+", str(each.callback_data)) for each in made)
