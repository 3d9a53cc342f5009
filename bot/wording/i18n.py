"""Every word a person reads comes from here: key and typed parameters in, a sentence in their language out."""

import logging
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from bot.wording import markup
from bot.wording.catalogue_files import BadCatalogue, Entries, read_language
from bot.wording.formats import Formats
from services.clock import Clock, SystemClock
from services.money import Money
from services.wording import Label, LocalizedText, Percent

logger = logging.getLogger(__name__)

LOCALES = Path(__file__).resolve().parents[2] / "locales"
FALLBACK = "en"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


_unmarked = cache(markup.plain)
"""Of the sentences of the catalogues, of which there are so many and no more."""


@cache
def _pieces(sentence: str) -> tuple[str, ...]:
    """Words and names of parameters in turn, words first and last."""
    return tuple(PLACEHOLDER.split(sentence))


class MissingText(LookupError):
    """A sentence was asked for that no catalogue has, or without a parameter that it names."""


class Catalogues:
    """The texts of every language, and how their values are written.

    A strict one raises MissingText for whatever is missing (tests, `doctor`); otherwise English stands in and the log
    tells the operator.
    """

    def __init__(
        self, texts: Mapping[str, Entries], *, clock: Clock, home_currency: str = "CNY", strict: bool = False
    ) -> None:
        if FALLBACK not in texts:
            raise BadCatalogue(f"there are no catalogues for {FALLBACK}, which stands in where others lack a text")
        self._texts = texts
        self._clock = clock
        self._home_currency = home_currency
        self._strict = strict

    @classmethod
    def load(
        cls,
        folder: Path = LOCALES,
        *,
        clock: Clock | None = None,
        home_currency: str = "CNY",
        strict: bool = False,
    ) -> "Catalogues":
        """Read `<folder>/<language>/LC_MESSAGES/*.po`. Raises BadCatalogue when a file cannot be used."""
        texts = {path.parent.name: read_language(path.parent) for path in sorted(folder.glob("*/LC_MESSAGES"))}
        return cls(texts, clock=clock or SystemClock(), home_currency=home_currency, strict=strict)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._texts)

    def translator(self, language: str | None, time_zone: str = "Asia/Shanghai") -> "Translator":
        """For a reader of `language` (the best match of what there is, else English) in the IANA zone `time_zone`."""
        known = self.match(language) or FALLBACK
        return Translator(self, known, time_zone, self._formats(known, time_zone))

    def match(self, code: str | None) -> str | None:
        """The language that serves a reader of `code` (`zh-hans`, `zh_CN`, `en-GB`), or None."""
        if not code:
            return None
        if code in self._texts:
            return code
        try:
            asked = Locale.parse(code.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            return None
        same = [language for language in self._texts if Locale.parse(language).language == asked.language]
        exact = [language for language in same if Locale.parse(language).script == asked.script]
        return next(iter(exact or same), None)

    def keys(self, language: str) -> frozenset[str]:
        """Every key that `language` has a text for."""
        entries = self._texts[language]
        return frozenset(entries.sentences) | frozenset(entries.plurals)

    def all_phrases(self, key: str) -> dict[str, str]:
        """The plain text behind `key` in every language, so that a typed word is understood in any of them."""
        return {language: markup.plain(self.sentence(language, key)) for language in self._texts}

    def sentence(self, language: str, key: str, count: int | None = None) -> str:
        """The unfilled text; with a `count`, in the plural form for it. Raises MissingText when strict."""
        found = self._lookup(language, key, count)
        if found is not None:
            return found
        self._missing(f"{key} ({language})")
        return self._lookup(FALLBACK, key, count) or key

    def has(self, language: str, key: str) -> bool:
        return self._lookup(language, key, None) is not None

    def parameter_missing(self, key: str, name: str) -> str:
        """What stands for a parameter that was not given. Raises MissingText when strict."""
        self._missing(f"{key} needs {{{name}}}")
        return "…"

    def _lookup(self, language: str, key: str, count: int | None) -> str | None:
        entries = self._texts[language]
        if count is not None and key in entries.plurals:
            return entries.plurals[key](count)
        return entries.sentences.get(key)

    def _missing(self, what: str) -> None:
        if self._strict:
            raise MissingText(what)
        logger.error("text missing: %s", what)

    def _formats(self, language: str, time_zone: str) -> Formats:
        def pattern(key: str) -> str:
            return self.sentence(language, key)

        return Formats(Locale.parse(language), ZoneInfo(time_zone), self._clock, self._home_currency, pattern)


class Translator:
    """One reader's language and time zone.

    Parameters are typed values: Money, date, datetime (aware), Percent, Label, LocalizedText, int, Decimal, str, a list
    of these, or a StrEnum, whose word stands at `terms.<class_in_snake_case>_<value>`.
    """

    def __init__(self, catalogues: Catalogues, language: str, time_zone: str, formats: Formats) -> None:
        self.catalogues = catalogues
        self.language = language
        self.time_zone = time_zone
        self._formats = formats

    def __call__(self, key: str, **parameters: object) -> str:
        """Telegram HTML. Text parameters are escaped."""
        return self._fill(key, self.catalogues.sentence(self.language, key), parameters, markup.escape)

    def plain(self, key: str, **parameters: object) -> str:
        """Without markup: for buttons, alerts, papers and file names."""
        sentence = _unmarked(self.catalogues.sentence(self.language, key))
        return self._fill(key, sentence, parameters, str)

    def n(self, key: str, count: int, **parameters: object) -> str:
        """Telegram HTML in the plural form for `count`, which the text may name as `{count}`."""
        sentence = self.catalogues.sentence(self.language, key, count)
        return self._fill(key, sentence, {"count": count, **parameters}, markup.escape)

    def plain_n(self, key: str, count: int, **parameters: object) -> str:
        """As `n`, without markup."""
        sentence = _unmarked(self.catalogues.sentence(self.language, key, count))
        return self._fill(key, sentence, {"count": count, **parameters}, str)

    def has(self, key: str) -> bool:
        """Whether this very language has a text for `key`."""
        return self.catalogues.has(self.language, key)

    def money(self, amount: Money) -> str:
        return self._formats.money(amount)

    def span(self, start: date, end: date) -> str:
        return self._formats.span(start, end)

    def date(self, day: date) -> str:
        return self._formats.date(day)

    def time(self, instant: datetime) -> str:
        return self._formats.time(instant)

    def moment(self, instant: datetime) -> str:
        return self._formats.moment(instant)

    def percent(self, rate: Percent) -> str:
        return self._formats.percent(rate)

    def number(self, value: int | Decimal) -> str:
        return self._formats.number(value)

    def label(self, label: Label) -> str:
        """The word behind `label`, without markup."""
        return self.plain(label.key)

    def text(self, text: LocalizedText) -> str:
        """The lender's own words in this language, unescaped."""
        return text.in_language(self.language)

    def _fill(self, key: str, sentence: str, parameters: Mapping[str, object], escape: Callable[[str], str]) -> str:
        first, *rest = _pieces(sentence)
        if not rest:
            return first
        filled = [first]
        for name, words in zip(rest[::2], rest[1::2], strict=True):
            value = self._written(parameters[name]) if name in parameters else None
            filled += (self.catalogues.parameter_missing(key, name) if value is None else escape(value), words)
        return "".join(filled)

    def _written(self, value: object) -> str:
        match value:
            case Money():
                return self.money(value)
            case datetime():
                return self.moment(value)
            case date():
                return self.date(value)
            case Percent():
                return self.percent(value)
            case Label():
                return self.label(value)
            case LocalizedText():
                return self.text(value)
            case Enum():
                return self.label(Label(f"terms.{_WORD_START.sub('_', type(value).__name__).lower()}_{value.value}"))
            case str():
                return value
            case int() | Decimal() if not isinstance(value, bool):
                return self.number(value)
            case list() | tuple():
                return self._formats.listing([self._written(item) for item in value])
        raise TypeError(f"{type(value).__name__} has no wording")
