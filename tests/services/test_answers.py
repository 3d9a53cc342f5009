"""Reading what people type: every way of writing an amount or a length of time reads back as what was meant."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.answers import chinese_number, folded, read_amount, read_length, read_whole_number

WHOLE = st.integers(0, 99_999_999)
CENTS = st.integers(0, 99_999_999_99).map(lambda minor: Decimal(minor).scaleb(-2))
FULL_WIDTH = str.maketrans("0123456789,.", "０１２３４５６７８９，．")
ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FORMAL = str.maketrans("零一二三四五六七八九十百千万", "零壹贰叁肆伍陆柒捌玖拾佰仟萬")


def in_chinese(number: int) -> str:
    """The numeral below 100 million, written in full: 10,500 is 一万零五百."""
    high, low = divmod(number, 10_000)
    if not high:
        return _section(low) or "零"
    between = "零" if 0 < low < 1000 else ""
    return f"{_section(high)}万{between}{_section(low)}"


def _section(number: int) -> str:
    written = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            written += "零一二三四五六七八九"[digit] + name
        elif written and number and not written.endswith("零"):
            written += "零"
    return written


@given(CENTS)
def test_an_amount_with_separators_and_cents_reads_back(amount: Decimal) -> None:
    assert read_amount(f"{amount:,.2f}") == amount
    assert read_amount(f"{amount:.2f}") == amount
    assert read_amount(f"¥{amount:,.2f}") == amount
    assert read_amount(f" {amount:.2f} 元 ") == amount


@given(CENTS, st.sampled_from([FULL_WIDTH, ARABIC_INDIC]))
def test_digits_of_other_keyboards_read_the_same(amount: Decimal, keyboard: dict[int, int]) -> None:
    assert read_amount(f"{amount:,.2f}".translate(keyboard)) == amount


@given(WHOLE)
def test_chinese_numerals_read_back(number: int) -> None:
    assert read_amount(in_chinese(number)) == number
    assert read_amount(in_chinese(number).translate(FORMAL) + "元整") == number


@given(WHOLE)
def test_digits_spoken_one_by_one_read_back(number: int) -> None:
    assert read_amount("".join("零一二三四五六七八九"[int(digit)] for digit in str(number))) == number


@given(
    st.integers(0, 9999),
    st.sampled_from([("k", 1000), ("K", 1000), ("千", 1000), (" thousand", 1000), ("万", 10_000), ("w", 10_000)]),
    st.integers(0, 9),
)
def test_an_amount_in_thousands_or_ten_thousands_reads_back(whole: int, scale: tuple[str, int], tenth: int) -> None:
    name, factor = scale
    assert read_amount(f"{whole}{name}") == whole * factor
    assert read_amount(f"{whole}.{tenth}{name}") == (Decimal(whole) + Decimal(tenth) / 10) * factor


@given(st.integers(1, 9999), st.integers(1, 9))
def test_a_lone_last_digit_counts_tenths_of_the_unit_before_it(whole: int, digit: int) -> None:
    assert read_amount(f"{whole}万{digit}") == whole * 10_000 + digit * 1000
    assert read_amount(f"{in_chinese(whole)}万{'零一二三四五六七八九'[digit]}") == whole * 10_000 + digit * 1000


@given(st.text())
def test_anything_typed_gives_an_exact_number_or_none(text: str) -> None:
    amount = read_amount(text)
    assert amount is None or (isinstance(amount, Decimal) and amount.is_finite() and amount >= 0)


LOOKS_LIKE_A_NUMBER = st.text(
    "0123456789,.， 　kwm千万亿百十零〇两一五半点个月年周天期日halfyearmonths-+e²①٣¥元", max_size=45
)


@given(LOOKS_LIKE_A_NUMBER)
def test_what_looks_like_a_number_never_breaks_the_reader(text: str) -> None:
    amount, length = read_amount(text), read_length(text, "month")
    assert amount is None or (isinstance(amount, Decimal) and amount >= 0)
    assert length is None or (type(length) is int and length > 0)
    assert type(read_whole_number(text)) in (int, type(None))
    assert type(chinese_number(text)) in (int, type(None))


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("5,000.00", "5000"),
        ("5k", "5000"),
        ("5千", "5000"),
        ("五千", "5000"),
        ("１０００", "1000"),
        ("1.5万", "15000"),
        ("1万5", "15000"),
        ("1万5千", "15000"),
        ("1万 5千", "15000"),
        ("三千二", "3200"),
        ("3千2", "3200"),
        ("5千2百", "5200"),
        ("3万2千5", "32500"),
        ("10w5", "105000"),
        ("1千万", "10000000"),
        ("2百万", "2000000"),
        ("一百零五", "105"),
        ("一万零五百", "10500"),
        ("一百五", "150"),
        ("十五", "15"),
        ("两万", "20000"),
        ("一点五万", "15000"),
        ("一亿二", "120000000"),
        ("伍仟元整", "5000"),
        ("人民币5000", "5000"),
        ("5千块钱", "5000"),
        ("RMB 5,000", "5000"),
        ("five thousand", "5000"),
        ("a thousand", "1000"),
        ("2 hundred", "200"),
        ("5 000", "5000"),
        ("约5000", "5000"),
        ("5000左右", "5000"),
        ("about 5k", "5000"),
        ("5000.", "5000"),
        ("1,234.5", "1234.5"),
        ("1万500", "10500"),
        ("5000。", "5000"),
        ("5000!", "5000"),
    ],
)
def test_amounts_as_people_write_them(typed: str, amount: str) -> None:
    assert read_amount(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-5",
        "+5",
        "5,00",
        "50,00,000",
        "1,5",
        "5.000,00",
        "1e5",
        "nan",
        "inf",
        "0x10",
        "5kk",
        "5²",
        "½",
        "①",
        "万",
        "亿",
        "万万",
        "百百",
        "十十",
        "五五万",
        "零十",
        "万五",
        "1万50000",
        "一万亿",
        "五 千 个",
        "many",
        "5000 6000",
        "5" * 41,
    ],
)
def test_what_names_no_amount_is_not_guessed_at(typed: str) -> None:
    assert read_amount(typed) is None


@given(st.integers(1, 99))
def test_a_term_reads_back_in_every_wording(months: int) -> None:
    chinese = in_chinese(months)
    for wording in (
        f"{months}",
        f"{months}个月",
        f"{months} 个月",
        f"{months} months",
        f"{months}期",
        f"{months} installments",
        f"{months}个",
        chinese,
        f"{chinese}个月",
        f"{months}".translate(FULL_WIDTH),
        f"{months}月",
    ):
        assert read_length(wording, "month") == months


@given(st.integers(1, 30), st.integers(0, 11))
def test_years_and_months_add_up(years: int, months: int) -> None:
    rest = f"{months}个月" if months else ""
    assert read_length(f"{years}年{rest}", "month") == years * 12 + months
    assert read_length(f"{years} years and {months} months", "month") == years * 12 + months
    assert read_length(f"{in_chinese(years)}年半", "month") == years * 12 + 6


@pytest.mark.parametrize(
    ("typed", "unit", "length"),
    [
        ("半年", "month", 6),
        ("half a year", "month", 6),
        ("half year", "month", 6),
        ("一年半", "month", 18),
        ("one and a half years", "month", 18),
        ("a year and a half", "month", 18),
        ("1.5年", "month", 18),
        ("a year", "month", 12),
        ("two years", "month", 24),
        ("一年零六个月", "month", 18),
        ("3个季度", "month", 9),
        ("six months", "month", 6),
        ("6 mos", "month", 6),
        ("两周", "day", 14),
        ("14天", "week", 2),
        ("12周", "week", 12),
        ("10 days", "day", 10),
        ("12 monthly payments", "month", 12),
        ("半年。", "month", 6),
    ],
)
def test_terms_as_people_say_them(typed: str, unit: str, length: int) -> None:
    assert read_length(typed, unit) == length


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("", "month"),
        ("0", "month"),
        ("-6", "month"),
        ("半个月", "month"),
        ("half", "month"),
        ("10天", "week"),
        ("6个月", "week"),
        ("6 weeks", "month"),
        ("months", "month"),
        ("a few months", "month"),
        ("6个月个月", "month"),
        ("6" * 50, "month"),
    ],
)
def test_what_names_no_whole_term_is_not_guessed_at(typed: str, unit: str) -> None:
    assert read_length(typed, unit) is None


@pytest.mark.parametrize(("typed", "number"), [("12", 12), ("十二", 12), ("twelve", 12), ("９", 9), ("1234567", None)])
def test_small_whole_numbers_are_read_in_digits_and_words(typed: str, number: int | None) -> None:
    assert read_whole_number(typed) == number


def test_folding_leaves_plain_lower_case() -> None:
    assert folded("  ＡＢＣ １２ ") == "abc 12"
