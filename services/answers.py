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
    "两": 2, "兩": 2, "貳": 2, "叄": 3, "陸": 6,
}  # fmt: skip
_CHINESE_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_CHINESE_SCALES: Final = {"万": 10_000, "萬": 10_000, "亿": 10**8, "億": 10**8}
_DIGIT_LETTERS: Final = "".join(_CHINESE_DIGITS)
_LETTERS: Final = _DIGIT_LETTERS + "".join(_CHINESE_UNITS) + "".join(_CHINESE_SCALES)
_CHINESE_NUMERAL: Final = re.compile(rf"[{_LETTERS}]+")
_SPOKEN_NUMERAL: Final = re.compile(rf"[\d{_LETTERS}]+")
_SPOKEN_DECIMAL: Final = re.compile(rf"([{_DIGIT_LETTERS}十]+)点([{_DIGIT_LETTERS}]+)(.*)")
_SCALES: Final = {
    "k": 1000, "thousand": 1000, "千": 1000, "仟": 1000, "万": 10_000, "萬": 10_000, "w": 10_000,
    "m": 1_000_000, "million": 1_000_000, "百": 100, "hundred": 100, "": 1,
}  # fmt: skip
_CURRENCY: Final = re.compile(r"人民币|人民幣|元整|元|块钱|块|圆|圓|整|yuan|rmb|cny|usd|eur|[¥¥$€£₹]", re.IGNORECASE)
_ABOUT: Final = re.compile(r"^(?:大约|大概|约|about|around)|左右$")
_END_MARKS: Final = " .。!?~"
_PLAIN: Final = re.compile(r"(\d{1,3}(?:[ ,'’]\d{3})+|\d+)(?:\.(\d*))?\s*([a-z千仟万萬百]*)")

_ENGLISH: Final = {
    word: value
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}  # fmt: skip
_ENGLISH["a"] = _ENGLISH["an"] = 1

_TIMES: Final = {
    "years?|yrs?|年": "year",
    "quarters?|季度|季": "quarter",
    "months?|mos?|m|月": "month",
    "weeks?|周|週|星期": "week",
    "days?|天|日": "day",
}
_IN_MONTHS: Final = {"year": 12, "quarter": 3, "month": 1}
_IN_DAYS: Final = {"week": 7, "day": 1}
_PART: Final = re.compile(
    rf"(?P<number>\d{{1,6}}(?:\.\d+)?|[{_LETTERS}]+|{'|'.join(sorted(_ENGLISH, key=len, reverse=True))})?\s*"
    rf"[个個]?\s*(?P<half>半)?\s*[个個]?\s*(?P<unit>{'|'.join(_TIMES)})(?P<half_after>半)?"
)
_HALF: Final = re.compile(r"\s*\band a half\b\s*|\bhalf(?: an?)?\b\s*")
_BETWEEN: Final = re.compile(r"\s*(?:零|又|and\b|,)?\s*")
_PERIOD_WORDS: Final = re.compile(r"期|(?:monthly |weekly )?(?:installments?|payments?)|times")


def folded(text: str) -> str:
    """`text` with full-width forms folded, any script's digits as 0-9, outer white space gone, lower case."""
    letters = (str(unicodedata.digit(c)) if c.isdigit() else c for c in unicodedata.normalize("NFKC", text))
    return "".join(letters).strip().casefold()


def _bare(text: str) -> str:
    return folded(text).rstrip(_END_MARKS)


def read_amount(text: str) -> Decimal | None:
    """The amount in major units that `text` names, such as `5k`, `5千`, `五千` or `5,000.00`; None when it names
    none, or one below zero."""
    if not _short_and_plain(text):
        return None
    bare = _ABOUT.sub("", _CURRENCY.sub("", _bare(text)).strip()).strip()
    first, _, rest = bare.partition(" ")
    if first in _ENGLISH and rest:
        bare = f"{_ENGLISH[first]} {rest}"
    if spoken := _SPOKEN_DECIMAL.fullmatch(bare):
        bare = _with_digits(spoken)
    if (plain := _PLAIN.fullmatch(bare)) and plain[3] in _SCALES:
        return _plain(plain)
    numeral = re.sub(r"(?<!\d)\s|\s(?!\d)", "", bare).replace("w", "万")
    if _SPOKEN_NUMERAL.fullmatch(numeral):
        number = chinese_number(numeral)
        return None if number is None else Decimal(number)
    return None


def _short_and_plain(text: str) -> bool:
    """Folding would make 52 of 5², so letters that only look like digits are no answer."""
    return len(text) <= LONGEST and not any(unicodedata.category(letter) == "No" for letter in text)


def _plain(found: re.Match[str]) -> Decimal:
    whole, fraction, scale = found.groups()
    digits = re.sub(r"\D", "", whole)
    return (Decimal(f"{digits}.{fraction or 0}") * _SCALES[scale]).normalize() + 0


def _with_digits(spoken: re.Match[str]) -> str:
    """一点五万 as 1.5万."""
    whole, fraction, rest = spoken.groups()
    return f"{chinese_number(whole)}.{chinese_number(fraction):0{len(fraction)}}{rest}"


def chinese_number(text: str) -> int | None:
    """The whole number that Chinese numerals name, also with digits between them as in 3千2; None when they name
    none. 一万五 is 15,000 and 三千二 3,200, as people say them."""
    if not text or len(text) > LONGEST or not _SPOKEN_NUMERAL.fullmatch(text):
        return None
    if all(letter in _CHINESE_DIGITS for letter in text):
        return int("".join(str(_CHINESE_DIGITS[letter]) for letter in text))
    tokens = re.findall(r"\d+|\D", text)
    total, scale_before = 0, 10**12
    while (end := next((at for at, token in enumerate(tokens) if token in _CHINESE_SCALES), None)) is not None:
        scale, section = _CHINESE_SCALES[tokens[end]], _section(tokens[:end])
        if scale >= scale_before or not section:
            return None
        total, scale_before, tokens = total + section * scale, scale, tokens[end + 1 :]
    rest = _section(tokens, 0 if scale_before > 10**8 else scale_before)
    return None if rest is None or rest >= scale_before else total + rest


def _section(tokens: list[str], unit_before: int = 0) -> int | None:
    """The value of what stands between two scales; None when it is no number. `unit_before` is the scale in front: a
    last lone digit counts tenths of the unit before it, unless a zero says otherwise."""
    value, lowest, unit = 0, 10_000, unit_before
    digits, zero = "", False
    for word in tokens:
        if word in _CHINESE_UNITS:
            unit = _CHINESE_UNITS[word]
            # Only the first unit may go without a number, as in 十五.
            if unit >= lowest or (not digits and (value or zero)):
                return None
            value, lowest = value + int(digits or 1) * unit, unit
            digits, zero = "", False
        elif digits:
            return None
        elif word in "零〇":
            zero = True
        else:
            digits = str(_CHINESE_DIGITS.get(word, word))
    if not digits:
        return value
    if len(digits) == 1 and not zero and unit > 10:
        return value + int(digits) * (unit // 10)
    return value + int(digits)


def read_whole_number(text: str) -> int | None:
    """A bare whole number in digits, Chinese numerals or English words up to twelve; None when it is none."""
    bare = _bare(text)
    if not _short_and_plain(text):
        return None
    if re.fullmatch(r"\d{1,6}", bare):
        return int(bare)
    if bare in _ENGLISH:
        return _ENGLISH[bare]
    return chinese_number(bare) if _CHINESE_NUMERAL.fullmatch(bare) else None


def read_length(text: str, unit: str) -> int | None:
    """How many `unit` (`month`, `week`, `day`) the text names, such as `6个月`, `半年`, `1 year 6 months` or `6`.
    None when it cannot be read, or names no whole number of the unit."""
    if not _short_and_plain(text):
        return None
    bare = _HALF.sub("半", _PERIOD_WORDS.sub("", _bare(text))).strip()
    number = read_whole_number(bare.rstrip("个個 "))
    if number is not None:
        return number if number > 0 else None
    total, at = Fraction(0), 0
    while at < len(bare):
        part = _PART.match(bare, at)
        length = None if part is None else _length(part, unit)
        if part is None or length is None:
            return None
        between = _BETWEEN.match(bare, part.end())
        total, at = total + length, part.end() if between is None else between.end()
    return int(total) if total.denominator == 1 and total > 0 else None


def _length(part: re.Match[str], unit: str) -> Fraction | None:
    """What one number with its unit comes to in `unit`; None for another kind of unit or no number."""
    halves = Fraction(bool(part["half"]) + bool(part["half_after"]), 2)
    number = _number(part["number"]) if part["number"] else Fraction(0)
    named = next(name for words, name in _TIMES.items() if re.fullmatch(words, part["unit"]))
    factors = _IN_MONTHS if unit in _IN_MONTHS else _IN_DAYS
    if number is None or (not part["number"] and not halves) or named not in factors:
        return None
    return (number + halves) * Fraction(factors[named], factors[unit])


def _number(text: str) -> Fraction | None:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return Fraction(text)
    number = read_whole_number(text)
    return None if number is None else Fraction(number)
