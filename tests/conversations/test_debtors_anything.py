"""Whatever a debtor sends, at any point of offer, loan and repayment: an answer, no error, and books that balance."""

import random

import pytest

from sandbox import Person
from services.clock import local_date
from services.money import Money
from simulation.wild_acts import press_altered, press_forged, press_something, send_something
from simulation.wild_words import WORDS
from tests.conversations.debtors import Debtor, approved, debtor
from tests.conversations.town import Town

ACTS = 30
PLACES = (
    "/repay",
    "/loans",
    "/interest",
    "/offer",
    "500",
    "all",
    "银行转账",
    "Bank transfer",
    "plan",
    "contract",
    "sign the contract",
)
SAID = tuple(word for word in WORDS if word.strip())
"""Nobody can send an empty message."""


async def say_something(person: Person, chance: random.Random) -> None:
    await person.say(chance.choice(SAID))


MIX = ((press_something, 12), (say_something, 3), (send_something, 3), (press_altered, 3), (press_forged, 2))


async def go_somewhere(owing: Debtor, chance: random.Random) -> None:
    if chance.random() < 0.1:
        invoices = [view for view in await owing.person.messages() if view["invoice"] and not view["invoice"]["paid"]]
        if invoices:
            await owing.person.pay(chance.choice(invoices)["id"])
            return
    await owing.person.say(chance.choice(PLACES))


@pytest.mark.parametrize("seed", range(4))
async def test_a_debtor_can_do_anything_anywhere(town: Town, seed: int) -> None:
    chance = random.Random(1000 + seed)
    victim = await debtor(town, "en")
    seen = await victim.person.messages()
    owing = await debtor(town, ("en", "zh_Hans")[seed % 2])
    if seed % 2:
        await approved(town, owing.person)
    if seed > 1:
        await town.pass_time(days=45)
        seen = await victim.person.messages()
    for number in range(ACTS):
        if chance.random() < 0.3:
            await go_somewhere(owing, chance)
        else:
            (act,) = chance.choices([act for act, _ in MIX], [weight for _, weight in MIX])
            await act(owing.person, chance)
        await town.settled()
        assert town.errors == [], f"act {number}\n{owing.person.transcript()}"
        if number % 10 == 9:
            await town.restart()
    assert await victim.person.messages() == seen
    assert victim.loan.reference not in owing.person.transcript()
    await books_balance(town, owing)


async def books_balance(town: Town, owing: Debtor) -> None:
    await town.services.loans.accrue_all()
    books = await town.services.loans.trial_balance(owing.loan_id)
    assert not Money.total(books.values(), "CNY")
    loan = await owing.now(town)
    assert loan.as_of == local_date(town.clock.now(), town.services.lender.time_zone)
    receipts = await town.services.repayments.list(owing.borrower_id, owing.loan_id)
    assert Money.total((receipt.amount for receipt in receipts), "CNY") == loan.paid_total
