"""Schedules: the engine against the floor and against packages."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from benchmarks import floor
from benchmarks.loans import PANEL, SIZES, Loan, standard
from benchmarks.packages import PACKAGES, NotComparable, Package
from benchmarks.results import About, Goal, Line, Part, lines_of
from benchmarks.tables import Verdict, engine_lines, engine_rows, floor_rows, judge
from benchmarks.timing import Contender, Pace, Timing, race
from services.engine import Terms, quote

FLOOR = "floor: bare Decimal loop"
ROWS = "engine: rows"
QUOTE = "engine: rows, totals and three rates (quote)"
READING = "engine: reading and checking terms"

FLOOR_LIMIT = 2.0
AHEAD = 1.0


class NotTheSameRows(AssertionError):
    """The floor computes other rows than the engine: a comparison of their speed would say nothing."""


def measure(pace: Pace, sizes: Sequence[int] = SIZES, packages: Sequence[Package] = PACKAGES) -> Part:
    """Times of one schedule each. Raises NotTheSameRows."""
    if not judge((floor_rows(loan), engine_rows(loan.terms())) for loan in PANEL).exact:
        raise NotTheSameRows
    installed = [package for package in packages if package.version]
    about = {FLOOR: About(exact=True), ROWS: About(exact=True)} | {
        package.name: _about(package) for package in installed
    }
    lines: list[Line] = []
    goals: list[Goal] = []
    for size in sizes:
        timings = race([*_own(standard(size)), *_theirs(standard(size), installed)], pace)
        lines += lines_of(str(size), timings, FLOOR, about)
        goals += _goals(size, timings, [package.name for package in installed if about[package.name].exact])
    skipped = tuple(f"{package.name} is not installed" for package in packages if not package.version)
    return Part("Schedules", tuple(lines), tuple(goals), skipped)


def verdict(package: Package) -> Verdict:
    """Whether the package's tables of the panel's loans are exact; those that it cannot compute are left aside."""
    pairs = []
    for loan in PANEL:
        try:
            pairs.append((package.rows(loan), engine_rows(loan.terms())))
        except NotComparable:
            continue
    return judge(pairs)


def _about(package: Package) -> About:
    found = verdict(package)
    return About(f"{package.version}, {package.table}", str(found), found.exact)


def _own(loan: Loan) -> list[Contender]:
    terms, document = loan.terms(), loan.document()
    return [
        Contender(FLOOR, partial(floor.rows, loan)),
        Contender(ROWS, partial(engine_lines, terms)),
        Contender(QUOTE, partial(quote, terms)),
        Contender(READING, partial(Terms.from_json, document)),
    ]


def _theirs(loan: Loan, installed: Sequence[Package]) -> list[Contender]:
    return [Contender(package.name, _compute(package, loan)) for package in installed]


def _compute(package: Package, loan: Loan) -> Callable[[], object]:
    compute, _ = package.prepare(loan)
    return compute


def _goals(size: int, timings: Mapping[str, Timing], rivals: Sequence[str]) -> list[Goal]:
    ours = timings[ROWS]
    goals = [Goal(f"{size} installments: rows within twice the floor", ours.over(timings[FLOOR]), FLOOR_LIMIT)]
    goals += [
        Goal(f"{size} installments: rows ahead of {name}, which is exact", ours.over(timings[name]), AHEAD)
        for name in rivals
    ]
    return goals
