"""One chat's updates keep their order; different chats do not wait for each other, however slow one network is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox import Faults, Person
from tests.conversations.applicants import answer_until, with_papers_to_send
from tests.conversations.debtors import debtor
from tests.conversations.town import Town
from tests.sample_files import jpeg


@dataclass
class Held(Faults):
    """Holds the calls that match until they are let go: no clock decides how slow the network is."""

    at_the_gate: asyncio.Event = field(default_factory=asyncio.Event)
    open_gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def before(self, method: str, chat_id: int | None) -> None:
        if self.matches(method, chat_id):
            self.at_the_gate.set()
            await self.open_gate.wait()
        await super().before(method, chat_id)


@asynccontextmanager
async def slow_network(town: Town, *, chat: int | None = None, method: str | None = None) -> AsyncIterator[Held]:
    """Calls to `chat`, or of `method`, stay on their way until the end of the block."""
    held, usual = Held(chat=chat, method=method), town.sandbox.world.faults
    town.sandbox.world.faults = held
    try:
        yield held
    finally:
        held.open_gate.set()
        town.sandbox.world.faults = usual
    await town.settled()


async def said_by_the_bot(person: Person) -> list[str]:
    return [view["text"] for view in await person.messages() if not view["mine"]]


async def test_tom_is_answered_while_lins_answer_is_on_its_way(town: Town) -> None:
    lin, tom = await town.borrower(), await town.borrower("en")
    await lin.say("/apply")
    await lin.press("个人消费贷")
    await lin.expect("借款金额")
    await tom.say("/apply")
    await tom.press("Personal loan")
    await town.settled()
    heard_by_lin = await said_by_the_bot(lin)
    async with slow_network(town, chat=lin.id) as network:
        await lin.say("五千")
        await lin.say("6个月")
        await network.at_the_gate.wait()
        await answer_until(tom, "Purpose")
        await tom.expect("Name")
        assert await said_by_the_bot(lin) == heard_by_lin
    asked = (await said_by_the_bot(lin))[len(heard_by_lin) :]
    assert ["借款期限" in asked[0], "还款方式" in asked[1], len(asked)] == [True, True, 2]
    for person, term in ((lin, 6), (tom, 6)):
        draft = await town.services.applications.current(await town.borrower_id(person))
        assert draft is not None
        assert draft.amount is not None
        assert (draft.amount.amount, draft.term) == (Decimal(5000), term)


async def test_what_is_sent_while_a_photo_is_on_its_way_waits_behind_the_photo(town: Town) -> None:
    lin, tom = await with_papers_to_send(town), await town.borrower("en")
    heard_by_lin = await said_by_the_bot(lin)
    async with slow_network(town, method="download") as network:
        await lin.send_photo(jpeg(1))
        await lin.say("Proof of income")
        await network.at_the_gate.wait()
        await tom.say("/calculator")
        await tom.expect("Which loan")
        assert await said_by_the_bot(lin) == heard_by_lin
    first, second = (await said_by_the_bot(lin))[-2:]
    assert "Papers 1 / 2" in first
    assert "Proof of income" in second


async def test_toms_reminder_comes_while_lins_is_on_its_way(town: Town) -> None:
    lin, tom = await debtor(town, "zh_Hans"), await debtor(town, "en")
    heard_by_lin = await said_by_the_bot(lin.person)
    await tom.person.mark()
    async with slow_network(town, chat=lin.person.id) as network:
        days = asyncio.create_task(town.pass_time(days=25))
        await network.at_the_gate.wait()
        await tom.person.expect("7 days")
        assert await said_by_the_bot(lin.person) == heard_by_lin
        assert not days.done()
    await days
    (reminder,) = (await said_by_the_bot(lin.person))[len(heard_by_lin) :]
    assert "还有 7 天" in reminder
