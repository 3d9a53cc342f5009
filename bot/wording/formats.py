"""How values are written in a language: money, dates, rates, counts. Patterns that Babel's own do not fit stand in the
catalogue `format.po`, where a translator can change them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

from services.clock import Clock
from services.money import Money
from services.wording import Percent


@lru_cache(maxsize=4096)
def _money(amount: Money, locale: Locale, home_currency: str) -> str:
    # Limits of products, round sums and what they cost are said again and again; Babel takes a while for each.
    text = format_currency(amount.amount, amount.currency, locale=locale)
    if amount.currency != home_currency:
        return text
    symbol = get_currency_symbol(amount.currency, locale=locale)
    return text.replace(symbol, symbol.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or symbol)


@dataclass(frozen=True, slots=True)
class Formats:
    """Writes values in one language for readers in one time zone. `pattern` looks up the catalogue's date patterns;
    `home_currency` is the lender's, whose sign needs no country letters."""

    locale: Locale
    zone: ZoneInfo
    clock: Clock
    home_currency: str
    pattern: Callable[[str], str]

    def money(self, amount: Money) -> str:
        """Always with the currency's own number of decimals, so that figures under one another add up."""
        return _money(amount, self.locale, self.home_currency)

    def span(self, start: date, end: date) -> str:
        """From one day to another, without weekdays; with the year of a day in another year than the reader's today."""
        return self.pattern("format.span").replace("{start}", self._day(start)).replace("{end}", self._day(end))

    def _day(self, day: date) -> str:
        this_year = self.clock.now().astimezone(self.zone).year
        key = "format.day" if day.year == this_year else "format.day_with_year"
        return format_date(day, self.pattern(key), locale=self.locale)

    def date(self, day: date) -> str:
        """With its weekday; with its year when it lies in another year than the reader's today."""
        this_year = self.clock.now().astimezone(self.zone).year
        key = "format.date" if day.year == this_year else "format.date_with_year"
        return format_date(day, self.pattern(key), locale=self.locale)

    def time(self, instant: datetime) -> str:
        """The reader's local time of day at `instant` (aware)."""
        return format_time(instant, self.pattern("format.time"), tzinfo=self.zone, locale=self.locale)

    def moment(self, instant: datetime) -> str:
        """The reader's local date and time at `instant`. Raises ValueError for a naive one."""
        if instant.tzinfo is None:
            raise ValueError("an instant without a time zone cannot be told to anybody")
        day = self.date(instant.astimezone(self.zone).date())
        return self.pattern("format.moment").replace("{date}", day).replace("{time}", self.time(instant))

    def percent(self, rate: Percent) -> str:
        return format_percent(rate.value / 100, "#,##0.##%", locale=self.locale)

    def number(self, value: int | Decimal) -> str:
        return format_decimal(value, locale=self.locale)

    def listing(self, items: list[str]) -> str:
        return format_list(items, locale=self.locale)
