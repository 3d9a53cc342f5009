"""Naming an officer so that their phone rings, and so that a prompt in a group is for them alone."""

from bot.wording.i18n import Translator


def mention(telegram_id: int, name: str, t: Translator) -> str:
    """The officer's name as Telegram HTML that links to them."""
    return t("desk.mention", id=str(telegram_id), name=name)
