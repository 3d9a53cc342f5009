"""Whether a loan may be extended, and by how much: the product's rules against the loan as it stands."""

from datetime import date, timedelta

from services.configuration.extension_rules import ExtensionRules
from services.engine.conditions import Method
from services.engine.state import LoanState
from services.errors import IllegalMove, InvalidInput
from services.extensions.extension_plans import Change, Kind, last_due_on, times_extended
from services.lending.loan_record import LoanRecord
from services.lending.rate_in_force import rate_on

LENGTHS_SHOWN = 6
"""As many choices are listed; of more, the shortest, the middle and the longest."""


class ExtensionNotOffered(IllegalMove):
    """The product's loans are not extended."""

    key = "extensions.not_offered"


class ExtendedTooOften(IllegalMove):
    """The loan was extended as often as it may be, `count` times."""

    key = "extensions.too_often"


class AskedTooEarly(IllegalMove):
    """The loan still has long to run; from `since` on it may be asked for."""

    key = "extensions.too_early"


class AskedTooLate(IllegalMove):
    """The loan's last due date is too long ago; until `until` it could be asked for."""

    key = "extensions.too_late"


class ArrearsFirst(IllegalMove):
    """Interest, fees and penalty that are due come first: `amount`."""

    key = "extensions.arrears_first"


class TransferUnderWay(IllegalMove):
    """A bank transfer for the loan is still looked for; until it is booked the plan cannot begin anew."""

    key = "extensions.transfer_under_way"


class LengthNotOffered(InvalidInput):
    """So many more installments cannot be had; at most `most`."""

    key = "extensions.length_not_offered"
    field = "installments"


def offered(rules: ExtensionRules | None, record: LoanRecord) -> ExtensionRules:
    """The rules under which the loan may be extended once more, whatever the day.

    Raises ExtensionNotOffered, ExtendedTooOften.
    """
    if rules is None or not rules.times or record.terms.method is Method.REVOLVING:
        raise ExtensionNotOffered
    if times_extended(record) >= rules.times:
        raise ExtendedTooOften(count=rules.times)
    return rules


def require_time_to_ask(rules: ExtensionRules, state: LoanState) -> None:
    """Raises AskedTooEarly, AskedTooLate."""
    end = last_due_on(state)
    if rules.from_days_before is not None and state.as_of < (since := end - timedelta(days=rules.from_days_before)):
        raise AskedTooEarly(since=since)
    if state.as_of > (until := end + timedelta(days=rules.until_days_after)):
        raise AskedTooLate(until=until)


def require_arrears_paid(rules: ExtensionRules, state: LoanState) -> None:
    """Raises ArrearsFirst. Principal that is overdue stays due and hinders nothing."""
    due = state.due_now
    amount = due.interest + due.fees + due.penalty
    if rules.arrears_paid_first and amount:
        raise ArrearsFirst(amount=amount)


def most(rules: ExtensionRules, kind: Kind) -> int:
    """Installments that one extension of that kind adds at most."""
    return rules.most_paused if kind is Kind.PAUSE else rules.most_installments


def choices(rules: ExtensionRules) -> list[tuple[Kind, int]]:
    """What there is to choose from, each kind shortest first."""
    return [(kind, count) for kind in Kind for count in _lengths(most(rules, kind))]


def _lengths(longest: int) -> tuple[int, ...]:
    if longest <= LENGTHS_SHOWN:
        return tuple(range(1, longest + 1))
    return tuple(sorted({1, 2, 3, longest // 2, longest}))


def change_of(rules: ExtensionRules, record: LoanRecord, kind: Kind, installments: int, on: date) -> Change:
    """What extending by so many installments means under the rules. Raises LengthNotOffered."""
    longest = most(rules, kind)
    if not 1 <= installments <= longest:
        raise LengthNotOffered(most=longest)
    rate = rate_on(record, on) + rules.rate_supplement if rules.rate_supplement else None
    return Change(kind, installments, rate)
