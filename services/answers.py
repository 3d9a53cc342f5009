"""Reading what people type: amounts and lengths of time in Chinese, English and any script's digits. Pure functions."""

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import Final

LONGEST: Final = 40
"""Characters; nothing longer is an amount or a term."""

_CHINESE_DIGITS: Final = {
    **{letter: value for value, letter in enumerate("零一二三四五六七八九")},
    **{letter: value for value, letter in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2, "兩": 2, "贰": 2, "貳": 2, "叄": 3, "陸": 6,
}  # fmt: skip
_CHINESE_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_CHINESE_NUMERAL: Final = re.compile(rf"[{''.join(_CHINESE_DIGITS)}{''.join(_CHINESE_UNITS)}万萬亿億]+")
_SCALES: Final = {
    "k": 1000, "thousand": 1000, "千": 1000, "仟": 1000, "万": 10_000, "萬": 10_000, "w": 10_000,
    "m": 1_000_000, "million": 1_000_000, "百": 100, "hundred": 100, "": 1,
}  # fmt: skip
_CURRENCY: Final = re.compile(r"人民币|人民幣|元整|元|块钱|块|圆|圓|整|yuan|rmb|cny|usd|eur|[¥¥$€£₹]", re.IGNORECASE)
_PLAIN: Final = re.compile(r"(\d{1,3}(?:[ ,'’]\d{3})+|\d+)(?:\.(\d+))?\s*([a-z千仟万萬百]*)", re.IGNORECASE)
_MIXED: Final = re.compile(r"(\d+)[万萬w](\d{1,4})([千百]?)", re.IGNORECASE)

_ENGLISH: Final = {
    word: value
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}  # fmt: skip
_ENGLISH["a"] = _ENGLISH["an"] = 1
_MONTH_UNITS: Final = re.compile(r"(个月|個月|月|months?|mo)")
_YEAR_UNITS: Final = re.compile(r"(年|years?|yr)")
_WEEK_UNITS: Final = re.compile(r"(周|週|星期|weeks?)")
_DAY_UNITS: Final = re.compile(r"(天|日|days?)")
_PERIOD_WORDS: Final = re.compile(r"(期|installments?|payments?|times)")


def folded(text: str) -> str:
    """`text` with full-width forms folded, any script's digits as 0-9, outer white space gone, lower case."""
    letters = (str(unicodedata.digit(c)) if c.isdigit() else c for c in unicodedata.normalize("NFKC", text))
    return "".join(letters).strip().casefold()


def read_amount(text: str) -> Decimal | None:
    """The amount in major units that `text` names, such as `5k`, `5千`, `五千` or `5,000.00`; None when it names
    none, or one below zero."""
    if len(text) > LONGEST:
        return None
    bare = _CURRENCY.sub("", folded(text)).strip()
    if mixed := _MIXED.fullmatch(bare):
        return _mixed(mixed)
    if plain := _PLAIN.fullmatch(bare):
        return _plain(plain)
    if _CHINESE_NUMERAL.fullmatch(bare):
        number = chinese_number(bare)
        return None if number is None else Decimal(number)
    return None


def _plain(found: re.Match[str]) -> Decimal | None:
    whole, fraction, scale = found.groups()
    if scale not in _SCALES:
        return None
    digits = re.sub(r"\D", "", whole)
    return (Decimal(f"{digits}.{fraction or 0}") * _SCALES[scale]).normalize() + 0


def _mixed(found: re.Match[str]) -> Decimal:
    """`1万5` is 15,000 and `1万5千` too: a lone digit after 万 counts thousands, as people say it."""
    ten_thousands, rest, unit = found.groups()
    factor = {"千": 1000, "百": 100}.get(
        unit, 10 ** (4 - len(rest)) if len(rest) < 4 and not rest.startswith("0") else 1
    )
    return Decimal(int(ten_thousands) * 10_000 + int(rest) * factor)


def chinese_number(text: str) -> int | None:
    """The whole number that Chinese numerals name, or None. 一万五 is 15,000 and 三千二 3,200, as people say them."""
    if not text or len(text) > LONGEST:
        return None
    if all(letter in _CHINESE_DIGITS for letter in text):
        return int("".join(str(_CHINESE_DIGITS[letter]) for letter in text))
    total = section = 0
    digit: int | None = None
    last_unit = 0
    for letter in text:
        if letter in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[letter]
            last_unit = 0 if digit == 0 else last_unit
        elif letter in _CHINESE_UNITS:
            last_unit = _CHINESE_UNITS[letter]
            section += (1 if digit is None else digit) * last_unit
            digit = None
        else:
            scale = 10_000 if letter in "万萬" else 100_000_000
            total = (total + section + (digit or 0)) * scale
            section, digit, last_unit = 0, None, scale
    trailing = (digit or 0) * (last_unit // 10 if last_unit > 10 else 1)
    return total + section + trailing


def read_whole_number(text: str) -> int | None:
    """A bare whole number in digits, Chinese numerals or English words up to twelve; None when it is none."""
    bare = folded(text)
    if re.fullmatch(r"\d{1,6}", bare):
        return int(bare)
    if bare in _ENGLISH:
        return _ENGLISH[bare]
    if len(bare) <= LONGEST and _CHINESE_NUMERAL.fullmatch(bare):
        return chinese_number(bare)
    return None


def read_length(text: str, unit: str) -> int | None:
    """How many `unit` (`month`, `week`, `day`) the text names, such as `6个月`, `半年`, `half a year` or `6`.
    None when it cannot be read, or names no whole number of the unit."""
    if len(text) > LONGEST:
        return None
    bare = _PERIOD_WORDS.sub("", folded(text)).strip()
    half = Fraction(0)
    if any(word in bare for word in ("半", "half")):
        half, bare = Fraction(1, 2), re.sub(r"半|half|\ban? (?=year)|and|\ba\b", "", bare).strip()
    for pattern, months, weeks, days in (
        (_YEAR_UNITS, 12, None, None), (_MONTH_UNITS, 1, None, None),
        (_WEEK_UNITS, None, 1, 7), (_DAY_UNITS, None, None, 1),
    ):  # fmt: skip
        if pattern.search(bare):
            number_text = pattern.sub("", bare).strip()
            number = Fraction(0) if half and not number_text else _whole(number_text)
            factor = {"month": months, "week": weeks, "day": days}.get(unit)
            return None if number is None or factor is None else _if_whole((number + half) * factor)
    number = _whole(bare)
    return None if number is None or half else _if_whole(number)


def _whole(text: str) -> Fraction | None:
    number = read_whole_number(text)
    return None if number is None else Fraction(number)


def _if_whole(value: Fraction) -> int | None:
    return int(value) if value.denominator == 1 and value > 0 else None
