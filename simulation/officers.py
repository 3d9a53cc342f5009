"""Officers at the desk: they take what waits, decide, pay out, book, talk, and press the wrong button now and then."""

import re
from collections.abc import Mapping
from random import Random
from typing import Final

from sandbox.errors import PhoneError
from simulation import wild_acts
from simulation.habits import SENTENCES
from simulation.town import Town

LIKELY: Final[Mapping[str, float]] = {
    "claim": 10,
    "approve": 8,
    "grant": 14,
    "decline": 1.2,
    "because": 5,
    "refuse": 6,
    "confirm_payout": 12,
    "refuse_draw": 0.8,
    "undrawn": 4,
    "undraw": 5,
    "block": 0.1,
    "confirm_receipt": 10,
    "book": 14,
    "reject_receipt": 1,
    "unbooked": 4,
    "reject": 5,
    "unpay": 8,
    "received": 0.5,
    "extend": 8,
    "extend_grant": 12,
    "refuse_extension": 1,
    "extend_because": 4,
    "extend_refuse": 5,
    "amount": 0.6,
    "term": 0.6,
    "ask_information": 0.6,
    "view_documents": 0.2,
    "talk": 1.5,
    "stop_talking": 3,
    "close": 4,
    "hand_back": 0.3,
    "drop": 0.3,
    "show": 0.4,
}
"""How gladly an officer presses a button of each kind."""
WILD: Final = (wild_acts.press_something, wild_acts.press_forged, wild_acts.press_altered, wild_acts.reply_something)
WILDNESS: Final = 0.05
AGAIN: Final = 0.05
"""How much less gladly they press what they have pressed before."""
RETURNED: Final = 0.02
"""How often the bank has returned a payment that the desk speaks of."""
_PAYMENT: Final = re.compile(r"\bP[0-9A-Z]{7}\b")
DECIDING: Final = frozenset({"grant", "refuse", "extend_grant", "extend_refuse"})
"""What ends a matter that its borrower may take back at the same time."""
DONE: Final = frozenset({"show", "view_documents"})
"""What alone is no reason to look at the desk."""


class Officer:
    """One officer with a phone, in the desk's group."""

    def __init__(self, town: Town, person: int) -> None:
        self.id = person
        self._town = town
        self._phone = town.phones[person]
        self._dice: Random = town.chance(f"officer {person}")
        self._bank: Random = town.chance(f"bank of {person}")
        self.decided = False
        """Whether the last thing done was a decision."""
        self._asked_for = "talk"
        self._pressed: set[tuple[int, str]] = set()
        self._payouts = 0

    async def sits_down(self) -> int:
        """How many acts are to be done at the desk."""
        if self._phone.asked_to_reply(self._town.desk) is None:
            wanted = [action for _, data in await self._buttons() if (action := _action(data)) not in DONE]
            if not wanted:
                return 0
        return self._dice.randint(2, 5)

    async def act(self) -> str:
        """Do one thing; answers what."""
        self.decided = False
        try:
            return await self._act()
        except PhoneError as refusal:
            return f"would have, but {refusal.reason}"

    async def _act(self) -> str:
        if self._dice.random() < WILDNESS:
            act = self._dice.choice(WILD)
            await act(self._phone, self._dice, self._town.desk)
            return f"goes wild: {act.__name__}"
        if self._bank.random() < RETURNED and (reference := await self._payment()) is not None:
            await self._phone.say(f"/reverse {reference}", self._town.desk)
            return f"/reverse {reference}"
        prompt = self._phone.asked_to_reply(self._town.desk)
        if prompt is not None and self._dice.random() < 0.95:
            text = self._reply()
            await self._phone.say(text, self._town.desk, reply_to=prompt)
            return f"replies {text}"
        buttons = await self._buttons()
        if not buttons or self._dice.random() < 0.03:
            await self._phone.say("/queue", self._town.desk)
            return "/queue"
        # The desk is read from below: what came last is seen first.
        weights = [LIKELY.get(_action(data), 0.2) * 1.25**place for place, (_, data) in enumerate(buttons)]
        fresh = [
            weight if button not in self._pressed else weight * AGAIN
            for weight, button in zip(weights, buttons, strict=True)
        ]
        ((message, data),) = self._dice.choices(buttons, fresh)
        self._pressed.add((message, data))
        action = _action(data)
        if action in ("confirm_payout", "ask_information", "talk", "received", "amount"):
            self._asked_for = action
        self.decided = action in DECIDING
        await self._phone.press_data(message, data, self._town.desk)
        if self._dice.random() < 0.05:
            await self._phone.press_data(message, data, self._town.desk)
            return f"presses {data} twice"
        return f"presses {data}"

    async def _payment(self) -> str | None:
        """The number of a payment that the desk speaks of."""
        views = await self._phone.messages(self._town.desk)
        known = sorted({found for view in views for found in _PAYMENT.findall(view.get("text") or "")})
        return self._bank.choice(known) if known else None

    async def _buttons(self) -> list[tuple[int, str]]:
        views = await self._phone.messages(self._town.desk)
        found = [(view["id"], data) for view in views for data in wild_acts.data_on([view])]
        return [(message, data) for message, data in found if data.startswith("desk:")]

    def _reply(self) -> str:
        match self._asked_for:
            case "confirm_payout":
                self._payouts += 1
                return f"BANK-{self.id}-{self._payouts}"
            case "received" | "amount":
                return str(self._dice.randrange(10, 60) * 100)
            case "ask_information":
                return "Please send a photo of your lease."
        return self._dice.choice(SENTENCES)


def _action(data: str) -> str:
    return data.split(":")[1] if ":" in data else data
