"""What people do who do not do what they are asked: anything, at random, in the private chat or in a group."""

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from sandbox import Person
from sandbox.shapes import MessageView
from tests.conversations.desk_matters import reply_without_words
from tests.sample_files import jpeg, pdf

WORDS = (
    "5000",
    "五千",
    "5k",
    "500",
    "0.01",
    "6个月",
    "six months",
    "11010519491231002X",
    "110105199003070019",
    "6222 0212 3456 7890 128",
    "李明",
    "Tom Baker",
    "上海市浦东新区世纪大道100号",
    "8000",
    "salaried",
    "back",
    "返回",
    "menu",
    "菜单",
    "帮助",
    "cancel",
    "yes",
    "好的",
    "submit",
    "send",
    "later",
    "all",
    "transfer",
    "contract",
    "sign the contract",
    "我同意签署",
    "I agree to sign",
    "123456",
    "<b>bold",
    "</b>&amp;<script>",
    "*_[`~>#+-=|{}.!",
    "' OR 1=1 --",
    "{amount}",
    "%s%n",
    "../../etc",
    "🙂🙃",
    "\u202eright to left",
    "۵۰۰۰",
    "NaN",
    "1e999",
    "-5",
    "0",
    "99999999999999999999",
    "a" * 700,
    "长" * 4500,
    "/start abc",
    "/apply",
    "/repay",
    "/loans",
    "/interest",
    "/draw",
    "/line L1234567",
    "/offer",
    "/status",
    "/menu",
    "/cancel",
    "/help",
    "/settings",
    "/human",
    "/calculator",
    "/products",
    "/queue",
    "/id",
    "/nonsense",
    "个人消费贷",
    "Personal loan",
    "买房",
    "casino",
    "人工",
    "还款",
)
ANSWERS = tuple(word for word in WORDS if not word.startswith("/") and word not in ("menu", "菜单", "cancel", "人工"))
"""What leads nowhere else."""
ABOUT_NUMBERS = (
    "desk:claim",
    "desk:show",
    "desk:drop",
    "desk:view_documents",
    "desk:ask_information",
    "desk:approve",
    "desk:amount",
    "desk:term",
    "desk:grant",
    "desk:decline",
    "desk:because",
    "desk:refuse",
    "desk:confirm_payout",
    "desk:confirm_receipt",
    "desk:received",
    "desk:book",
    "desk:unbooked",
    "desk:reject",
    "desk:reject_receipt",
    "desk:talk",
    "desk:stop_talking",
    "desk:hand_back",
    "desk:close",
    "repay:loan",
    "invoice:send",
    "invoice:drop",
    "transfer:choose",
    "transfer:receipt",
    "offer:open",
    "offer:contract",
    "offer:rows",
    "offer:decline",
    "offer:refuse",
    "signing:start",
    "signing:code",
    "schedule:loan",
    "schedule:table",
    "schedule:page",
    "schedule:picture",
    "schedule:calendar",
    "schedule:statement",
    "schedule:contract",
    "schedule:certificate",
    "status:withdraw",
    "status:withdraw_yes",
    "status:remove_yes",
    "upload:paper",
    "upload:view",
    "upload:replace",
    "upload:delete",
    "upload:delete_yes",
    "human:hardship",
    "human:complaint",
    "settings:at",
    "calculator:rows",
)
"""Callback data that names a row of the database, own or somebody else's, by its number."""
MALFORMED = (
    "apply:with:personal:5000.00:6:equal_installment",
    "apply:with:personal:NaN:6:equal_installment",
    "apply:with:personal:5000:-6:equal_installment",
    "apply:with:nothing:x:y:z",
    "apply:set:amount:5000",
    "apply:set:term:9999",
    "apply:set:method:<b>",
    "apply:known:id_number",
    "apply:keep:amount",
    "apply:term:",
    "apply::",
    ":",
    "nav:",
    "nav:back",
    "nav:cancel",
    "nav:human",
    "talk:leave",
    "x",
    "a:b:c:d:e:f",
    "desk:grant:1:500000:6",
    "desk:refuse:1:income",
    "desk:book:1:500:2026-03-02",
    "desk:reject:1:nothing",
    "settings:speak:xx",
    "settings:delete_yes",
    "human:product:line",
    "catalogue:product:nothing",
    "schedule:page:1:99",
    "upload:item:nothing",
    "upload:submit",
    "start:agree",
    "start:language:en",
    "start:language:xx",
    "apply:edit:amount",
    "apply:edit:nothing",
    "apply:confirm",
    "apply:change",
    "apply:change:amount",
    "apply:over_yes",
)
NUMBERS = ("1", "2", "3", "4", "5", "0", "-1", "999", "99999999999999999999", "x", "")


class Act(Protocol):
    """Something done on the phone, in the private chat or in `chat`."""

    __name__: str

    def __call__(self, person: Person, chance: random.Random, chat: int | None = None) -> Awaitable[object]: ...


def data_on(views: Sequence[MessageView]) -> list[str]:
    """The callback data of all buttons."""
    lines = [line for view in views for line in view["inline_keyboard"] or []]
    return [button["data"] for line in lines for button in line if button["data"]]


async def _cards(person: Person, chat: int | None) -> list[MessageView]:
    return [view for view in await person.messages(chat) if not view["mine"] and view["service"] is None]


async def press_something(person: Person, chance: random.Random, chat: int | None = None) -> object:
    """Mostly a button of the newest card, sometimes of one from long ago."""
    with_buttons = [view for view in await _cards(person, chat) if data_on([view])]
    if not with_buttons:
        return await person.say("/menu", chat)
    view = with_buttons[-1] if chance.random() < 0.7 else chance.choice(with_buttons)
    return await person.press_data(view["id"], chance.choice(data_on([view])), chat)


async def press_newest(person: Person, chance: random.Random, chat: int | None = None) -> object:
    """A button of the newest card that does not lead to the menu."""
    cards = [view for view in await _cards(person, chat) if data_on([view])]
    staying = [data for data in data_on(cards[-1:]) if not data.startswith("nav:")]
    if not staying:
        return await press_something(person, chance, chat)
    return await person.press_data(cards[-1]["id"], chance.choice(staying), chat)


async def press_altered(person: Person, chance: random.Random, chat: int | None = None) -> object:
    """Callback data with one character changed, added or left out."""
    views = await _cards(person, chat)
    if not views:
        return await person.say("/menu", chat)
    letters = list(chance.choice(data_on(views) or list(MALFORMED)))
    place, letter = chance.randrange(len(letters)), chance.choice("abcxyz0123456789:_é")
    letters[place : place + chance.randrange(2)] = chance.choice((letter, letter, ""))
    return await person.press_data(chance.choice(views)["id"], "".join(letters) or "x", chat)


async def press_forged(person: Person, chance: random.Random, chat: int | None = None) -> object:
    """Callback data that was made up, about one's own things and about those of others."""
    views = await _cards(person, chat)
    if not views:
        return await person.say("/menu", chat)
    numbered = f"{chance.choice(ABOUT_NUMBERS)}:{chance.choice(NUMBERS)}".rstrip(":")
    forged = numbered if chance.random() < 0.75 else chance.choice(MALFORMED)
    return await person.press_data(chance.choice(views)["id"], forged, chat)


async def say_something(person: Person, chance: random.Random, chat: int | None = None) -> object:
    return await person.say(chance.choice(WORDS), chat)


async def answer_something(person: Person, chance: random.Random, chat: int | None = None) -> object:
    return await person.say(chance.choice(ANSWERS), chat)


async def reply_something(person: Person, chance: random.Random, chat: int | None = None) -> object:
    """Words, or none, as a reply; mostly to the newest message."""
    views = await _cards(person, chat)
    if not views:
        return await person.say("?", chat)
    to = views[-1] if chance.random() < 0.6 else chance.choice(views)
    if chance.random() < 0.1:
        await reply_without_words(person, person.id if chat is None else chat, to["id"])
        return None
    return await person.say(chance.choice(WORDS), chat, reply_to=to["id"])


async def send_something(person: Person, chance: random.Random, chat: int | None = None) -> object:
    sends: list[Callable[[], Awaitable[object]]] = [
        lambda: person.send_sticker(chat=chat),
        lambda: person.send_voice(chat),
        lambda: person.send_location(chat=chat),
        lambda: person.share_contact(chat=chat),
        lambda: person.send_photo(jpeg(chance.randrange(10)), chat=chat),
        lambda: person.send_document(pdf(seed=chance.randrange(10)), "paper.pdf", chat=chat),
        lambda: person.send_document(chance.randbytes(2000), "paper.pdf", chat=chat),
        lambda: person.send_document(b"<html>", "photo.jpg", chat=chat),
        lambda: person.send_files("video", [(b"moving", "film.mp4")], chat=chat),
        lambda: person.send_album([jpeg(1), jpeg(2), jpeg(3)], chat=chat),
    ]
    return await chance.choice(sends)()


async def edit_something(person: Person, chance: random.Random, chat: int | None = None) -> object:
    """Change or delete a message of one's own."""
    mine = [view for view in await person.messages(chat) if view["mine"] and view["text"] and view["media"] is None]
    if not mine:
        return await person.say("?", chat)
    if chance.random() < 0.3:
        await person.delete(chance.choice(mine)["id"], chat)
        return None
    return await person.edit(chance.choice(mine)["id"], chance.choice(WORDS[:40]), chat)


async def pay_something(person: Person, chance: random.Random, chat: int | None = None) -> object:
    """Pay an invoice, old or new, paid already or not; or think better of it on the payment form."""
    invoices = [view for view in await person.messages(chat) if view["invoice"]]
    if not invoices:
        return await person.say("/repay", chat)
    paying = person.pay if chance.random() < 0.7 else person.cancel_payment
    return await paying(chance.choice(invoices)["id"], chat)
