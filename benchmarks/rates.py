"""Rates: the engine's decimal root finding against pyxirr's, which is compiled and uses binary floats."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from benchmarks.loans import SIZES, standard
from benchmarks.results import About, Line, Part, lines_of
from benchmarks.timing import Contender, Pace, race
from services.engine import quote
from services.engine.apr import Flow, annual_percentage_rate, nominal_rate, periodic_rate

MONTHLY = "engine: internal rate a month"
BY_DAYS = "engine: effective APR by days"
BY_MONTHS = "engine: effective APR by months"
NOMINAL = "engine: nominal APR (Regulation Z)"
THEIR_MONTHLY = "pyxirr.irr"
THEIR_BY_DAYS = "pyxirr.xirr"

_FEE_SHARE = 50
"""One part in so many of the principal is withheld as a fee, so that the rates differ from the nominal one."""


class NotTheSameRate(AssertionError):
    """pyxirr and the engine disagree within the digits that the engine answers."""


def measure(pace: Pace, sizes: Sequence[int] = SIZES) -> Part:
    """Times of one rate each. Raises NotTheSameRate."""
    try:
        installed = version("pyxirr")
    except PackageNotFoundError:
        return Part("Rates", (), skipped=("pyxirr is not installed",))
    about = {name: About(f"{installed}, compiled, floats") for name in (THEIR_MONTHLY, THEIR_BY_DAYS)}
    lines: list[Line] = []
    for size in sizes:
        timings = race(_contenders(size), pace)
        monthly = {name: timings[name] for name in (THEIR_MONTHLY, MONTHLY)}
        daily = {name: timings[name] for name in (THEIR_BY_DAYS, BY_DAYS, BY_MONTHS, NOMINAL)}
        lines += lines_of(str(size), monthly, THEIR_MONTHLY, about)
        lines += lines_of(str(size), daily, THEIR_BY_DAYS, about)
    return Part("Rates", tuple(lines))


def _contenders(size: int) -> list[Contender]:
    from pyxirr import irr, xirr

    loan = standard(size)
    begins, principal = loan.disbursed_on, int(loan.principal * 100)
    advance = principal - principal // _FEE_SHARE
    rows = quote(loan.terms()).rows
    amounts = [row.total.minor for row in rows]
    days = [begins + timedelta(days=30 * row.n) for row in rows]
    by_days = [Flow(day, amount, None) for day, amount in zip(days, amounts, strict=True)]
    by_months = [Flow(row.due_on, amount, row.n) for row, amount in zip(rows, amounts, strict=True)]
    periods = list(enumerate(amounts, 1))
    flows = [-float(advance), *map(float, amounts)]
    _agree(irr(flows), periodic_rate(advance, periods), 6)
    _agree(xirr([begins, *days], flows), annual_percentage_rate(advance, begins, by_days), 4)
    return [
        Contender(THEIR_MONTHLY, partial(irr, flows)),
        Contender(MONTHLY, partial(periodic_rate, advance, periods)),
        Contender(THEIR_BY_DAYS, partial(xirr, [begins, *days], flows)),
        Contender(BY_DAYS, partial(annual_percentage_rate, advance, begins, by_days)),
        Contender(BY_MONTHS, partial(annual_percentage_rate, advance, begins, by_months)),
        Contender(NOMINAL, partial(nominal_rate, advance, begins, by_months)),
    ]


def _agree(theirs: float | None, ours: Decimal | None, digits: int) -> None:
    """Theirs is a fraction, ours percent with so many digits."""
    if theirs is None or ours is None or abs(Decimal(theirs) * 100 - ours) > Decimal(1).scaleb(-digits):
        raise NotTheSameRate(f"{theirs} and {ours}")
