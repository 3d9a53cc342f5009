"""Typed values that a sentence may name. Services hand them out; the translator words them in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Label:
    """A catalogue key that stands for a word, such as `terms.method_equal_installment`."""

    key: str


@dataclass(frozen=True, slots=True)
class Percent:
    """A rate or share in percent: `Percent(Decimal("10.8"))` is 10.8 %."""

    value: Decimal


@dataclass(frozen=True)
class LocalizedText:
    """Words that the lender wrote in its own configuration, by language (`zh_Hans`, `en`)."""

    by_language: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """The text in `language`, else in English, else in whatever language it has."""
        return self.by_language.get(language) or self.by_language.get("en") or next(iter(self.by_language.values()))
