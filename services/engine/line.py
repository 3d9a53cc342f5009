"""One row of a schedule."""

from datetime import date

from services.engine.accrual import Stretch
from services.engine.dates import NEVER
from services.engine.periods import Period


class Line:
    """One row of a schedule, in minor units.

    `own` are the balances of its own period; `stretches` are what its interest was computed from, those of earlier rows
    whose interest it carries included; `capitalised` is interest that it adds to the principal and does not ask for,
    `drawn` what is lent further in its period, `drawn_first` the part of that which is lent on its first day.

    A row that bears its whole period on one balance is made with that balance, `before`, alone. Its stretch is made
    when it is asked for: of most rows nobody asks.
    """

    __slots__ = (
        "_before",
        "_own",
        "_stretches",
        "balance",
        "capitalised",
        "drawn",
        "drawn_first",
        "fees",
        "interest",
        "period",
        "principal",
    )

    def __init__(
        self,
        period: Period,
        principal: int,
        interest: int,
        fees: int,
        balance: int,
        before: int | None = None,
        *,
        own: tuple[Stretch, ...] = (),
        stretches: tuple[Stretch, ...] = (),
    ) -> None:
        self.period = period
        self.principal = principal
        self.interest = interest
        self.fees = fees
        self.balance = balance
        self.capitalised = self.drawn = self.drawn_first = 0
        self._before = before
        self._own = own
        self._stretches = stretches

    @property
    def own(self) -> tuple[Stretch, ...]:
        """The balances of the row's own period."""
        self._make_stretch()
        return self._own

    @own.setter
    def own(self, stretches: tuple[Stretch, ...]) -> None:
        self._make_stretch()
        self._own = stretches

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """What the row's interest was computed from."""
        self._make_stretch()
        return self._stretches

    @stretches.setter
    def stretches(self, stretches: tuple[Stretch, ...]) -> None:
        self._make_stretch()
        self._stretches = stretches

    @property
    def begins(self) -> date:
        """The day from which its interest runs; the first of all days where it bears none."""
        if self._before is not None:
            return self.period.start
        return self._stretches[0].start if self._stretches else date.min

    @property
    def grows(self) -> bool:
        """Whether interest goes on running without an end that is known; `interest` is then what it has come to."""
        return self._before is None and bool(self._stretches) and self._stretches[-1].end == NEVER

    @property
    def bears(self) -> int:
        """Interest that accrues in the row, to be paid or to be capitalised."""
        return self.interest + self.capitalised

    def copy(self) -> "Line":
        """The same row, to be changed by itself."""
        other = Line(
            self.period,
            self.principal,
            self.interest,
            self.fees,
            self.balance,
            self._before,
            own=self._own,
            stretches=self._stretches,
        )
        other.capitalised, other.drawn, other.drawn_first = self.capitalised, self.drawn, self.drawn_first
        return other

    def fall_due(self, day: date) -> None:
        """The row is due on the day, and its period ends by then; what its interest was computed from stays."""
        self._make_stretch()
        self.period = self.period._replace(end=min(self.period.end, day), due_on=day)

    def _make_stretch(self) -> None:
        if self._before is not None:
            period = self.period
            self._own = self._stretches = (Stretch(period, period.start, period.end, self._before),)
            self._before = None
