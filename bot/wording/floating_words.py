"""How a rate that follows a reference rate is worded, the same in the chat and on papers."""

from collections.abc import Callable
from typing import TypeAlias

from bot.wording.i18n import Translator
from services.lending.rate_link import RateLink
from services.wording import LocalizedText, Percent

Say: TypeAlias = Callable[..., str]
"""A key with its parameters, without markup."""


def formula(say: Say, title: LocalizedText, margin: Percent) -> str:
    """The reference rate with what is added to it or taken off."""
    points = margin.value
    if not points:
        return say("rates.formula_equal", reference=title)
    key = "rates.formula_plus" if points > 0 else "rates.formula_minus"
    return say(key, reference=title, points=abs(points).normalize())


def formula_of(link: RateLink, t: Translator) -> str:
    """The formula of a loan, for the chat."""
    return formula(t.plain, link.title, Percent(link.margin))
