"""Reply markup of a call: inline keyboards, reply keyboards, their removal and requests to reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from sandbox.entities.links import mentioned_user, normal_url
from sandbox.errors import bad_request
from sandbox.models import ReplyKeyboard
from sandbox.params import Params
from sandbox.shapes import JsonObject, KeyboardButtonView

CALLBACK_DATA_BYTES = 64
INLINE_BUTTONS = 100
REPLY_BUTTONS = 300
COPY_TEXT_LIMIT = 256
LOOPBACK = ("127.0.0.1", "localhost", "::1")
InlineRows = list[list[JsonObject]]


@dataclass(frozen=True, slots=True)
class Markup:
    """What a call does to keyboards: inline rows, or a reply keyboard, or its removal."""

    inline: InlineRows | None = None
    keyboard: ReplyKeyboard | None = None
    removes: bool = False
    selective: bool = False

    @property
    def changes_keyboard(self) -> bool:
        """Whether the message shows or removes a reply keyboard; such a message can't be edited later."""
        return self.removes or self.keyboard is not None


def read_markup(params: Params, *, private: bool, invoice: bool = False) -> Markup:
    """The reply_markup of a call. Raises ApiError 400 with Telegram's words for what it refuses."""
    try:
        value = params.json("reply_markup")
    except ValueError:
        raise bad_request("can't parse reply keyboard markup JSON object") from None
    if value is None:
        return Markup()
    if not isinstance(value, Mapping):
        raise bad_request("object expected as reply markup")
    fields = cast("JsonObject", value)
    if "inline_keyboard" in fields:
        return Markup(inline=_inline_rows(fields["inline_keyboard"], invoice=invoice))
    selective = bool(fields.get("selective"))
    if "keyboard" in fields:
        return Markup(keyboard=_reply_keyboard(fields, private=private), selective=selective)
    if fields.get("remove_keyboard"):
        return Markup(removes=True, selective=selective)
    if fields.get("force_reply"):
        keyboard = ReplyKeyboard(rows=[], force_reply=True, placeholder=_placeholder(fields), selective=selective)
        return Markup(keyboard=keyboard, selective=selective)
    return Markup()


def _rows(value: object, what: str) -> list[list[object]]:
    if not isinstance(value, list):
        raise bad_request(f'field "{what}" of the reply markup must be an Array')
    for row in value:
        if not isinstance(row, list):
            raise bad_request(f"can't parse {what}: Expected an Array of Array of buttons")
    return cast("list[list[object]]", value)


def _inline_rows(value: object, *, invoice: bool) -> InlineRows | None:
    rows = [[_inline_button(button) for button in row] for row in _rows(value, "inline_keyboard")]
    rows = [row for row in rows if row]
    if sum(len(row) for row in rows) > INLINE_BUTTONS:
        raise bad_request("reply markup is too long")
    for row_index, row in enumerate(rows):
        for index, button in enumerate(row):
            if button.get("pay") and (not invoice or row_index or index):
                raise bad_request("BUTTON_TYPE_INVALID")
    if invoice and rows and not rows[0][0].get("pay"):
        raise bad_request("REPLY_MARKUP_BUY_EMPTY")
    return rows or None


def _inline_button(value: object) -> JsonObject:
    if not isinstance(value, Mapping):
        raise bad_request("can't parse inline keyboard button: Expected an Object")
    button = cast("JsonObject", value)
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= CALLBACK_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return {"text": text, "callback_data": data}
    if "url" in button:
        return _url_button(text, str(button["url"]))
    if "web_app" in button:
        return _web_app_button(text, button["web_app"])
    if "copy_text" in button:
        return _copy_button(text, button["copy_text"])
    if button.get("pay"):
        return {"text": text, "pay": True}
    for name in ("switch_inline_query", "switch_inline_query_current_chat", "login_url"):
        if name in button:
            return {"text": text, name: button[name]}
    raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")


def _url_button(text: str, address: str) -> JsonObject:
    user_id = mentioned_user(address)
    if user_id is not None:
        return {"text": text, "url": f"tg://user?id={user_id}"}
    url = normal_url(address)
    if url is None:
        raise bad_request(f"inline keyboard button URL '{address}' is invalid: Wrong HTTP URL")
    return {"text": text, "url": url}


def _web_app_button(text: str, value: object) -> JsonObject:
    address = str(value.get("url", "")) if isinstance(value, Mapping) else ""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise bad_request(f"inline keyboard button Web App URL '{address}' is invalid: Only HTTPS links are allowed")
    return {"text": text, "web_app": {"url": address}}


def _copy_button(text: str, value: object) -> JsonObject:
    copied = str(value.get("text", "")) if isinstance(value, Mapping) else ""
    if not 1 <= len(copied) <= COPY_TEXT_LIMIT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return {"text": text, "copy_text": {"text": copied}}


def _reply_keyboard(fields: JsonObject, *, private: bool) -> ReplyKeyboard:
    rows = [[_reply_button(button, private=private) for button in row] for row in _rows(fields["keyboard"], "keyboard")]
    rows = [row for row in rows if row]
    if sum(len(row) for row in rows) > REPLY_BUTTONS:
        raise bad_request("reply markup is too long")
    return ReplyKeyboard(
        rows=rows,
        resize=bool(fields.get("resize_keyboard")),
        one_time=bool(fields.get("one_time_keyboard")),
        placeholder=_placeholder(fields),
        selective=bool(fields.get("selective")),
    )


def _placeholder(fields: JsonObject) -> str | None:
    value = fields.get("input_field_placeholder")
    return value if isinstance(value, str) and value else None


def _reply_button(value: object, *, private: bool) -> KeyboardButtonView:
    button = {"text": value} if isinstance(value, str) else value
    if not isinstance(button, Mapping) or not isinstance(button.get("text"), str):
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    contact, location = bool(button.get("request_contact")), bool(button.get("request_location"))
    if contact and not private:
        raise bad_request("phone number can be requested in private chats only")
    if location and not private:
        raise bad_request("location can be requested in private chats only")
    return {"text": str(button["text"]), "request_contact": contact, "request_location": location}
