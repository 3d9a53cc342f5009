"""Words for papers: the catalogue's sentences without anything that depends on the day of printing.

A chat message leaves the year out of a near date; a paper never does, because its bytes must not change with the clock.
"""

import html
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, get_currency_name

from bot.papers.press import Json
from bot.wording.i18n import Translator
from services.money import Money, digits_of
from services.wording import Label, LocalizedText, Percent

_BOLD = re.compile(r"<b>(.*?)</b>", re.DOTALL)
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = "\u200c\u200d"
"""Invisible but needed to spell names in some scripts."""


def printable(text: str) -> str:
    """`text` without control, direction-turning and unassigned characters, which could disguise what a paper says."""
    spaced = re.sub(r"\s+", " ", text)
    return "".join(c for c in spaced if c in _JOINERS or unicodedata.category(c) not in _UNPRINTABLE)


class PaperWords:
    """The wording of one paper in one language."""

    def __init__(self, translator: Translator) -> None:
        self._t = translator
        self._locale = Locale.parse(translator.language)
        self.is_chinese = self._locale.language == "zh"

    def say(self, key: str, **parameters: object) -> str:
        """A sentence without markup."""
        return self._t.plain(key, **self._dated(parameters))

    def count(self, key: str, count: int, **parameters: object) -> str:
        """A sentence without markup in the plural form for `count`."""
        return self._t.plain_n(key, count, **self._dated(parameters))

    def runs(self, key: str, **parameters: object) -> list[Json]:
        """A sentence as pieces for a template, those between <b> and </b> marked as strong."""
        sentence = self._t(key, **self._dated(parameters))
        pieces: list[Json] = []
        for index, piece in enumerate(_BOLD.split(sentence)):
            if piece:
                pieces.append({"text": html.unescape(piece), "strong": index % 2 == 1})
        return pieces

    def day(self, day: date) -> str:
        """With its year, without its weekday."""
        return format_date(day, self._t.plain("papers.date"), locale=self._locale)

    def short_day(self, day: date) -> str:
        """With its year, for a column."""
        return format_date(day, self._t.plain("papers.date_short"), locale=self._locale)

    def weekday(self, day: date) -> str:
        """With its year and weekday."""
        return format_date(day, self._t.plain("papers.date_weekday"), locale=self._locale)

    def moment(self, instant: datetime, time_zone: str) -> str:
        """Local date and time to the second, with the zone's name and distance from UTC."""
        local = instant.astimezone(ZoneInfo(time_zone))
        offset = local.strftime("%z")
        return self._t.plain(
            "papers.moment",
            date=self.day(local.date()),
            time=format_time(local, "HH:mm:ss", locale=self._locale),
            zone=time_zone,
            offset=f"UTC{offset[:3]}:{offset[3:]}",
        )

    def money(self, amount: Money) -> str:
        return self._t.money(amount)

    def digits(self, amount: Money) -> str:
        """Without a currency sign, for a table that names its currency once."""
        decimals = digits_of(amount.currency)
        return format_decimal(amount.amount, f"#,##0.{'0' * decimals}" if decimals else "#,##0", locale=self._locale)

    def currency(self, code: str) -> str:
        """The currency's name, as a table names it: 人民币, Chinese Yuan."""
        return get_currency_name(code, locale=self._locale)

    def percent(self, rate: Percent) -> str:
        return self._t.percent(rate)

    def label(self, label: Label) -> str:
        return self._t.label(label)

    def text(self, text: LocalizedText) -> str:
        return printable(self._t.text(text))

    def setting(self) -> dict[str, Json]:
        """What a template needs to know about the language."""
        return {"lang": self._locale.language, "chinese": self.is_chinese}

    def _dated(self, parameters: Mapping[str, object]) -> dict[str, object]:
        return {name: self._stable(value) for name, value in parameters.items()}

    def _stable(self, value: object) -> object:
        if isinstance(value, datetime):
            raise TypeError("a paper names an instant with its time zone: use `moment`")
        if isinstance(value, date):
            return self.day(value)
        return printable(value) if isinstance(value, str) else value
