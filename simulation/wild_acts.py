"""What people do who do not do what they are asked: anything, at random, in the private chat or in a group."""

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from sandbox.shapes import MessageView
from simulation.papers import jpeg, pdf
from simulation.wild_words import ABOUT_NUMBERS, ANSWERS, MALFORMED, NUMBERS, WORDS


class Handset(Protocol):
    """The acts that `sandbox.Person` and `simulation.phone.Phone` have in common. `chat` None is the private chat."""

    id: int

    def messages(self, chat: int | None = None) -> Awaitable[list[MessageView]]: ...

    def say(self, text: str, chat: int | None = None, reply_to: int | None = None) -> Awaitable[object]: ...

    def press_data(self, message_id: int, data: str, chat: int | None = None) -> Awaitable[object]: ...

    def edit(self, message_id: int, text: str, chat: int | None = None) -> Awaitable[object]: ...

    def delete(self, message_id: int, chat: int | None = None) -> Awaitable[object]: ...

    def send_photo(self, data: bytes, *, chat: int | None = None) -> Awaitable[object]: ...

    def send_document(self, data: bytes, name: str, *, chat: int | None = None) -> Awaitable[object]: ...

    def send_album(self, photos: Sequence[bytes], *, chat: int | None = None) -> Awaitable[object]: ...

    def send_files(
        self, kind: str, files: Sequence[tuple[bytes, str]], *, chat: int | None = None
    ) -> Awaitable[object]: ...

    def send_sticker(self, *, chat: int | None = None) -> Awaitable[object]: ...

    def send_voice(self, chat: int | None = None) -> Awaitable[object]: ...

    def send_location(self, *, chat: int | None = None) -> Awaitable[object]: ...

    def share_contact(
        self,
        *,
        phone: str | None = None,
        name: str | None = None,
        chat: int | None = None,
        reply_to: int | None = None,
    ) -> Awaitable[object]: ...

    def pay(self, message_id: int, chat: int | None = None) -> Awaitable[object]: ...

    def cancel_payment(self, message_id: int, chat: int | None = None) -> Awaitable[object]: ...


class Act(Protocol):
    """Something done on the phone, in the private chat or in `chat`."""

    __name__: str

    def __call__(self, person: Handset, chance: random.Random, chat: int | None = None) -> Awaitable[object]: ...


def data_on(views: Sequence[MessageView]) -> list[str]:
    """The callback data of all buttons."""
    lines = [line for view in views for line in view["inline_keyboard"] or []]
    return [button["data"] for line in lines for button in line if button["data"]]


async def _cards(person: Handset, chat: int | None) -> list[MessageView]:
    return [view for view in await person.messages(chat) if not view["mine"] and view["service"] is None]


async def press_something(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    """Mostly a button of the newest card, sometimes of one from long ago."""
    with_buttons = [view for view in await _cards(person, chat) if data_on([view])]
    if not with_buttons:
        return await person.say("/menu", chat)
    view = with_buttons[-1] if chance.random() < 0.7 else chance.choice(with_buttons)
    return await person.press_data(view["id"], chance.choice(data_on([view])), chat)


async def press_newest(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    """A button of the newest card that does not lead to the menu."""
    cards = [view for view in await _cards(person, chat) if data_on([view])]
    staying = [data for data in data_on(cards[-1:]) if not data.startswith("nav:")]
    if not staying:
        return await press_something(person, chance, chat)
    return await person.press_data(cards[-1]["id"], chance.choice(staying), chat)


async def press_altered(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    """Callback data with one character changed, added or left out."""
    views = await _cards(person, chat)
    if not views:
        return await person.say("/menu", chat)
    letters = list(chance.choice(data_on(views) or list(MALFORMED)))
    place, letter = chance.randrange(len(letters)), chance.choice("abcxyz0123456789:_é")
    letters[place : place + chance.randrange(2)] = chance.choice((letter, letter, ""))
    return await person.press_data(chance.choice(views)["id"], "".join(letters) or "x", chat)


async def press_forged(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    """Callback data that was made up, about one's own things and about those of others."""
    views = await _cards(person, chat)
    if not views:
        return await person.say("/menu", chat)
    numbered = f"{chance.choice(ABOUT_NUMBERS)}:{chance.choice(NUMBERS)}".rstrip(":")
    forged = numbered if chance.random() < 0.75 else chance.choice(MALFORMED)
    return await person.press_data(chance.choice(views)["id"], forged, chat)


async def say_something(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    return await person.say(chance.choice(WORDS), chat)


async def answer_something(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    return await person.say(chance.choice(ANSWERS), chat)


async def reply_something(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    """Words, or none, as a reply; mostly to the newest message."""
    views = await _cards(person, chat)
    if not views:
        return await person.say("?", chat)
    to = views[-1] if chance.random() < 0.6 else chance.choice(views)
    if chance.random() < 0.1:
        return await person.share_contact(phone="+8613000000000", name="Ada", chat=chat, reply_to=to["id"])
    return await person.say(chance.choice(WORDS), chat, reply_to=to["id"])


async def send_something(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    sends: list[Callable[[], Awaitable[object]]] = [
        lambda: person.send_sticker(chat=chat),
        lambda: person.send_voice(chat),
        lambda: person.send_location(chat=chat),
        lambda: person.share_contact(chat=chat),
        lambda: person.send_photo(jpeg(chance.randrange(10)), chat=chat),
        lambda: person.send_document(pdf(chance.randrange(10)), "paper.pdf", chat=chat),
        lambda: person.send_document(chance.randbytes(2000), "paper.pdf", chat=chat),
        lambda: person.send_document(b"<html>", "photo.jpg", chat=chat),
        lambda: person.send_files("video", [(b"moving", "film.mp4")], chat=chat),
        lambda: person.send_album([jpeg(1), jpeg(2), jpeg(3)], chat=chat),
    ]
    return await chance.choice(sends)()


async def edit_something(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    """Change or delete a message of one's own."""
    mine = [view for view in await person.messages(chat) if view["mine"] and view["text"] and view["media"] is None]
    if not mine:
        return await person.say("?", chat)
    if chance.random() < 0.3:
        return await person.delete(chance.choice(mine)["id"], chat)
    return await person.edit(chance.choice(mine)["id"], chance.choice(WORDS[:40]), chat)


async def pay_something(person: Handset, chance: random.Random, chat: int | None = None) -> object:
    """Pay an invoice, old or new, paid already or not; or think better of it on the payment form."""
    invoices = [view for view in await person.messages(chat) if view["invoice"]]
    if not invoices:
        return await person.say("/repay", chat)
    paying = person.pay if chance.random() < 0.7 else person.cancel_payment
    return await paying(chance.choice(invoices)["id"], chat)
