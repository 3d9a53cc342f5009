"""What an event moved, before it is put into words of the contract."""

from dataclasses import dataclass, field

from services.engine.allocation import Part
from services.engine.installment import Amounts, nothing


@dataclass(slots=True)
class Effect:
    """Minor units: the event's amount, how it was spread, what no row took."""

    amount: int
    spread: Amounts = field(default_factory=nothing)
    unallocated: int = 0

    def count(self, parts: list[Part]) -> None:
        """Add the parts to what was spread."""
        for part in parts:
            self.spread[part.component] += part.minor
