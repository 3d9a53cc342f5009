"""One row of a schedule."""

from dataclasses import dataclass

from services.engine.accrual import Stretch
from services.engine.dates import NEVER
from services.engine.periods import Period


@dataclass(slots=True)
class Line:
    """One row of a schedule, in minor units.

    `own` are the balances of its own period; `stretches` are what its interest was computed from, those of earlier rows
    whose interest it carries included; `capitalised` is interest that it adds to the principal and does not ask for,
    `drawn` what is lent further in its period, `drawn_first` the part of that which is lent on its first day.
    """

    period: Period
    principal: int
    interest: int
    fees: int
    balance: int
    own: tuple[Stretch, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    capitalised: int = 0
    drawn: int = 0
    drawn_first: int = 0

    @property
    def grows(self) -> bool:
        """Whether interest goes on running without an end that is known; `interest` is then what it has come to."""
        return bool(self.stretches) and self.stretches[-1].end == NEVER

    @property
    def bears(self) -> int:
        """Interest that accrues in the row, to be paid or to be capitalised."""
        return self.interest + self.capitalised
