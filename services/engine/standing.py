"""Where a loan stands by its arrears: days past due, the regulator's class, the rung of the overdue ladder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.engine.classes import Ladder
from services.engine.policy import Policy

NORMAL = "normal"
CURRENT = 0
OVERDUE_LADDER = (1, 3, 7, 15, 30, 60, 90)
"""Days past due at which an overdue notice is owed, by rising firmness."""


@dataclass(frozen=True, slots=True)
class Arrears:
    """One installment's lateness: due on a day, cleared on another or not yet."""

    due_on: date
    cleared_on: date | None

    def is_cleared(self, day: date) -> bool:
        """Whether nothing of it was owed any more at the end of the day."""
        return self.cleared_on is not None and self.cleared_on <= day


def days_past_due(arrears: Iterable[Arrears], as_of: date, due_day_counts_as: int = 0) -> int:
    """Days since the oldest due date that is not cleared, 0 when none is; the due date itself may count as a day."""
    oldest = min((late.due_on for late in arrears if late.due_on <= as_of and not late.is_cleared(as_of)), default=None)
    return 0 if oldest is None else (as_of - oldest).days + due_day_counts_as


def class_of(days: int, ladder: Ladder) -> str:
    """The worst class whose limit the days exceed, `normal` when they exceed none."""
    for limit, name in reversed(ladder):
        if days > limit:
            return name
    return NORMAL


def classification(arrears: Sequence[Arrears], as_of: date, policy: Policy) -> str:
    """The regulator's class, kept for the observation period after all arrears are cleared.

    With an observation period the worst class of a run of arrears stays until they are all cleared, and for so many
    days from then on. Without one the class follows the days past due.
    """
    extra = policy.due_day_counts_as
    worst = days_past_due(arrears, as_of, extra)
    if policy.observation_days:
        worst = max(worst, _worst_observed(arrears, as_of, policy))
    return class_of(worst, policy.classification)


def _worst_observed(arrears: Sequence[Arrears], as_of: date, policy: Policy) -> int:
    """Most days past due within the last run of overlapping arrears, 0 once its observation is over."""
    end, worst = None, 0
    for late in sorted(arrears, key=lambda late: late.due_on):
        until = as_of if late.cleared_on is None else min(late.cleared_on, as_of)
        if late.due_on >= as_of or until <= late.due_on:
            continue
        if end is None or late.due_on > end:
            worst = 0
            end = until
        worst = max(worst, (until - late.due_on).days + policy.due_day_counts_as)
        end = max(end, until)
    if end is None or (as_of - end).days >= policy.observation_days:
        return 0
    return worst


def rung(days: int, ladder: Sequence[int] = OVERDUE_LADDER) -> int:
    """The highest threshold of the ladder that so many days past due reach, CURRENT (0) when none is."""
    return max((threshold for threshold in ladder if threshold <= days), default=CURRENT)
