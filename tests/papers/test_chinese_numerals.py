from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.papers.chinese_numerals import amount_in_words, ordinal
from services.money import Money


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "人民币壹拾万柒仟元伍角叁分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("5000", "人民币伍仟元整"),
        ("10", "人民币壹拾元整"),
        ("10010", "人民币壹万零壹拾元整"),
        ("100000001", "人民币壹亿零壹元整"),
        ("1000010000", "人民币壹拾亿零壹万元整"),
        ("0", "人民币零元整"),
        ("0.50", "人民币伍角整"),
        ("0.05", "人民币伍分"),
        ("-12.30", "人民币负壹拾贰元叁角整"),
    ],
)
def test_an_amount_is_written_as_the_central_bank_asks(amount: str, words: str) -> None:
    assert amount_in_words(Money.of(amount, "CNY")) == words


def test_other_currencies_are_not_written_in_yuan() -> None:
    assert amount_in_words(Money.of("5000", "KES")) is None


def read_back(words: str) -> int:
    """Fen that the characters stand for, by a reader that knows nothing of the writer."""
    digits = {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
    small = {"拾": 10, "佰": 100, "仟": 1000}
    yuan, _, rest = words.rpartition("元") if "元" in words else ("", "", words)
    total = section = digit = 0
    for character in yuan:
        if character in digits:
            digit = digits[character]
        elif character in small:
            section, digit = section + digit * small[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    fen = (total + section + digit) * 100
    for before, unit in pairwise(rest):
        fen += digits.get(before, 0) * {"角": 10, "分": 1}.get(unit, 0)
    return fen


@given(st.integers(min_value=0, max_value=10**14 - 1))
def test_the_words_say_the_amount_to_the_fen(fen: int) -> None:
    words = amount_in_words(Money.from_minor(fen, "CNY"))
    assert words is not None
    assert read_back(words.removeprefix("人民币")) == fen


@given(st.integers(min_value=0, max_value=10**14 - 1))
def test_a_gap_is_one_zero_and_whole_amounts_end_in_zheng(fen: int) -> None:
    words = amount_in_words(Money.from_minor(fen, "CNY"))
    assert words is not None
    assert "零零" not in words
    assert words.endswith("整") == (fen % 10 == 0)


@pytest.mark.parametrize(
    ("number", "written"), [(1, "一"), (9, "九"), (10, "十"), (12, "十二"), (16, "十六"), (20, "二十"), (99, "九十九")]
)
def test_clauses_count_in_plain_characters(number: int, written: str) -> None:
    assert ordinal(number) == written
