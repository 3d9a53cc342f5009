"""A person with a phone, for tests: everything over real HTTP, as the phone page does it."""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import aiohttp

from sandbox.phone_line import PhoneLine
from sandbox.phone_mirror import searchable
from sandbox.shapes import (
    ChatView,
    JsonObject,
    KeyboardButtonView,
    KeyboardView,
    MessageView,
    PaymentAnswer,
    PressAnswer,
)

UNANSWERED = PressAnswer(answered=False, text=None, alert=False, url=None)
Matcher = Callable[[MessageView], bool]


class Person(PhoneLine):
    """One person's phone. `chat` is a chat id everywhere; None means the private chat with the bot.

    What `expect` looks for has to come after the person's last act (or `mark`); nothing in between is missed.
    """

    async def say(
        self, text: str, chat: int | None = None, reply_to: int | None = None, thread: int | None = None
    ) -> MessageView:
        """Send a text; an overlong one goes out in parts, of which the last is answered."""
        return await self._message("text", {"text": text, "reply_to": reply_to, "thread_id": thread}, chat)

    async def start(self, payload: str | None = None) -> MessageView:
        """Press Start, perhaps through a deep link."""
        return await self._message("start", {"payload": payload}, None)

    async def edit(self, message_id: int, text: str, chat: int | None = None) -> MessageView:
        """Change a message of one's own."""
        return await self._message("edit", {"message_id": message_id, "text": text}, chat)

    async def delete(self, message_id: int, chat: int | None = None) -> None:
        """Delete a message."""
        await self._act("delete", {"message_id": message_id}, chat)

    async def send_photo(self, data: bytes, caption: str = "", chat: int | None = None) -> MessageView:
        """Send a picture as a photo, which Telegram turns into JPEG."""
        return (await self.send_files("photo", [(data, "photo.jpg")], caption, chat))[0]

    async def send_document(self, data: bytes, name: str, caption: str = "", chat: int | None = None) -> MessageView:
        """Send a file as it is."""
        return (await self.send_files("document", [(data, name)], caption, chat))[0]

    async def send_album(
        self, photos: Sequence[bytes], caption: str = "", chat: int | None = None
    ) -> list[MessageView]:
        """Send several photos at once."""
        files = [(data, f"photo{index}.jpg") for index, data in enumerate(photos)]
        return await self.send_files("photo", files, caption, chat)

    async def send_files(
        self,
        kind: str,
        files: Sequence[tuple[bytes, str]],
        caption: str = "",
        chat: int | None = None,
        thread: int | None = None,
    ) -> list[MessageView]:
        """Send files (bytes and name) as photo, document, video, voice, audio or sticker."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("as", kind)
        form.add_field("caption", caption)
        if thread is not None:
            form.add_field("thread_id", str(thread))
        for data, name in files:
            form.add_field("file", io.BytesIO(data), filename=name, content_type="application/octet-stream")
        url = f"{self._base}/chats/{self._chat_id(chat)}/files"
        async with self._session.post(url, data=form) as response:
            return cast("list[MessageView]", (await self._answer(response))["messages"])

    async def share_contact(
        self,
        other: int | None = None,
        phone: str | None = None,
        name: str | None = None,
        chat: int | None = None,
        reply_to: int | None = None,
    ) -> MessageView:
        """Share one's own contact, another person's (their id) or any number."""
        contact: JsonObject = {"user_id": other, "phone": phone, "first_name": name, "reply_to": reply_to}
        return await self._message("contact", contact, chat)

    async def send_location(
        self, latitude: float = 30.27, longitude: float = 120.15, chat: int | None = None
    ) -> MessageView:
        """Share a place; degrees."""
        return await self._message("location", {"latitude": latitude, "longitude": longitude}, chat)

    async def send_sticker(self, emoji: str = "👍", chat: int | None = None) -> MessageView:
        """Send a sticker."""
        return await self._message("sticker", {"emoji": emoji}, chat)

    async def send_voice(self, chat: int | None = None) -> MessageView:
        """Send a second of silence as a voice message."""
        return await self._message("voice", {}, chat)

    async def press(
        self, label: str, chat: int | None = None, message: int | None = None, within: float = 10.0
    ) -> PressAnswer:
        """Press the newest inline button with this label (or a part of it), else a reply-keyboard button.

        Waits up to `within` seconds for the button to appear; AssertionError with the transcript when it does not.
        A reply-keyboard button sends its text or shares the contact or place and counts as unanswered.
        """
        cid = self._chat_id(chat)
        await self._catch_up()
        try:
            async with asyncio.timeout(within):
                while True:
                    found = self._mirror.button(cid, label, message)
                    key = self._mirror.key(cid, label) if message is None else None
                    if found is not None or key is not None:
                        break
                    await self._mirror.changed.wait()
        except TimeoutError:
            raise AssertionError(f"There is no button {label!r}.\n{self.transcript(chat)}") from None
        if found is None:
            if key is not None:
                await self._press_key(key, chat)
            return UNANSWERED
        message_id, button = found
        if button["kind"] == "pay":
            await self.pay(message_id, chat)
            return UNANSWERED
        if button["kind"] != "callback":
            return PressAnswer(answered=False, text=None, alert=False, url=button["url"])
        return await self.press_data(message_id, button["data"] or "", chat)

    async def _press_key(self, key: KeyboardButtonView, chat: int | None) -> None:
        if key["request_contact"]:
            await self.share_contact(chat=chat)
        elif key["request_location"]:
            await self.send_location(chat=chat)
        else:
            await self.say(key["text"], chat)

    async def press_data(self, message_id: int, data: str, chat: int | None = None) -> PressAnswer:
        """Send any callback data for a message of the bot, whether or not such a button exists."""
        answer = await self._act("press", {"message_id": message_id, "data": data}, chat)
        return PressAnswer(
            answered=bool(answer["answered"]),
            text=cast("str | None", answer["text"]),
            alert=bool(answer["alert"]),
            url=cast("str | None", answer["url"]),
        )

    async def pay(self, message: int | None = None, chat: int | None = None) -> PaymentAnswer:
        """Pay an invoice, the newest one when no message is named."""
        return await self._checkout(message, chat, "paid")

    async def cancel_payment(self, message: int | None = None, chat: int | None = None) -> PaymentAnswer:
        """Open the payment form and close it again."""
        return await self._checkout(message, chat, "cancelled")

    async def pay_link(self, link: str) -> PaymentAnswer:
        """Pay the invoice behind a link."""
        return _payment(await self._act("pay", {"link": link, "outcome": "paid"}, None))

    async def _checkout(self, message: int | None, chat: int | None, outcome: str) -> PaymentAnswer:
        if message is None:
            await self._catch_up()
            message = self._mirror.newest(self._chat_id(chat), lambda view: view["invoice"] is not None)["id"]
        return _payment(await self._act("pay", {"message_id": message, "outcome": outcome}, chat))

    async def block(self) -> None:
        """Block the bot."""
        await self._post("/block", {})

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self._post("/unblock", {})

    async def advance(self, *, days: int = 0, hours: int = 0, jump: str | None = None) -> str:
        """Move the app's clock; what follows counts as after this act. Answers the time as ISO 8601."""
        await self.mark()
        body: JsonObject = {"jump": jump} if jump else {"days": days, "hours": hours}
        async with self._session.post(f"{self._root}/api/clock/advance", json=body) as response:
            return str((await self._answer(response))["now"])

    async def expect(
        self,
        text: str | re.Pattern[str],
        timeout: float = 10.0,  # noqa: ASYNC109 - the limit belongs to the assertion, with its own message
        chat: int | None = None,
    ) -> MessageView:
        """Wait for a message, new or edited and not one's own, that contains the text (or matches the pattern).

        AssertionError with the chat's transcript when none comes within `timeout` seconds.
        """
        pattern = re.compile(re.escape(text)) if isinstance(text, str) else text
        return await self._await(
            lambda view: pattern.search(searchable(view)) is not None, chat, timeout, f"message with {text!r}"
        )

    async def expect_media(
        self,
        kind: str,
        timeout: float = 10.0,  # noqa: ASYNC109 - the limit belongs to the assertion, with its own message
        chat: int | None = None,
    ) -> MessageView:
        """Wait for an attachment of this kind, as `expect` waits for a text."""
        return await self._await(
            lambda view: view["media"] is not None and view["media"]["kind"] == kind, chat, timeout, kind
        )

    async def _await(self, fits: Matcher, chat: int | None, seconds: float, what: str) -> MessageView:
        cid = self._chat_id(chat)
        waiting: Awaitable[MessageView] = self._mirror.message_after(self._mark, cid, fits)
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except TimeoutError:
            raise AssertionError(f"No {what} within {seconds} s.\n{self.transcript(chat)}") from None

    async def heard(self, chat: int | None = None) -> list[MessageView]:
        """What came since the person's last act, new or edited and not one's own."""
        await self._catch_up()
        return self._mirror.messages_after(self._mark, self._chat_id(chat))

    def last(self, chat: int | None = None) -> MessageView:
        """The newest message that is not one's own."""
        return self._mirror.newest(self._chat_id(chat), lambda view: not view["mine"])

    async def messages(self, chat: int | None = None) -> list[MessageView]:
        """All messages of the chat."""
        async with self._session.get(f"{self._base}/chats/{self._chat_id(chat)}/messages") as response:
            return cast("list[MessageView]", await response.json())

    async def chats(self) -> list[ChatView]:
        """The chat list."""
        async with self._session.get(f"{self._base}/chats") as response:
            return cast("list[ChatView]", await response.json())

    async def buttons(self, chat: int | None = None) -> list[str]:
        """Labels of the newest message that has inline buttons."""
        await self._catch_up()
        view = self._mirror.newest(self._chat_id(chat), lambda item: bool(item["inline_keyboard"]))
        return [button["text"] for row in view["inline_keyboard"] or [] for button in row]

    async def keyboard(self, chat: int | None = None) -> KeyboardView | None:
        """The reply keyboard."""
        views = [view for view in await self.chats() if view["id"] == self._chat_id(chat)]
        return views[0]["keyboard"] if views else None

    async def download(self, view: MessageView) -> bytes:
        """The bytes of a message's attachment."""
        media = view["media"]
        if media is None or not media["url"]:
            raise AssertionError(f"Message {view['id']} has no file.")
        async with self._session.get(f"{self._root}{media['url']}") as response:
            response.raise_for_status()
            return await response.read()


def _payment(answer: JsonObject) -> PaymentAnswer:
    return PaymentAnswer(ok=bool(answer["ok"]), error=cast("str | None", answer["error"]))
