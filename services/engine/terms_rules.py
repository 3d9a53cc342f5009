"""What makes values into a loan: the rules that span several keys of the terms, and their limits."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from services.engine.conditions import MOST_INSTALLMENTS, NO_GRACE, BrokenPeriod, FeeTime, Method
from services.engine.dates import FIRST_DAY, LAST_DAY, Unit
from services.engine.errors import InvalidAmount, InvalidTerms, MissingKey, OutOfRange, shown
from services.engine.rounding import Rounder
from services.money import Money, digits_of

if TYPE_CHECKING:
    from services.engine.terms import Terms

LARGEST_AMOUNT = Decimal(10) ** 15
_EQUAL = (Method.EQUAL_INSTALLMENT, Method.FLAT)


def check(terms: "Terms") -> None:
    """Raises EngineError (InvalidTerms, OutOfRange, MissingKey) naming the key that breaks a rule."""
    _check_amounts(terms)
    _check_rates(terms)
    fewest = 0 if terms.method is Method.REVOLVING else 1
    if not fewest <= terms.installments <= MOST_INSTALLMENTS:
        raise OutOfRange(field="installments", minimum=fewest, maximum=MOST_INSTALLMENTS)
    _check_dates(terms)
    _check_tranches(terms)
    _check_method(terms)
    if terms.installments:
        _check_grace(terms)
    else:
        _check_open_ended(terms)
    _check_what_is_left(terms)


def _check_amounts(terms: "Terms") -> None:
    if not terms.principal.minor > 0:
        raise OutOfRange(field="principal", minimum=Money.from_minor(1, terms.currency).amount, maximum=LARGEST_AMOUNT)
    for name in ("principal", "installment_amount", "round_to"):
        amount: Money | None = getattr(terms, name)
        if amount is None:
            continue
        if amount.currency != terms.currency or not 0 <= amount.amount < LARGEST_AMOUNT:
            raise InvalidAmount(field=name, value=shown(amount), digits=digits_of(terms.currency))
        if not amount:
            raise OutOfRange(field=name, minimum=Money.from_minor(1, terms.currency).amount, maximum=LARGEST_AMOUNT)


def _check_rates(terms: "Terms") -> None:
    for name, maximum in (("annual_rate", 100_000), ("down_payment", 100), ("cost_cap", 100_000)):
        percent: Decimal | None = getattr(terms, name)
        if percent is not None and not (percent.is_finite() and 0 <= percent <= maximum):
            raise OutOfRange(field=name, minimum=0, maximum=maximum)
    if len(terms.rate_changes) > MOST_INSTALLMENTS:
        raise OutOfRange(field="rate_changes", minimum=0, maximum=MOST_INSTALLMENTS)
    for index, change in enumerate(terms.rate_changes):
        field = f"rate_changes[{index}]"
        if not (change.annual_rate.is_finite() and 0 <= change.annual_rate <= 100_000):
            raise OutOfRange(field=f"{field}.annual_rate", minimum=0, maximum=100_000)
        before = terms.rate_changes[index - 1].on if index else terms.disbursed_on
        if change.on <= before:
            reason = "a rate changes after the disbursement, and each change lies after the one before"
            raise InvalidTerms(field=f"{field}.on", reason=reason)


def _check_tranches(terms: "Terms") -> None:
    lent = terms.principal.amount
    for index, tranche in enumerate(terms.tranches):
        field, amount = f"tranches[{index}]", tranche.amount
        if amount.currency != terms.currency or not amount.minor > 0:
            least = Money.from_minor(1, terms.currency).amount
            raise OutOfRange(field=f"{field}.amount", minimum=least, maximum=LARGEST_AMOUNT)
        lent += amount.amount
        if lent >= LARGEST_AMOUNT:
            raise OutOfRange(field=f"{field}.amount", minimum=0, maximum=LARGEST_AMOUNT)
        before = terms.tranches[index - 1].on if index else terms.disbursed_on
        if not before <= tranche.on <= LAST_DAY:
            reason = "no disbursement lies before the one that it follows"
            raise InvalidTerms(field=f"{field}.on", reason=reason)


def _check_open_ended(terms: "Terms") -> None:
    """Without installments nothing can be said of due dates, or of what falls due on them."""
    for name in ("first_due_on", "due_day", "balloon", "non_working_days"):
        if getattr(terms, name) is not None:
            raise InvalidTerms(field=name, reason="a loan without installments has no due dates")
    if terms.down_payment:
        raise InvalidTerms(field="down_payment", reason="a loan without installments has no due dates")
    if terms.grace != NO_GRACE:
        raise InvalidTerms(field="grace", reason="a loan without installments has no due dates")
    if terms.broken_period is not BrokenPeriod.FIRST_INSTALLMENT:
        raise InvalidTerms(field="broken_period", reason="a loan without installments has no periods")
    for index, fee in enumerate(terms.fees):
        if fee.when in (FeeTime.EVERY_INSTALLMENT, FeeTime.FIRST_INSTALLMENT):
            raise InvalidTerms(field=f"fees[{index}].when", reason="a loan without installments has none to add it to")


def _check_dates(terms: "Terms") -> None:
    if not FIRST_DAY <= terms.disbursed_on <= LAST_DAY:
        raise OutOfRange(field="disbursed_on", minimum=FIRST_DAY, maximum=LAST_DAY)
    if terms.every < 1:
        raise OutOfRange(field="every", minimum=1, maximum=MOST_INSTALLMENTS)
    if terms.due_day is not None and terms.unit is not Unit.MONTH:
        raise InvalidTerms(field="due_day", reason="a day of the month needs the unit “month”")
    if terms.first_due_on is not None and terms.first_due_on < terms.disbursed_on:
        raise InvalidTerms(field="first_due_on", reason="the first due date lies before the disbursement")
    if terms.due_dates:
        _check_due_dates(terms)
    else:
        _check_horizon(terms)


def _check_due_dates(terms: "Terms") -> None:
    for name in ("first_due_on", "due_day"):
        if getattr(terms, name) is not None:
            raise InvalidTerms(field=name, reason="it stands beside due_dates, which replace it")
    if len(terms.due_dates) != terms.installments:
        raise InvalidTerms(field="due_dates", reason="there must be one due date for each installment")
    if terms.due_dates[0] < terms.disbursed_on:
        raise InvalidTerms(field="due_dates[0]", reason="the first due date lies before the disbursement")
    for index in range(1, len(terms.due_dates)):
        if terms.due_dates[index] <= terms.due_dates[index - 1]:
            raise InvalidTerms(field=f"due_dates[{index}]", reason="due dates must follow one another")


def _check_horizon(terms: "Terms") -> None:
    """The last due date, and a plain period more for its working day, must lie on the calendar."""
    first: date = terms.first_due_on or terms.disbursed_on
    days = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31}[terms.unit]
    if (LAST_DAY - first).days < days * terms.every * (terms.installments + 1):
        raise InvalidTerms(field="installments", reason=f"the last due date would lie after the year {LAST_DAY.year}")


def _check_method(terms: "Terms") -> None:
    custom = terms.method is Method.CUSTOM
    if custom and not terms.principal_plan:
        raise MissingKey(field="principal_plan")
    if terms.principal_plan and not custom:
        raise InvalidTerms(field="principal_plan", reason="only the method “custom” has a plan")
    if custom:
        _check_plan(terms)
    for name in ("installment_amount", "installment_rounding"):
        if getattr(terms, name) is not None and terms.method not in _EQUAL:
            raise InvalidTerms(
                field=name, reason="only the methods “equal_installment” and “flat” have an equal installment"
            )
    if terms.installment_amount is not None and terms.installment_rounding is not None:
        raise InvalidTerms(field="installment_rounding", reason="installment_amount already fixes the installment")


def _check_plan(terms: "Terms") -> None:
    if len(terms.principal_plan) != terms.installments:
        raise InvalidTerms(field="principal_plan", reason="there must be one amount for each installment")
    if Money.total(terms.principal_plan, terms.currency) != terms.principal:
        raise InvalidTerms(field="principal_plan", reason="the amounts must sum to the principal")
    for name, given in (
        ("down_payment", terms.down_payment),
        ("balloon", terms.balloon),
        ("grace", terms.grace.principal),
    ):
        if given:
            raise InvalidTerms(field=name, reason="with the method “custom” the plan alone says when principal is due")


def _check_grace(terms: "Terms") -> None:
    grace = terms.grace
    for name, most in (("principal", 1), ("interest_payment", 1), ("interest_charged", 0)):
        if not 0 <= getattr(grace, name) <= terms.installments - most:
            raise OutOfRange(field=f"grace.{name}", minimum=0, maximum=terms.installments - most)
    if terms.broken_period is not BrokenPeriod.FIRST_INSTALLMENT and grace.interest_charged:
        raise InvalidTerms(field="broken_period", reason="the first period is free of interest already")


def _check_what_is_left(terms: "Terms") -> None:
    """Something must reach the borrower, and something must be left to repay after down payment and balloon."""
    principal = Fraction(terms.principal.amount)
    rounder = Rounder(terms.round_to.minor if terms.round_to else 1, terms.rounding)
    withheld = sum(
        fee.amount.minor
        if fee.amount
        else rounder.percent_of(terms.principal.minor, fee.percent_of_principal or Decimal(0))
        for fee in terms.fees
        if fee.when is FeeTime.DISBURSEMENT
    )
    if withheld >= terms.principal.minor:
        raise InvalidTerms(field="fees", reason="the fees at disbursement take the whole principal")
    if terms.down_payment >= 100:
        raise InvalidTerms(field="down_payment", reason="nothing is left to repay")
    left = principal * (100 - Fraction(terms.down_payment)) / 100
    if terms.balloon is not None:
        share = Fraction(terms.balloon.percent or 0) / 100
        balloon = Fraction(terms.balloon.amount.amount) if terms.balloon.amount else principal * share
        if balloon > left:
            raise InvalidTerms(field="balloon", reason="it is more than the principal that is left")
