"""A phone in somebody's hand, in this process: acts at once, and never waits for the bot."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.methods.media import new_media
from sandbox.models import Invoice, Media, Message
from sandbox.params import Params, Upload
from sandbox.phone.acts import Actor, block, unblock
from sandbox.phone.chats_http import ACTS
from sandbox.phone.requests import Body
from sandbox.phone_views import message_view
from sandbox.shapes import JsonObject, MessageView
from sandbox.world import World

REMEMBERED: Final = 40
"""Messages of a chat that a person scrolls back through."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that a person paid with their phone."""

    person: int
    charge_id: str
    amount_minor: int
    payload: str


@dataclass(frozen=True, slots=True)
class _Checkout:
    query_id: str
    answer: "asyncio.Future[str | None]"
    invoice: Invoice
    message: Message


class Phone:
    """One person's phone; the acts of `sandbox.Person` under the same names. `chat` None is the private chat.

    Raises PhoneError for what the app would not let them do.
    """

    def __init__(self, world: World, person_id: int) -> None:
        self.id = person_id
        self.charges: list[Charge] = []
        self._world = world
        self._queries: list[str] = []
        self._checkouts: list[_Checkout] = []

    @property
    def blocked(self) -> bool:
        """Whether this person has blocked the bot."""
        return self._world.chats[self.id].blocked

    def _actor(self, chat: int | None) -> Actor:
        return Actor(self._world, self.id, self.id if chat is None else chat)

    async def _act(self, name: str, body: JsonObject, chat: int | None = None) -> None:
        await ACTS[name](self._actor(chat), Body(body))

    async def say(self, text: str, chat: int | None = None, reply_to: int | None = None) -> None:
        """Send a text."""
        await self._act("text", {"text": text, "reply_to": reply_to}, chat)

    async def start(self) -> None:
        """Press Start, which lets a blocked bot write again."""
        await self._act("start", {})

    async def edit(self, message_id: int, text: str, chat: int | None = None) -> None:
        """Change a message of one's own."""
        await self._act("edit", {"message_id": message_id, "text": text}, chat)

    async def delete(self, message_id: int, chat: int | None = None) -> None:
        """Delete a message."""
        await self._act("delete", {"message_id": message_id}, chat)

    async def send_photo(self, data: bytes, *, chat: int | None = None) -> None:
        """Send a picture."""
        await self.send_files("photo", [(data, "photo.jpg")], chat=chat)

    async def send_document(self, data: bytes, name: str, *, chat: int | None = None) -> None:
        """Send a file as it is."""
        await self.send_files("document", [(data, name)], chat=chat)

    async def send_album(self, photos: Sequence[bytes], *, chat: int | None = None) -> None:
        """Send several photos at once."""
        await self.send_files("photo", [(data, f"photo{n}.jpg") for n, data in enumerate(photos)], chat=chat)

    async def send_files(self, kind: str, files: Sequence[tuple[bytes, str]], *, chat: int | None = None) -> None:
        """Send files (bytes and name) as photo, document or video."""
        actor = self._actor(chat)
        actor.check_may_write()
        found: list[Media] = [await new_media(self._world, kind, Upload(name, data), Params()) for data, name in files]
        group = f"album-{self._world.next_message_id(actor.chat)}" if len(found) > 1 else None
        for media in found:
            actor.send(media=media, media_group=group)

    async def share_contact(
        self, *, phone: str | None = None, name: str | None = None, chat: int | None = None, reply_to: int | None = None
    ) -> None:
        """Share one's own contact, or any number."""
        await self._act("contact", {"phone": phone, "first_name": name, "reply_to": reply_to}, chat)

    async def send_location(self, *, chat: int | None = None) -> None:
        """Share a place."""
        await self._act("location", {"latitude": 30.27, "longitude": 120.15}, chat)

    async def send_sticker(self, *, chat: int | None = None) -> None:
        """Send a sticker."""
        await self._act("sticker", {}, chat)

    async def send_voice(self, chat: int | None = None) -> None:
        """Send a second of silence."""
        await self._act("voice", {}, chat)

    async def press_data(self, message_id: int, data: str, chat: int | None = None) -> None:
        """Send any callback data for a message of the bot, whether or not such a button exists."""
        self._queries.append(self._actor(chat).begin_press(message_id, data))

    async def pay(self, message_id: int, chat: int | None = None) -> None:
        """Press the pay button of an invoice; `finish_checkouts` takes the money once the bot has consented."""
        actor = self._actor(chat)
        invoice, message = actor.invoice(message_id, None)
        if message is not None:
            query_id = actor.begin_checkout(invoice)
            answer = self._world.questions.checkout(query_id)
            self._checkouts.append(_Checkout(query_id, answer, invoice, message))

    async def cancel_payment(self, message_id: int, chat: int | None = None) -> None:
        """Open the payment form and close it again, which nobody is told of."""
        self._actor(chat).invoice(message_id, None)

    async def block(self) -> None:
        """Block the bot."""
        block(self._world, self._world.chats[self.id])

    async def unblock(self) -> None:
        """Let the bot write again."""
        unblock(self._world, self._world.chats[self.id])

    async def messages(self, chat: int | None = None) -> list[MessageView]:
        """The latest messages of the chat, oldest first."""
        found = list(self._actor(chat).chat.messages.values())[-REMEMBERED:]
        return [message_view(self._world, message, self.id) for message in found]

    def asked_to_reply(self, chat: int) -> int | None:
        """The message to which the bot asks this member of a group to reply, if there is one."""
        keyboard = self._world.chats[chat].keyboards.get(self.id)
        return keyboard.force_reply_to if keyboard is not None and keyboard.force_reply else None

    def finish_checkouts(self) -> int:
        """Take the money where the bot has consented, and drop what it refused; answers how many were paid."""
        agreed = [each for each in self._checkouts if each.answer.done() and each.answer.result() is None]
        self._checkouts = [each for each in self._checkouts if not each.answer.done()]
        for checkout in agreed:
            invoice = checkout.invoice
            charge = self._actor(None).hand_over_money(invoice, checkout.message)
            self.charges.append(Charge(self.id, charge, invoice.total, invoice.payload))
        return len(agreed)

    def lose_patience(self) -> None:
        """Buttons stop turning and payment forms close: an answer to them comes too late from here on."""
        for query_id in (*self._queries, *(each.query_id for each in self._checkouts)):
            self._world.questions.forget(query_id)
        self._queries.clear()
        self._checkouts.clear()
