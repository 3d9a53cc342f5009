"""Borrowers: each with a purpose, habits, a payday, and moments in which they press just anything."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from sandbox.errors import PhoneError
from sandbox.shapes import MessageView
from simulation import wild_acts
from simulation.habits import NONSENSE, SENTENCES, STROLLS, WAYS, Choice
from simulation.papers import jpeg, pdf
from simulation.town import Standing, Town

CODE: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")
WILD: Final[Sequence[tuple[wild_acts.Act, float]]] = (
    (wild_acts.press_something, 8),
    (wild_acts.press_altered, 2),
    (wild_acts.press_forged, 3),
    (wild_acts.say_something, 4),
    (wild_acts.reply_something, 1),
    (wild_acts.edit_something, 1),
    (wild_acts.pay_something, 3),
    (wild_acts.send_something, 0.3),
)


@dataclass(frozen=True, slots=True)
class Temper:
    """What somebody is like. Days count from the due date: -3 is three days before it."""

    pays_from: int
    likely_to_pay: float
    """Chance of paying in a sitting once the day has come."""
    wildness: float
    """Share of acts that are neither asked for nor sensible."""
    blocks: float
    """Chance of blocking the bot in a sitting."""


WITHDRAWING: Final = ("status:withdraw_yes", "extend:drop")
"""Buttons that take back for good what waits for an officer."""
ABOUT_TO: Final = ("status:withdraw", "extend:withdraw")
"""Buttons that lead to those."""
THEIR_TURN: Final = frozenset({"draft", "collecting_documents", "more_information"})
"""States of an application that wait for the borrower."""
TEMPERS: Final = (
    Temper(pays_from=-3, likely_to_pay=0.8, wildness=0.04, blocks=0.0),
    Temper(pays_from=2, likely_to_pay=0.5, wildness=0.1, blocks=0.02),
    Temper(pays_from=0, likely_to_pay=0.7, wildness=0.3, blocks=0.02),
    Temper(pays_from=12, likely_to_pay=0.3, wildness=0.1, blocks=0.06),
)


class Borrower:
    """One person who borrows."""

    def __init__(self, town: Town, person: int) -> None:
        self.id = person
        self._town = town
        self._phone = town.phones[person]
        self._who = town.people[person]
        self._dice: Random = town.chance(f"borrower {person}")
        self.temper = self._dice.choice(TEMPERS)
        self._photos = 0
        self._sittings = 0

    async def sits_down(self) -> int:
        """How many acts the person is up for at this moment; 0 for none."""
        standing = await self._town.standing_of(self.id)
        if self._wants_to_pay(standing):
            likely, most = 0.25, 8
        elif standing.offer or standing.application in THEIR_TURN:
            likely, most = 0.35, 14
        elif not standing.loan and standing.application is None:
            likely, most = (0.5, 14) if self._sittings < 4 else (0.1, 14)
        else:
            likely, most = 0.06, 4
        if self._dice.random() >= likely:
            return 0
        self._sittings += 1
        return self._dice.randint(most // 2, most)

    async def hesitates(self) -> bool:
        """Whether one press would take back what waits for an officer."""
        cards = await self._phone.messages()
        return not self._phone.blocked and any(_is(data, WITHDRAWING) for data in wild_acts.data_on(cards[-2:]))

    async def withdraws(self) -> str:
        """Do what the hesitating person was about to do."""
        return await self._newest(WITHDRAWING) or "thinks better of it"

    async def act(self) -> str:
        """Do one thing; answers what."""
        try:
            return await self._act()
        except PhoneError as refusal:
            return f"would have, but {refusal.reason}"

    async def _act(self) -> str:
        if self._phone.blocked:
            if self._dice.random() < 0.2:
                await self._phone.start()
                return "comes back"
            return "is not to be reached"
        if self._dice.random() < self.temper.blocks / 4:
            await self._phone.block()
            return "blocks the bot"
        if self._dice.random() < self.temper.wildness:
            return await self._go_wild()
        if self._town.hesitation and await self.hesitates() and self._dice.random() < self._town.hesitation:
            return "hesitates"
        if self._dice.random() < self._town.second_thoughts and (done := await self._newest(ABOUT_TO)) is not None:
            return done
        step = await self._town.step_of(self.id)
        ways = WAYS.get(step or "")
        if ways is None or self._dice.random() < 0.08:
            return await self._errand(await self._town.standing_of(self.id))
        return await self._one_of(ways) or await self._errand(await self._town.standing_of(self.id))

    async def _go_wild(self) -> str:
        (act,) = self._dice.choices([act for act, _ in WILD], [weight for _, weight in WILD])
        await act(self._phone, self._dice)
        return f"goes wild: {act.__name__}"

    async def _errand(self, standing: Standing) -> str:
        """Something of one's own accord."""
        if not standing.registered:
            await self._phone.start()
            return "/start"
        return await self._say(self._purpose(standing))

    def _purpose(self, standing: Standing) -> str:
        if standing.offer:
            return "/offer"
        if standing.application is not None:
            return self._dice.choice(("/apply", "/status"))
        if self._wants_to_pay(standing) and self._dice.random() < self.temper.likely_to_pay:
            return "/repay"
        if standing.line and self._dice.random() < 0.4:
            return "/draw"
        if not standing.loan and self._dice.random() < 0.7:
            return "/apply"
        (stroll,) = self._dice.choices([where for where, _ in STROLLS], [weight for _, weight in STROLLS])
        return stroll

    def _wants_to_pay(self, standing: Standing) -> bool:
        return standing.due_on is not None and (self._town.today - standing.due_on).days >= self.temper.pays_from

    async def _one_of(self, ways: Sequence[Choice]) -> str | None:
        """One of the ways that are open, by weight; None when none is."""
        cards = await self._phone.messages()
        buttons = [(view["id"], data) for view in cards[-12:] for data in wild_acts.data_on([view])]
        # What people do seldom is no way out where nothing else is open.
        left = [way for way in ways if way[1] >= 1 or self._dice.random() < way[1] / 8]
        while left:
            (way,) = self._dice.choices(left, [weight for _, weight in left])
            done = await self._go(way[0], cards, buttons)
            if done is not None:
                return done
            left.remove(way)
        return None

    async def _go(self, way: str, cards: Sequence[MessageView], buttons: Sequence[tuple[int, str]]) -> str | None:
        verb, _, what = way.partition(" ")
        match verb:
            case "press":
                return await self._press(what, buttons)
            case "say":
                text = self._words(what, cards)
                return None if text is None else await self._say(text)
            case "share":
                await self._phone.share_contact()
            case "send":
                await self._send(what)
            case "pay" | "close":
                return await self._invoice(verb, cards)
        return way

    async def _press(self, beginning: str, buttons: Sequence[tuple[int, str]]) -> str | None:
        """The newest button of that kind; sometimes twice, as impatient people do."""
        fitting = [(message, data) for message, data in buttons if data.startswith(beginning)]
        if not fitting:
            return None
        newest = [each for each in fitting if each[0] == fitting[-1][0]]
        message, data = self._dice.choice(newest)
        await self._phone.press_data(message, data)
        if self._dice.random() < 0.06:
            await self._phone.press_data(message, data)
            return f"presses {data} twice"
        return f"presses {data}"

    async def _newest(self, actions: Sequence[str]) -> str | None:
        """Press the newest button of exactly such an action."""
        cards = (await self._phone.messages())[-12:]
        fitting = [(view["id"], data) for view in cards for data in wild_acts.data_on([view]) if _is(data, actions)]
        if not fitting:
            return None
        message, data = fitting[-1]
        await self._phone.press_data(message, data)
        return f"presses {data}"

    async def _say(self, text: str) -> str:
        await self._phone.say(text)
        return f"says {text}"

    async def _send(self, what: str) -> None:
        self._photos += 1
        number = self.id % 1000 * 100 + self._photos
        if what == "photo":
            await self._phone.send_photo(jpeg(number))
        else:
            await self._phone.send_document(pdf(number), "paper.pdf")

    async def _invoice(self, verb: str, cards: Sequence[MessageView]) -> str | None:
        unpaid = [view["id"] for view in cards if view["invoice"] is not None and not view["invoice"]["paid"]]
        if not unpaid:
            return None
        await (self._phone.pay(unpaid[-1]) if verb == "pay" else self._phone.cancel_payment(unpaid[-1]))
        return f"{verb} the invoice"

    def _words(self, what: str, cards: Sequence[MessageView]) -> str | None:
        who, dice = self._who, self._dice
        match what:
            case "name":
                return who.name
            case "id number":
                return who.id_number
            case "card number":
                return who.card_number
            case "employer":
                return who.employer
            case "address":
                return who.address
            case "income":
                return str(dice.randrange(4, 16) * 1000)
            case "amount":
                return str(dice.randrange(5, 20) * 1000)
            case "first draw":
                return str(dice.randrange(5, 30) * 100)
            case "part":
                return f"{dice.randrange(50, 900)}.{dice.randrange(100):02}"
            case "sentence":
                return dice.choice(SENTENCES)
            case "nonsense":
                return dice.choice(NONSENSE)
            case "consent":
                return dice.choice(("我同意签署", "I agree to sign"))
            case "wrong code":
                return f"{dice.randrange(10**6):06}"
            case "code":
                codes = [code for view in cards[-4:] if not view["mine"] for code in CODE.findall(view["text"])]
                return codes[-1] if codes else None
        raise LookupError(what)


def _is(data: str, actions: Sequence[str]) -> bool:
    return any(data == action or data.startswith(f"{action}:") for action in actions)
