"""Whatever arrives wherever: a sensible answer, no error in the log, no state harmed, nobody else's data shown."""

import random
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from sandbox import Person
from services.application_states import ApplicationStatus
from services.models import ApplicationRow, LedgerEntryRow, LoanEventRow, LoanRow, PaymentRow
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf

ACTS = 45
WORDS = (
    "5000",
    "五千",
    "5k",
    "6个月",
    "six months",
    "11010519491231002X",
    "110105199003070019",
    "6222 0212 3456 7890 128",
    "李明",
    "Tom Baker",
    "上海市浦东新区世纪大道100号",
    "8000",
    "back",
    "返回",
    "menu",
    "菜单",
    "帮助",
    "cancel",
    "yes",
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
    " ",
    "a" * 700,
    "长" * 4500,
    "/start abc",
    "/apply",
    "/repay",
    "/loans",
    "/status",
    "/menu",
    "/cancel",
    "/help",
    "/settings",
    "/human",
    "/calculator",
    "/products",
    "/nonsense",
    "个人消费贷",
    "Personal loan",
    "买房",
    "casino",
    "人工",
    "还款",
)
FORGED = (
    "desk:claim:1",
    "desk:approve:1",
    "desk:payout:1",
    "desk:close:1",
    "repay:loan:1",
    "repay:loan:2",
    "repay:pay:1",
    "offer:open:1",
    "offer:accept:1",
    "sign:start:1",
    "schedule:loan:1",
    "schedule:statement:1",
    "documents:open:1",
    "status:withdraw:1",
    "apply:with:personal:5000.00:6:equal_installment",
    "apply:with:nothing:x:y:z",
    "apply:term:",
    "apply::",
    ":",
    "nav:",
    "nav:back",
    "x",
    "a:b:c:d:e:f",
    "calculator:rows:-5",
    "calculator:rows:99999999",
    "settings:at:99",
    "settings:speak:xx",
    "human:hardship:999",
    "human:hardship:x",
    "human:product:line",
    "catalogue:product:nothing",
    "start:agree",
    "start:language:en",
    "apply:edit:amount",
    "apply:confirm",
)

Act = Callable[[Person, random.Random], Awaitable[object]]


async def press_something(person: Person, chance: random.Random) -> None:
    with_buttons = [view for view in await person.messages() if view["inline_keyboard"]]
    if not with_buttons:
        await person.say("/menu")
        return
    # Mostly the newest card, sometimes one from long ago.
    view = with_buttons[-1] if chance.random() < 0.8 else chance.choice(with_buttons)
    data = [b["data"] for row in view["inline_keyboard"] or [] for b in row if b["kind"] == "callback" and b["data"]]
    if data:
        await person.press_data(view["id"], chance.choice(data))


async def press_altered(person: Person, chance: random.Random) -> None:
    views = [view for view in await person.messages() if not view["mine"]]
    if not views:
        return
    data = [
        b["data"] for view in views for row in view["inline_keyboard"] or [] for b in row if b["kind"] == "callback"
    ]
    forged = list(chance.choice([found for found in data if found] or list(FORGED)))
    forged[chance.randrange(len(forged))] = chance.choice("abcxyz0189:_é")
    await person.press_data(chance.choice(views)["id"], "".join(forged))


async def press_forged(person: Person, chance: random.Random) -> None:
    views = [view for view in await person.messages() if not view["mine"]]
    if views:
        await person.press_data(chance.choice(views)["id"], chance.choice(FORGED))


async def say_something(person: Person, chance: random.Random) -> None:
    await person.say(chance.choice(WORDS))


async def send_something(person: Person, chance: random.Random) -> None:
    sends: list[Callable[[], Awaitable[object]]] = [
        person.send_sticker,
        person.send_voice,
        person.send_location,
        person.share_contact,
        lambda: person.send_photo(jpeg(chance.randrange(10))),
        lambda: person.send_document(pdf(seed=chance.randrange(10)), "paper.pdf"),
        lambda: person.send_document(chance.randbytes(2000), "paper.pdf"),
        lambda: person.send_document(b"<html>", "photo.jpg"),
        lambda: person.send_album([jpeg(1), jpeg(2), jpeg(3)]),
    ]
    await chance.choice(sends)()


MIX: tuple[tuple[Act, int], ...] = (
    (press_something, 9),
    (say_something, 6),
    (send_something, 3),
    (press_altered, 3),
    (press_forged, 3),
)


@pytest.mark.parametrize("seed", range(8))
async def test_anything_at_any_point_gets_an_answer_and_harms_nothing(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    language = ("en", "zh_Hans")[seed % 2]
    victim, person = await town.borrower("en"), await town.borrower(language, registered=seed % 4 != 3)
    await victim.press("Calculator")
    await town.settled()
    secrets = [str((await town.services.borrowers.get(await town.borrower_id(victim))).phone_masked)]
    before = await victim.messages()
    await person.start()
    for number in range(ACTS):
        (act,) = chance.choices([act for act, _ in MIX], [weight for _, weight in MIX])
        seen = len(await person.messages())
        await act(person, chance)
        await town.settled()
        if act in (say_something, send_something):
            assert len(await person.messages()) > seen, f"no answer at act {number}\n{person.transcript()}"
        assert town.errors == [], f"act {number} {act.__name__}\n{person.transcript()}"
        if number % 15 == 14:
            await town.restart()
    assert await victim.messages() == before
    transcript = person.transcript()
    assert not any(secret in transcript for secret in secrets)
    await nothing_is_corrupted(town)


async def nothing_is_corrupted(town: Town) -> None:
    """Every state is a known one, at most one application is under way, money only where a loan was paid out."""
    async with town.process.database.reading() as session:
        applications = list(await session.scalars(select(ApplicationRow)))
        open_ones = [row for row in applications if ApplicationStatus(row.status) in (ApplicationStatus.DRAFT,)]
        assert len({row.borrower_id for row in open_ones}) == len(open_ones)
        for model in (LoanRow, LoanEventRow, LedgerEntryRow, PaymentRow):
            assert (await session.scalars(select(model))).all() == []
