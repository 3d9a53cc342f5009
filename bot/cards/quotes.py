"""A person's own words on a card."""

from bot.wording.i18n import Translator


def quote(words: str, limit: int, t: Translator) -> str:
    """The words as a quotation of at most `limit` characters, as Telegram HTML."""
    return t("desk.quote", words=shortened(words, limit))


def shortened(words: str, limit: int) -> str:
    """At most `limit` characters, with a mark where some are left out."""
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
