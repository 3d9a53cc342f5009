"""Borrowers who do not know that processes die: each looks at what the bot said last and goes on from there."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from sandbox import Person
from sandbox.phone_mirror import searchable
from services.money import Money
from tests.builders import card_number, id_number
from tests.conversations.applicants import ENGLISH
from tests.killing.ear import Ear
from tests.sample_files import jpeg, pdf

PATIENCE_S = 120.0
"""How long a borrower waits for something that has to come: it never decides whether the test passes on a machine that
is merely slow."""
MOST_ACTS = 120
"""Acts after which somebody who has not got where they wanted to is stuck."""
_numbers = count(300)

Act = Callable[[], Awaitable[object]]


class Unanswered(AssertionError):
    """Somebody did something, it was handled, and nothing came back."""


@dataclass
class Borrower:
    """Somebody with a phone. `ear` knows when what they did is handled."""

    person: Person
    ear: Ear
    acts: int = 0
    number: int = field(default_factory=lambda: next(_numbers))

    async def do(self, act: Act) -> None:
        """Do it, and wait until the bot has dealt with it. Raises Unanswered."""
        self.acts += 1
        await act()
        await self.ear.quiet(self.person.id)
        if not await self.person.heard():
            raise Unanswered(self.person.transcript())

    async def say(self, text: str) -> None:
        await self.do(lambda: self.person.say(text))

    async def press(self, label: str) -> None:
        """Press a button. Where the same card is shown again it stays as it was: an answer is what the card says."""
        self.acts += 1
        await self.person.press(label, within=PATIENCE_S)
        await self.ear.quiet(self.person.id)
        if not await self.person.heard() and not self.person.last()["inline_keyboard"]:
            raise Unanswered(self.person.transcript())

    def reads(self) -> str:
        """What the newest message says."""
        return searchable(self.person.last())

    async def go(self, ways: Sequence[tuple[str, Act]], goals: Sequence[str], otherwise: Act) -> None:
        """Go on, by the first of `ways` whose words stand in the newest message, until one of `goals` stands there."""
        for _ in range(MOST_ACTS):
            text = self.reads()
            if any(goal in text for goal in goals):
                return
            await next((act for words, act in ways if words in text), otherwise)()
        raise AssertionError(f"Never got to {goals}.\n{self.person.transcript()}")


async def apply(borrower: Borrower) -> None:
    """From the first word to a submitted application."""
    person, number = borrower.person, borrower.number
    given = {**ENGLISH, "ID number": id_number(serial=number), "Payout account": card_number(number)}

    def press(label: str) -> Act:
        return lambda: borrower.press(label)

    def answer(text: str) -> Act:
        return lambda: borrower.say(text)

    ways: list[tuple[str, Act]] = [
        ("choose your language", press("English")),
        ("Do you agree", press("I agree")),
        ("Your phone number", press("Share my phone number")),
        ("What would you like to do", answer("/apply")),
        ("unfinished application", press("Go on")),
        ("Please check", press("All correct")),
        ("Papers 0 / 2", lambda: borrower.do(lambda: person.send_photo(jpeg(2 * number)))),
        ("Papers 1 / 2", lambda: borrower.do(lambda: person.send_document(pdf(1, seed=number), "payslips.pdf"))),
        ("Papers 2 / 2", press("Submit application")),
        ("Which loan", press("Personal loan")),
        *((f"· {heading}", answer(text)) for heading, text in given.items()),
    ]
    await borrower.do(lambda: person.start())
    await borrower.go(ways, ("Your application is submitted", ": submitted"), answer("/apply"))


async def repay(borrower: Borrower, amount: Money) -> None:
    """Pay a part of the loan in the chat; paid is what the sandbox's bank took."""
    person = borrower.person
    typed = f"{amount.amount:.2f}"
    await borrower.say("/repay")
    ways: list[tuple[str, Act]] = [
        ("It settles:", lambda: borrower.press("Pay in this chat")),
        ("How much", lambda: borrower.say(typed)),
    ]
    for _ in range(MOST_ACTS):
        await borrower.go(ways, ("Press the pay button",), lambda: borrower.say("/repay"))
        answer = await person.pay()
        if answer["ok"]:
            await person.expect(f"We've received ¥{typed}", timeout=PATIENCE_S)
            await borrower.ear.quiet(person.id)
            return
        await borrower.say("/repay")
    raise AssertionError(f"Could not pay.\n{person.transcript()}")


async def transfer(borrower: Borrower, amount: Money) -> None:
    """Announce a transfer and send its receipt."""
    person = borrower.person
    typed = f"{amount.amount:.2f}"
    await borrower.say("/repay")
    ways: list[tuple[str, Act]] = [
        ("It settles:", lambda: borrower.press("Bank transfer")),
        ("How much", lambda: borrower.say(typed)),
        ("3 / 3 · Transfer", lambda: borrower.do(lambda: person.send_photo(jpeg(next(_numbers) + 10_000)))),
    ]
    await borrower.go(ways, ("Receipt received", "is being confirmed"), lambda: borrower.say("/repay"))
