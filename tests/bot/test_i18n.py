from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from bot.wording.catalogue_files import BadCatalogue
from bot.wording.i18n import Catalogues, MissingText, Translator
from services.clock import SteppedClock
from services.money import Money
from services.wording import Label, LocalizedText, Percent

NOW = datetime(2025, 12, 1, 4, tzinfo=UTC)

PLURALS = {"en": "nplurals=2; plural=(n != 1);", "zh_Hans": "nplurals=1; plural=0;"}
HEADER = {
    language: f'"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {rule}\\n"\n'
    for language, rule in PLURALS.items()
}
FORMATS = {
    "en": {
        "format.date": "EEE d MMM",
        "format.date_with_year": "EEE d MMM y",
        "format.time": "HH:mm",
        "format.moment": "{date}, {time}",
    },
    "zh_Hans": {
        "format.date": "M月d日 EEE",
        "format.date_with_year": "y年M月d日 EEE",
        "format.time": "HH:mm",
        "format.moment": "{date} {time}",
    },
}


def write(folder: Path, language: str, texts: dict[str, str], name: str = "say") -> None:
    path = folder / language / "LC_MESSAGES" / f"{name}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = "".join(f'\nmsgid "{key}"\nmsgstr "{text}"\n' for key, text in texts.items())
    path.write_text(f'msgid ""\nmsgstr ""\n{HEADER[language]}{body}', encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language, formats in FORMATS.items():
        write(tmp_path, language, formats, "format")
    write(tmp_path, "en", {"say.value": "<b>{value}</b>", "say.word": "installment", "say.english_only": "only here"})
    write(tmp_path, "zh_Hans", {"say.value": "<b>{value}</b>", "say.word": "期"})
    for language, forms in (("en", ["{count} day", "{count} days"]), ("zh_Hans", ["{count} 天"])):
        entry = 'msgid "count.days"\nmsgid_plural "count.days"\n'
        entry += "".join(f'msgstr[{index}] "{form}"\n' for index, form in enumerate(forms))
        path = tmp_path / language / "LC_MESSAGES" / "count.po"
        path.write_text(f'msgid ""\nmsgstr ""\n{HEADER[language]}\n{entry}', encoding="utf-8")
    return tmp_path


def speaker(folder: Path, language: str, *, strict: bool = True, home: str = "CNY") -> Translator:
    catalogues = Catalogues.load(folder, clock=SteppedClock(NOW), home_currency=home, strict=strict)
    return catalogues.translator(language)


class Season(StrEnum):
    LATE_AUTUMN = "late_autumn"


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ("5 < 6 & 7 > 6", "5 &lt; 6 &amp; 7 &gt; 6", "5 &lt; 6 &amp; 7 &gt; 6"),
        (Money.of("5000", "CNY"), "¥5,000.00", "¥5,000.00"),
        (Money.of("-0.50", "CNY"), "-¥0.50", "-¥0.50"),
        (Money.of("5000", "JPY"), "¥5,000", "JP¥5,000"),
        (date(2025, 12, 5), "Fri 5 Dec", "12月5日 周五"),
        (date(2026, 1, 5), "Mon 5 Jan 2026", "2026年1月5日 周一"),
        (date(2025, 1, 6), "Mon 6 Jan", "1月6日 周一"),
        (datetime(2025, 12, 5, 16, 30, tzinfo=UTC), "Sat 6 Dec, 00:30", "12月6日 周六 00:30"),
        (Percent(Decimal("10.8")), "10.8%", "10.8%"),
        (Percent(Decimal("9.6900")), "9.69%", "9.69%"),
        (Label("say.word"), "installment", "期"),
        (LocalizedText({"en": "Farm & field", "zh_Hans": "农贷"}), "Farm &amp; field", "农贷"),
        (1234567, "1,234,567", "1,234,567"),
        (Decimal("0.5"), "0.5", "0.5"),
        (["a<", Money.of("1", "CNY"), "c"], "a&lt;, ¥1.00, and c", "a&lt;、¥1.00和c"),
    ],
)
def test_each_kind_of_value_is_written_as_the_reader_writes_it(
    folder: Path, value: object, english: str, chinese: str
) -> None:
    assert speaker(folder, "en")("say.value", value=value) == f"<b>{english}</b>"
    assert speaker(folder, "zh_Hans")("say.value", value=value) == f"<b>{chinese}</b>"


def test_a_date_shows_its_year_when_the_readers_own_calendar_is_in_another(folder: Path) -> None:
    new_years_eve = SteppedClock(datetime(2025, 12, 31, 16, 30, tzinfo=UTC))
    catalogues = Catalogues.load(folder, clock=new_years_eve, strict=True)
    in_shanghai, in_london = (catalogues.translator("en", zone) for zone in ("Asia/Shanghai", "Europe/London"))
    assert (in_shanghai.date(date(2026, 1, 5)), in_london.date(date(2026, 1, 5))) == ("Mon 5 Jan", "Mon 5 Jan 2026")
    assert in_shanghai.date(date(2025, 12, 30)) == "Tue 30 Dec 2025"


def test_plain_text_has_neither_tags_nor_escapes(folder: Path) -> None:
    assert speaker(folder, "en").plain("say.value", value="<script> & co") == "<script> & co"


def test_a_home_currency_needs_no_country_letters_and_another_keeps_them(folder: Path) -> None:
    dollars = Money.of("12", "CAD")
    assert speaker(folder, "en", home="CAD").money(dollars) == "$12.00"
    assert speaker(folder, "en", home="CNY").money(dollars) == "CA$12.00"


def test_a_count_chooses_its_form(folder: Path) -> None:
    english, chinese = speaker(folder, "en"), speaker(folder, "zh_Hans")
    assert [english.n("count.days", count) for count in (0, 1, 2, 1000)] == ["0 days", "1 day", "2 days", "1,000 days"]
    assert [chinese.plain_n("count.days", count) for count in (1, 3)] == ["1 天", "3 天"]


def test_an_enumeration_is_worded_by_its_catalogue_entry(folder: Path) -> None:
    write(folder, "en", {"terms.season_late_autumn": "late autumn"}, "terms")
    assert speaker(folder, "en").plain("say.value", value=Season.LATE_AUTUMN) == "late autumn"


@pytest.mark.parametrize("value", [None, 1.5, True, object(), b"x"])
def test_a_value_without_a_wording_is_a_mistake(folder: Path, value: object) -> None:
    with pytest.raises(TypeError):
        speaker(folder, "en")("say.value", value=value)


def test_a_naive_instant_is_a_mistake(folder: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        speaker(folder, "en")("say.value", value=datetime(2025, 1, 1))  # noqa: DTZ001 - the mistake under test


def test_a_missing_text_raises_when_strict(folder: Path) -> None:
    with pytest.raises(MissingText, match=r"say\.english_only \(zh_Hans\)"):
        speaker(folder, "zh_Hans")("say.english_only")


def test_a_missing_text_falls_back_to_english_and_is_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert speaker(folder, "zh_Hans", strict=False)("say.english_only") == "only here"
    assert "say.english_only (zh_Hans)" in caplog.text


def test_a_missing_parameter_raises_when_strict_and_shows_a_gap_otherwise(folder: Path) -> None:
    with pytest.raises(MissingText, match="value"):
        speaker(folder, "en")("say.value")
    assert speaker(folder, "en", strict=False)("say.value") == "<b>…</b>"


def test_a_parameter_that_the_text_does_not_name_is_never_formatted(folder: Path) -> None:
    assert speaker(folder, "en")("say.word", state=object()) == "installment"


def test_the_phrases_of_every_language_are_known(folder: Path) -> None:
    catalogues = Catalogues.load(folder, clock=SteppedClock(NOW))
    assert catalogues.all_phrases("say.word") == {"en": "installment", "zh_Hans": "期"}


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("zh-hans", "zh_Hans"),
        ("zh-CN", "zh_Hans"),
        ("zh_Hans", "zh_Hans"),
        ("zh-TW", "zh_Hans"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("fr", None),
        ("", None),
        (None, None),
        ("not a language", None),
    ],
)
def test_a_telegram_language_code_finds_the_language_that_serves_it(
    folder: Path, code: str | None, language: str | None
) -> None:
    assert Catalogues.load(folder).match(code) == language


def test_an_unknown_language_is_answered_in_english(folder: Path) -> None:
    assert Catalogues.load(folder).translator("sw").language == "en"


def test_a_key_in_the_wrong_file_is_refused(folder: Path) -> None:
    write(folder, "en", {"other.word": "x"}, "mine")
    with pytest.raises(BadCatalogue, match=r"mine\.po \(en\): the key other\.word belongs to another file"):
        Catalogues.load(folder)


def test_a_broken_file_is_named(folder: Path) -> None:
    (folder / "en" / "LC_MESSAGES" / "broken.po").write_text('msgid "unfinished\nmsgstr', encoding="utf-8")
    with pytest.raises(BadCatalogue, match=r"broken\.po"):
        Catalogues.load(folder)


def test_no_english_no_catalogues(tmp_path: Path) -> None:
    write(tmp_path, "zh_Hans", {"say.word": "期"})
    with pytest.raises(BadCatalogue, match="en"):
        Catalogues.load(tmp_path)
