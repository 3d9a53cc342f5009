"""What people do in their chats, apart from HTTP: write, send, press, pay, block."""

import re
import secrets
from dataclasses import replace

from sandbox.bot_views import message_json, user_json
from sandbox.entities import detect_entities, trim, utf16_length, utf16_slice
from sandbox.errors import PhoneError
from sandbox.formatted import CAPTION_LIMIT, TEXT_LIMIT
from sandbox.mailroom import bot_status_changed, post, remove, set_keyboard, show_edit
from sandbox.models import Chat, Invoice, Media, Message
from sandbox.shapes import JsonObject, PaymentAnswer, PressAnswer
from sandbox.world import World

START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
INVOICE_LINK = "https://t.me/$"


class Actor:
    """One person in one chat. Raises PhoneError for what a phone would not let them do."""

    def __init__(self, world: World, person_id: int, chat_id: int) -> None:
        self.world = world
        self.person_id = person_id
        self.chat = world.persons_chat(person_id, chat_id)

    def write(self, text: str, *, reply_to: int | None = None, thread_id: int | None = None) -> list[Message]:
        """Send a text, an overlong one in parts, as Telegram's apps do."""
        text, _ = trim(text, [])
        if not text:
            raise PhoneError(400, "An empty message can't be sent.")
        return [self.send(text=part, reply_to=reply_to, thread_id=thread_id) for part in _parts(text)]

    def send(
        self,
        *,
        text: str = "",
        media: Media | None = None,
        media_group: str | None = None,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> Message:
        """Send a message of any kind."""
        self.check_may_write(thread_id)
        if media is not None and utf16_length(text) > CAPTION_LIMIT:
            raise PhoneError(400, f"A caption has at most {CAPTION_LIMIT} characters.")
        replied = self.chat.messages.get(reply_to) if reply_to is not None else None
        if reply_to is not None and replied is None:
            raise PhoneError(404, "The message to reply to is gone.")
        if thread_id is None and replied is not None:
            thread_id = replied.thread_id
        message = replace(
            self._blank(), text=text, entities=detect_entities(text), media=media, media_group=media_group
        )
        message.reply_to, message.thread_id = replied, thread_id
        self.chat.started = True
        post(self.world, self.chat, message)
        self._put_request_to_reply_away()
        return message

    def _blank(self) -> Message:
        return Message(
            id=self.world.next_message_id(self.chat),
            chat_id=self.chat.id,
            sender_id=self.person_id,
            date=self.world.now(),
        )

    def _put_request_to_reply_away(self) -> None:
        keyboard = self.chat.keyboards.get(self.person_id)
        if keyboard is not None and keyboard.force_reply:
            set_keyboard(self.world, self.chat, self.person_id, None)

    def check_may_write(self, thread_id: int | None = None) -> None:
        """Raise PhoneError when the bot is blocked, or the topic is missing or closed."""
        if self.chat.blocked:
            raise PhoneError(409, "You blocked this bot. Unblock it to write.")
        if thread_id is None:
            return
        topic = self.chat.topics.get(thread_id)
        if topic is None:
            raise PhoneError(404, "There is no such topic.")
        is_admin = self.chat.members.get(self.person_id) in ("creator", "administrator")
        if topic.closed and not is_admin:
            raise PhoneError(409, "This topic is closed.")

    def start(self, payload: str | None) -> list[Message]:
        """Press Start, perhaps through a deep link; a blocked bot is unblocked by it."""
        if payload and not START_PAYLOAD.fullmatch(payload):
            raise PhoneError(400, "A start parameter has 1 to 64 characters of A-Z, a-z, 0-9, _ and -.")
        if self.chat.blocked:
            unblock(self.world, self.chat)
        command = "/start" if self.chat.is_private else f"/start@{self.world.bot.username}"
        return self.write(f"{command} {payload}" if payload else command)

    def edit(self, message_id: int, text: str) -> Message:
        """Change a text or caption of one's own."""
        message = self._own(message_id)
        text, _ = trim(text, [])
        if message.media is None and not text:
            raise PhoneError(400, "A message can't become empty.")
        message.text, message.entities = text, detect_entities(text)
        message.edited_at = self.world.now()
        show_edit(self.world, self.chat, message, tell_bot=True)
        return message

    def delete(self, message_id: int) -> None:
        """Delete a message: in a private chat any, in a group one's own."""
        if not self.chat.is_private:
            self._own(message_id)
        elif message_id not in self.chat.messages:
            raise PhoneError(404, "There is no such message.")
        remove(self.world, self.chat, message_id)

    def _own(self, message_id: int) -> Message:
        message = self.chat.messages.get(message_id)
        if message is None:
            raise PhoneError(404, "There is no such message.")
        if message.sender_id != self.person_id:
            raise PhoneError(403, "That message is not yours.")
        return message

    async def press(self, message_id: int, data: str) -> PressAnswer:
        """Press an inline button, or send forged data, and wait for the bot's answer."""
        answer = await self.world.questions.callback_answer(self.begin_press(message_id, data))
        return answer or PressAnswer(answered=False, text=None, alert=False, url=None)

    def begin_press(self, message_id: int, data: str) -> str:
        """Press without waiting; answers the id of the query that the bot is to answer."""
        message = self.world.own_message(self.chat, message_id)
        if message is None:
            raise PhoneError(404, "There is no such message of the bot.")
        if self.chat.blocked:
            raise PhoneError(409, "You blocked this bot. Unblock it to press its buttons.")
        query_id = self.world.questions.open_callback()
        query: JsonObject = {
            "id": query_id,
            "from": user_json(self.world, self.person_id),
            "message": message_json(self.world, message),
            "chat_instance": str(self.chat.id * 7919),
            "data": data,
        }
        self.world.updates.put("callback_query", query, self.chat.id)
        return query_id

    async def pay(self, invoice: Invoice, message: Message | None) -> PaymentAnswer:
        """Pay an invoice: the bot is asked first, then told that the money came."""
        answered, objection = await self.world.questions.checkout_answer(self.begin_checkout(invoice))
        if not answered:
            return {"ok": False, "error": "The bot did not answer in time."}
        if objection is not None:
            return {"ok": False, "error": objection}
        self.hand_over_money(invoice, message)
        return {"ok": True, "error": None}

    def begin_checkout(self, invoice: Invoice) -> str:
        """Have the bot asked whether the invoice may be paid; answers the id of the query."""
        query_id = self.world.questions.open_checkout()
        query: JsonObject = {
            "id": query_id,
            "from": user_json(self.world, self.person_id),
            "currency": invoice.currency,
            "total_amount": invoice.total,
            "invoice_payload": invoice.payload,
        }
        self.world.updates.put("pre_checkout_query", query, self.chat.id)
        return query_id

    def hand_over_money(self, invoice: Invoice, message: Message | None) -> str:
        """The bot has consented: the money is taken, and the bot is told. Answers Telegram's id of the charge."""
        invoice.paid = True
        if message is not None:
            show_edit(self.world, self.chat, message)
        charge = f"tg_{secrets.token_hex(12)}"
        payment: JsonObject = {
            "currency": invoice.currency,
            "total_amount": invoice.total,
            "invoice_payload": invoice.payload,
            "telegram_payment_charge_id": charge,
            "provider_payment_charge_id": f"pr_{secrets.token_hex(12)}",
        }
        receipt = replace(self._blank(), service={"successful_payment": payment})
        receipt.thread_id = message.thread_id if message is not None else None
        post(self.world, self.chat, receipt)
        return charge

    def invoice(self, message_id: int | None, link: str | None) -> tuple[Invoice, Message | None]:
        """The invoice of a message or behind a link. Raises PhoneError 404 when there is none."""
        if link is not None:
            invoice = self.world.invoice_links.get(link.removeprefix(INVOICE_LINK))
            message = None
        else:
            message = self.chat.messages.get(message_id or 0)
            invoice = message.invoice if message is not None else None
        if invoice is None:
            raise PhoneError(404, "There is no such invoice.")
        return invoice, message


def _parts(text: str) -> list[str]:
    """The text in pieces of at most 4096 UTF-16 code units."""
    parts, total = [], utf16_length(text)
    offset = 0
    while offset < total:
        part = utf16_slice(text, offset, TEXT_LIMIT)
        if part.endswith("\N{REPLACEMENT CHARACTER}") and offset + TEXT_LIMIT < total:
            part = utf16_slice(text, offset, TEXT_LIMIT - 1)
        parts.append(part)
        offset += utf16_length(part)
    return parts


def block(world: World, chat: Chat) -> None:
    """The person blocks the bot."""
    if not chat.blocked:
        chat.blocked = True
        bot_status_changed(world, chat, chat.id, "member", "kicked")


def unblock(world: World, chat: Chat) -> None:
    """The person lets the bot write again."""
    if chat.blocked:
        chat.blocked = False
        bot_status_changed(world, chat, chat.id, "kicked", "member")


def contact_media(world: World, own_id: int, *, user_id: int | None, phone: str | None, name: str | None) -> Media:
    """A contact to share: one's own, another person's, or any name and number.

    One's own number comes without a plus sign, as Telegram's clients share it.
    """
    if phone is not None and user_id is None:
        return Media("contact", fields={"phone_number": phone, "first_name": name or "Contact"})
    person = world.person(user_id if user_id is not None else own_id)
    number = phone or person.phone
    if not number:
        raise PhoneError(409, "This person has no phone number.")
    fields: JsonObject = {
        "phone_number": number.removeprefix("+") if person.id == own_id else number,
        "first_name": name or person.first_name,
        "user_id": person.id,
    }
    if person.last_name and not name:
        fields["last_name"] = person.last_name
    return Media("contact", fields=fields)
