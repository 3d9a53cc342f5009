"""Further disbursements of one loan: 零贷零还 where it is repaid in parts, 零贷整还 where it is repaid in one sum."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from services.engine.fields import Reader
from services.money import Money


@dataclass(frozen=True, slots=True)
class Tranche:
    """So much more is lent from `on` on."""

    on: date
    amount: Money

    @classmethod
    def read(cls, value: object, path: str, currency: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(("on", "amount"))
        return cls(on=reader.day("on"), amount=reader.money("amount", currency))

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return {"on": self.on.isoformat(), "amount": str(self.amount.amount)}
