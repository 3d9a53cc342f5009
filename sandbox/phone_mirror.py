"""What one person's event stream has told so far: the chats as the phone shows them."""

import json
from collections.abc import Callable
from typing import cast

import aiohttp

from sandbox.bell import Bell
from sandbox.shapes import ButtonView, JsonObject, KeyboardButtonView, KeyboardView, MessageView


class PhoneMirror:
    """Follows an event stream and remembers messages, keyboards and the events themselves."""

    def __init__(self, user_id: int) -> None:
        self.changed = Bell()
        self._user_id = user_id
        self._events: list[JsonObject] = []
        self._messages: dict[int, dict[int, MessageView]] = {}
        self._keyboards: dict[int, KeyboardView | None] = {}

    async def follow(self, response: aiohttp.ClientResponse) -> None:
        """Read the stream until it ends."""
        try:
            async for line in response.content:
                if line.startswith(b"data: "):
                    self._take(json.loads(line.removeprefix(b"data: ")))
        except aiohttp.ClientError:
            return
        finally:
            response.close()

    def _take(self, event: JsonObject) -> None:
        chat = cast("int", event.get("chat", 0))
        match event["type"]:
            case "message" | "edit":
                view = cast("MessageView", event["message"])
                self._messages.setdefault(chat, {})[view["id"]] = view
            case "delete":
                self._messages.get(chat, {}).pop(cast("int", event["id"]), None)
            case "keyboard":
                self._keyboards[chat] = cast("KeyboardView | None", event["keyboard"])
        self._events.append(event)
        self.changed.ring()

    async def reached(self, number: int) -> None:
        """Return once the event with this number is known."""
        while len(self._events) < number:
            await self.changed.wait()

    async def message_after(self, number: int, chat: int, fits: Callable[[MessageView], bool]) -> MessageView:
        """The first message, new or edited, behind event `number` that is not one's own and fits."""
        while True:
            position = len(self._events)
            for view in self.messages_after(number, chat):
                if fits(view):
                    return view
            number = position
            await self.changed.wait()

    def messages_after(self, number: int, chat: int) -> list[MessageView]:
        """Every message, new or edited, behind event `number` that is not one's own."""
        views = [
            cast("MessageView", event["message"])
            for event in self._events[number:]
            if event.get("chat") == chat and event["type"] in ("message", "edit")
        ]
        return [view for view in views if not view["mine"]]

    def newest(self, chat: int, fits: Callable[[MessageView], bool]) -> MessageView:
        """The newest message that fits. AssertionError with the transcript when there is none."""
        for view in self._newest_first(chat):
            if fits(view):
                return view
        raise AssertionError(f"There is no such message.\n{self.transcript(chat)}")

    def _newest_first(self, chat: int) -> list[MessageView]:
        return sorted(self._messages.get(chat, {}).values(), key=lambda view: view["id"], reverse=True)

    def button(self, chat: int, label: str, message: int | None) -> tuple[int, ButtonView] | None:
        """The inline button with this label on the newest message that has one, else one that contains it."""
        for view in self._newest_first(chat):
            if message is not None and view["id"] != message:
                continue
            buttons = [button for row in view["inline_keyboard"] or [] for button in row]
            exact = [button for button in buttons if button["text"] == label]
            partial = [button for button in buttons if label in button["text"]]
            if exact or partial:
                return view["id"], (exact or partial)[0]
        return None

    def key(self, chat: int, label: str) -> KeyboardButtonView | None:
        """The reply-keyboard button with this label, else one that contains it."""
        keyboard = self._keyboards.get(chat)
        keys = [key for row in keyboard["rows"] for key in row] if keyboard else []
        exact = [key for key in keys if key["text"] == label]
        return next(iter(exact or [key for key in keys if label in key["text"]]), None)

    def transcript(self, chat: int) -> str:
        """The chat line by line, oldest first, with buttons and keyboard."""
        lines = [_line(view) for view in reversed(self._newest_first(chat))]
        keyboard = self._keyboards.get(chat)
        if keyboard:
            keys = " | ".join(key["text"] for row in keyboard["rows"] for key in row)
            lines.append(f"    keyboard: {keys}")
        return "\n".join([f"--- chat {chat} as {self._user_id} sees it", *lines, "---"])


def searchable(view: MessageView) -> str:
    """Everything that a person can read in a message, apart from its buttons."""
    invoice, media = view["invoice"], view["media"]
    parts = [view["text"], view["service"] or ""]
    if invoice is not None:
        parts += [invoice["title"], invoice["description"], invoice["label_total"]]
    if media is not None and media["name"]:
        parts.append(media["name"])
    return "\n".join(part for part in parts if part)


def _line(view: MessageView) -> str:
    media = f" <{view['media']['kind']}>" if view["media"] is not None else ""
    edited = " (edited)" if view["edited"] else ""
    text = searchable(view).replace("\n", "\n      ")
    line = f"{view['id']:>4} {view['from']['name']}{edited}:{media} {text}"
    rows = view["inline_keyboard"] or []
    return "\n".join([line, *("    [" + "] [".join(button["text"] for button in row) + "]" for row in rows)])
