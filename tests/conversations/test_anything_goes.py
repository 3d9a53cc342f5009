"""Whatever arrives wherever: a sensible answer, no error in the log, no state harmed, nobody else's data shown.

`WALKS=20 pytest tests/conversations/test_anything_goes.py -n auto` takes twenty longer walks from
each point instead of one.
"""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest
from sqlalchemy import select

from sandbox import Person
from sandbox.shapes import MessageView, PaymentAnswer, PressAnswer
from services.audit.acts import Actor
from services.desk.handoff_states import HandoffKind
from services.models import AuditEntryRow, HandoffRow, PaymentRow
from services.repayment.payment_states import PaymentStatus
from services.repayment.payment_views import Aim
from simulation.wild_acts import (
    Act,
    answer_something,
    data_on,
    edit_something,
    pay_something,
    press_altered,
    press_forged,
    press_newest,
    press_something,
    reply_something,
    say_something,
    send_something,
)
from tests.conversations.consistency import nothing_is_corrupted
from tests.conversations.debtors import approved, paid_out
from tests.conversations.desk_matters import applied, asked, sent_receipt, signed
from tests.conversations.starting_points import STARTS
from tests.conversations.town import Town
from tests.sample_files import jpeg

WALKS = int(os.environ.get("WALKS", "1"))
ACTS, ACTS_PER_LIFE = (16 if WALKS == 1 else 30), 7
"""How many acts a walk has, and after how many the bot's process ends and another one begins."""
NEAR_THE_START: Sequence[tuple[Act, int]] = (
    (press_newest, 8),
    (answer_something, 5),
    (send_something, 4),
    (press_altered, 2),
    (press_forged, 2),
    (edit_something, 1),
)
ANYWHERE: Sequence[tuple[Act, int]] = (
    (press_something, 10),
    (say_something, 6),
    (send_something, 3),
    (press_altered, 3),
    (press_forged, 4),
    (reply_something, 1),
    (edit_something, 1),
    (pay_something, 2),
)
AT_THE_DESK: Sequence[tuple[Act, int]] = (
    (press_something, 12),
    (reply_something, 6),
    (say_something, 1),
    (send_something, 1),
    (press_altered, 2),
    (press_forged, 6),
    (edit_something, 1),
)
SAID: frozenset[Act] = frozenset({say_something, answer_something, send_something, reply_something})
PRESSED: frozenset[Act] = frozenset({press_something, press_newest, press_altered, press_forged})


@dataclass
class Victim:
    """Somebody else, whose things must stay their own."""

    person: Person
    secrets: Sequence[str]
    chat: list[MessageView] = field(default_factory=list)

    async def remember(self) -> None:
        self.chat = await self.person.messages()


async def victim(town: Town, number: int) -> Victim:
    """By turns somebody with an open offer, and somebody with a loan, a receipt that is looked at and a question."""
    person, services = await town.borrower("en"), town.services
    mine = {"name": "Victoria Quill", "employer": "Quill and Daughters", "address": "77 Lantern Lane, Kunming, Yunnan"}
    borrower_id = await town.borrower_id(person)
    secrets = [*mine.values(), str((await services.borrowers.get(borrower_id)).phone_masked)]
    if number % 2:
        offer = await approved(town, person, granted=None, **mine)
        contract = await services.contracts.issue(borrower_id, offer.id, "en")
        await services.contracts.send_code(borrower_id, contract.id)
        secrets.append(contract.reference)
    else:
        loan = (await paid_out(town, person, **mine)).loan
        payment = await services.repayments.open(borrower_id, loan.id, Aim.DUE)
        await services.transfers.choose(borrower_id, payment.id)
        await services.transfers.attach_receipt(borrower_id, payment.id, jpeg(999))
        question = await services.handoffs.ask(borrower_id, HandoffKind.QUESTION, "Is my son told of it?")
        secrets += [loan.reference, payment.reference, question.reference]
    (application,) = await services.applications.list(borrower_id)
    await town.settled()
    return Victim(person, [*secrets, application.reference])


async def walk(
    town: Town, person: Person, chance: random.Random, *mixes: Sequence[tuple[Act, int]], chat: int | None = None
) -> int:
    """Do one thing after the other, an equal part of the walk by each mix; answers how many payments went through."""
    paid = 0
    for number in range(ACTS):
        mix = mixes[number * len(mixes) // ACTS]
        (act,) = chance.choices([act for act, _ in mix], [weight for _, weight in mix])
        before = {view["id"] for view in await person.messages(chat)}
        outcome = await act(person, chance, chat)
        await town.settled()
        where = f"act {number} {act.__name__}: {outcome}\n{person.transcript(chat)}"
        assert town.errors == [], where
        if act in PRESSED and isinstance(outcome, dict) and "answered" in outcome:
            assert cast("PressAnswer", outcome)["answered"], where
        elif chat is None and act in SAID:
            assert await was_answered(person, before), where
        elif act is pay_something and isinstance(outcome, dict) and "ok" in outcome:
            paid += cast("PaymentAnswer", outcome)["ok"]
        if number % ACTS_PER_LIFE == ACTS_PER_LIFE - 1:
            await town.restart()
    return paid


async def was_answered(person: Person, before: set[int]) -> bool:
    """Whether the bot wrote something, or at least reacted to what was sent."""
    fresh = [view for view in await person.messages() if view["id"] not in before]
    return any(not view["mine"] or view["reactions"] for view in fresh)


async def settled_by_the_gateway(town: Town) -> int:
    async with town.process.database.reading() as session:
        query = select(PaymentRow).where(
            PaymentRow.status == PaymentStatus.SETTLED, PaymentRow.provider_reference.is_not(None)
        )
        return len((await session.scalars(query)).all())


@pytest.mark.parametrize("seed", range(WALKS))
@pytest.mark.parametrize("point", STARTS)
async def test_anything_at_any_point_gets_an_answer_and_harms_nothing(town: Town, point: str, seed: int) -> None:
    chance = random.Random(f"{point} {seed}")
    other = await victim(town, seed + len(point))
    person = await STARTS[point](town)
    await other.remember()
    booked = await settled_by_the_gateway(town)
    paid = await walk(town, person, chance, NEAR_THE_START, ANYWHERE)
    await person.say("/menu")
    await town.settled()
    assert data_on([person.last()]) or await person.keyboard(), person.transcript()
    assert await settled_by_the_gateway(town) == booked + paid
    assert await other.person.messages() == other.chat
    transcript = person.transcript()
    assert [secret for secret in other.secrets if secret in transcript] == []
    await nothing_is_corrupted(town)


async def busy_desk(town: Town) -> None:
    """One matter of each kind waits for the officers."""
    await applied(town, await town.borrower())
    await signed(town, await town.borrower())
    await sent_receipt(town, await town.borrower())
    await asked(town, await town.borrower())


@pytest.mark.parametrize("seed", range(WALKS))
@pytest.mark.parametrize("who", ["manager", "cashier", "manager in private"])
async def test_officers_can_do_anything_at_the_desk(town: Town, who: str, seed: int) -> None:
    await busy_desk(town)
    stage = town.stage
    person = await town.person(stage.assistant if who == "cashier" else stage.officer)
    if who == "manager in private":
        await person.start()
        await person.say("/queue")
    chat = None if "private" in who else town.desk
    await walk(town, person, random.Random(f"{who} {seed}"), AT_THE_DESK, chat=chat)
    await nothing_is_corrupted(town)


@pytest.mark.parametrize("seed", range(WALKS))
async def test_a_stranger_at_the_desk_can_do_nothing(town: Town, seed: int) -> None:
    await busy_desk(town)
    stranger = await town.borrower()
    town.sandbox.add_member(town.desk, stranger.id)
    before = await handoffs(town)
    await walk(town, stranger, random.Random(f"stranger {seed}"), AT_THE_DESK, chat=town.desk)
    assert await handoffs(town) == before
    async with town.process.database.reading() as session:
        officers = select(AuditEntryRow.actor_id).where(AuditEntryRow.actor == Actor.STAFF)
        assert stranger.id not in (await session.scalars(officers)).all()
    await nothing_is_corrupted(town)


async def handoffs(town: Town) -> list[tuple[int, str, int | None, bool]]:
    async with town.process.database.reading() as session:
        rows = await session.scalars(select(HandoffRow).order_by(HandoffRow.id))
        return [(row.id, row.status, row.claimed_by, row.talking) for row in rows]
