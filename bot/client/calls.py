"""Calls of the Bot API that are made by the thousand, handed to the bot's HTTP client as they are.

The library would build objects of a hundred attributes from each answer, only to be asked for a number. What else it
does for a call, the pace and the errors, is the same here.
"""

from collections.abc import Mapping
from typing import Any

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.error import TelegramError
from telegram.ext import ExtBot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | ForceReply
Fields = Mapping[str, object]
"""Parameters of a method by name; None is one that is not given."""
NO_PREVIEW: Fields = {"is_disabled": True}


async def call(bot: ExtBot[str], method: str, fields: Fields) -> Any:
    """Call the method at the pace of the bot's limiter; answers its result as parsed JSON. Raises TelegramError."""
    limiter, address, data = bot.rate_limiter, f"{bot.base_url}/{method}", _data(fields)
    if limiter is None:
        return await bot.request.post(address, data)
    return await limiter.process_request(bot.request.post, (address, data), {}, method, dict(fields), None)


async def call_at_once(bot: ExtBot[str], method: str, fields: Fields) -> Any:
    """The same past the limiter, for senders that keep their own pace."""
    return await bot.request.post(f"{bot.base_url}/{method}", _data(fields))


def sent_id(answer: object) -> int:
    """The id of the message that a method was answered with. Raises TelegramError when it was not."""
    if not isinstance(answer, dict):
        raise TelegramError("a message was sent and answered without one")
    return int(answer["message_id"])


def keyboard_json(keyboard: Keyboard) -> dict[str, Any]:
    """The parameter `reply_markup`."""
    if isinstance(keyboard, InlineKeyboardMarkup):
        return {"inline_keyboard": [[_button(button) for button in row] for row in keyboard.inline_keyboard]}
    return keyboard.to_dict()


def _button(button: InlineKeyboardButton) -> dict[str, Any]:
    """As the library writes it, without looking at every field for the usual kind: one that is pressed."""
    if isinstance(button.callback_data, str):
        return {"text": button.text, "callback_data": button.callback_data}
    return button.to_dict()


def _data(fields: Fields) -> RequestData:
    return RequestData([RequestParameter(name, each, None) for name, each in fields.items() if each is not None])
