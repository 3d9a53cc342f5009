"""Buttons beside the callback data they carry: `dialogue:action[:argument…]`.

An argument is a claim, not a permission: services check what it names. Data that does not read as expected comes from
an outdated or forged button and raises `OldButton`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.wording.i18n import Translator
from services.errors import DomainError

DATA_LIMIT_BYTES: Final = 64
LABEL_COLUMNS: Final = 20
"""What fits in half a row on a narrow phone; a Chinese character takes two columns."""

BACK: Final = "nav:back"
CANCEL: Final = "nav:cancel"
HUMAN: Final = "nav:human"
MENU: Final = "nav:menu"
HELP: Final = "nav:help"

Choice = TypeVar("Choice", bound=str)


class OldButton(DomainError):
    """The button belongs to something that has moved on."""

    key = "errors.old_button"


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button's data, taken apart."""

    dialogue: str
    action: str
    arguments: tuple[str, ...] = ()

    def text(self, position: int = 0) -> str:
        """The argument at `position`. Raises OldButton when there is none."""
        try:
            return self.arguments[position]
        except IndexError:
            raise OldButton from None

    def number(self, position: int = 0) -> int:
        """The argument at `position` as a whole number. Raises OldButton when it is none."""
        digits = self.text(position)
        if not re.fullmatch(r"-?[0-9]{1,18}", digits):
            raise OldButton
        return int(digits)

    def one_of(self, choices: Iterable[Choice], position: int = 0) -> Choice:
        """The argument at `position` if it is one of `choices`. Raises OldButton otherwise."""
        given = self.text(position)
        for choice in choices:
            if choice == given:
                return choice
        raise OldButton

    @classmethod
    def parse(cls, data: str | None) -> Self:
        parts = (data or "").split(":")
        if len(parts) < 2 or not all(parts[:2]):
            raise OldButton
        return cls(parts[0], parts[1], tuple(parts[2:]))


def parse(data: str | None) -> Press:
    """Take callback data apart. Raises OldButton."""
    return Press.parse(data)


def pressed(update: Update) -> Press:
    """The press that `update` brings. Raises OldButton when it brings none that can be read."""
    query = update.callback_query
    return Press.parse(query.data if query else None)


def data(dialogue: str, action: str, *arguments: str | int) -> str:
    """Callback data. Raises ValueError where a part holds a colon or the whole is over 64 bytes."""
    parts = [dialogue, action, *map(str, arguments)]
    if any(":" in part for part in parts):
        raise ValueError(f"a colon inside a part of callback data: {parts}")
    return _checked(":".join(parts))


def pattern(prefix: str) -> re.Pattern[str]:
    """Matches `prefix` (`apply:term`) with whatever arguments follow."""
    return re.compile(rf"^{re.escape(prefix)}(?::|$)")


def button(label: str, callback: str) -> InlineKeyboardButton:
    """`label` is plain text (`t.plain(…)`). Raises ValueError for data that Telegram would refuse."""
    return InlineKeyboardButton(label, callback_data=_checked(callback))


def rows(buttons: Iterable[InlineKeyboardButton], per_row: int = 2) -> list[list[InlineKeyboardButton]]:
    """Buttons in reading order, at most `per_row` beside one another; a long label gets a row of its own."""
    lines: list[list[InlineKeyboardButton]] = []
    room = 0
    for one in buttons:
        if columns(one.text) > LABEL_COLUMNS:
            lines.append([one])
            room = 0
        elif room:
            lines[-1].append(one)
            room -= 1
        else:
            lines.append([one])
            room = per_row - 1
    return lines


def keyboard(*groups: Iterable[InlineKeyboardButton] | InlineKeyboardButton, per_row: int = 2) -> InlineKeyboardMarkup:
    """A keyboard of groups, each beginning a new row."""
    lines: list[list[InlineKeyboardButton]] = []
    for group in groups:
        lines += rows([group] if isinstance(group, InlineKeyboardButton) else group, per_row)
    return InlineKeyboardMarkup(lines)


def columns(label: str) -> int:
    """Width of `label` in columns, wide characters counted twice."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in label)


def back(t: Translator) -> InlineKeyboardButton:
    return button(t.plain("nav.back"), BACK)


def cancel(t: Translator) -> InlineKeyboardButton:
    return button(t.plain("nav.cancel"), CANCEL)


def human(t: Translator) -> InlineKeyboardButton:
    return button(t.plain("nav.human"), HUMAN)


def menu(t: Translator) -> InlineKeyboardButton:
    return button(t.plain("nav.menu"), MENU)


def help_(t: Translator) -> InlineKeyboardButton:
    return button(t.plain("nav.help"), HELP)


def labels(markup: InlineKeyboardMarkup) -> Sequence[str]:
    """What stands on the buttons, in reading order."""
    return [one.text for line in markup.inline_keyboard for one in line]


def _checked(callback: str) -> str:
    if not 1 <= len(callback.encode()) <= DATA_LIMIT_BYTES:
        raise ValueError(f"callback data must be 1 to {DATA_LIMIT_BYTES} bytes: {callback!r}")
    return callback
