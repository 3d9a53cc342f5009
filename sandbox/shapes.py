"""The JSON shapes that the person's side of the sandbox speaks."""

from typing import TypedDict

JsonObject = dict[str, object]
"""Any JSON object; the Bot API's own objects are passed about in this form."""


class SenderView(TypedDict):
    """Who sent a message, as a phone shows it."""

    id: int
    name: str
    is_bot: bool


class MediaView(TypedDict):
    """An attachment; sizes in bytes and pixels. `url` is empty for a location or a contact."""

    kind: str
    url: str
    name: str | None
    mime: str | None
    size: int | None
    width: int | None
    height: int | None
    emoji: str | None
    duration: int | None
    latitude: float | None
    longitude: float | None
    phone: str | None
    user_id: int | None


class ButtonView(TypedDict):
    """One inline button. `kind` is callback, url, pay, web_app or copy."""

    text: str
    kind: str
    data: str | None
    url: str | None


class InvoiceView(TypedDict):
    """An invoice; `total` counts the currency's smallest unit."""

    title: str
    description: str
    currency: str
    total: int
    label_total: str
    paid: bool


MessageView = TypedDict(
    "MessageView",
    {
        "id": int,
        "date": str,
        "edited": bool,
        "from": SenderView,
        "mine": bool,
        "thread_id": int | None,
        "text": str,
        "html": str,
        "reply_to": int | None,
        "media": MediaView | None,
        "media_group": str | None,
        "inline_keyboard": list[list[ButtonView]] | None,
        "invoice": InvoiceView | None,
        "service": str | None,
        "pinned": bool,
        "reactions": list[str],
        "forwarded_from": str | None,
    },
)
"""A message as one member of the chat sees it; `date` is ISO 8601 in UTC."""


class KeyboardButtonView(TypedDict):
    """One button of a reply keyboard."""

    text: str
    request_contact: bool
    request_location: bool


class KeyboardView(TypedDict):
    """A reply keyboard, or a bare request to reply when `force_reply` is set."""

    rows: list[list[KeyboardButtonView]]
    resize: bool
    one_time: bool
    placeholder: str | None
    force_reply: bool
    force_reply_to: int | None


class CommandView(TypedDict):
    """One entry of the bot's commands menu."""

    command: str
    description: str


class ChatView(TypedDict):
    """A line of the person's chat list."""

    id: int
    title: str
    kind: str
    forum: bool
    unread: int
    last: MessageView | None
    keyboard: KeyboardView | None
    started: bool
    commands: list[CommandView]


class PressAnswer(TypedDict):
    """What the bot answered to a pressed button."""

    answered: bool
    text: str | None
    alert: bool
    url: str | None


class PaymentAnswer(TypedDict):
    """How a payment ended; `error` is the bot's own sentence."""

    ok: bool
    error: str | None
