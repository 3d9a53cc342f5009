"""The benchmarks keep running and compare like with like. No time decides anything here."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from benchmarks import floor, rates, schedules
from benchmarks.__main__ import main, status
from benchmarks.loans import PANEL, Life, Loan, lives
from benchmarks.packages import PACKAGES, NotComparable, Package
from benchmarks.parts import PARTS, measure
from benchmarks.report import to_json, write
from benchmarks.results import Goal, Part
from benchmarks.tables import Row, Verdict, engine_rows, floor_rows, judge
from benchmarks.timing import Contender, Pace, Timing, race
from services.engine import payoff_quote, quote, replay

QUICK = Pace(rounds=1, turn_seconds=0, echoes=2)

MORE_LOANS = (
    Loan(Decimal("8000.00"), Decimal("0.01"), 7, date(2026, 5, 31)),
    Loan(Decimal("31415.92"), Decimal("36"), 120, date(2023, 10, 30)),
    Loan(Decimal("500.05"), Decimal("18.25"), 1, date(2028, 1, 29)),
)


def pretended(
    name: str, prepare: Callable[[Loan], tuple[Callable[[], object], Callable[[object], list[Row]]]]
) -> Package:
    """A package of a name that is certainly installed, with tables of our own."""
    return Package(name, "pretended", prepare)


def as_floor(loan: Loan) -> tuple[Callable[[], object], Callable[[object], list[Row]]]:
    return lambda: floor.rows(loan), lambda _: floor_rows(loan)


def only_years(loan: Loan) -> tuple[Callable[[], object], Callable[[object], list[Row]]]:
    if loan.installments % 12:
        raise NotComparable
    return as_floor(loan)


@pytest.mark.parametrize(
    "loan", [*PANEL, *MORE_LOANS], ids=lambda loan: f"{loan.installments}-from-{loan.disbursed_on}"
)
def test_the_floor_computes_the_rows_of_the_engine(loan: Loan) -> None:
    assert floor_rows(loan) == engine_rows(loan.terms())


@pytest.mark.parametrize("loan", PANEL, ids=lambda loan: f"{loan.installments}-from-{loan.disbursed_on}")
def test_the_rows_that_are_timed_are_those_of_a_quote(loan: Loan) -> None:
    quoted = [
        Row(row.n, row.due_on, row.principal.amount, row.interest.amount, row.total.amount, row.balance.amount)
        for row in quote(loan.terms()).rows
    ]
    assert engine_rows(loan.terms()) == quoted


RIGHT = [Row(1, date(2026, 2, 28), Decimal("8.00"), Decimal("2.00"), Decimal("10.00"), Decimal("0.00"))]


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (RIGHT[0], Verdict()),
        (RIGHT[0]._replace(due_on=None), Verdict(dated=False)),
        (RIGHT[0]._replace(principal=8.0), Verdict(("binary floats",))),
        (RIGHT[0]._replace(interest=Decimal("2.01")), Verdict(("off by up to 0.0100",))),
        (RIGHT[0]._replace(balance=Decimal("2E-10")), Verdict(("off by up to 2e-10",))),
        (RIGHT[0]._replace(due_on=date(2026, 3, 3)), Verdict(("other due dates",))),
    ],
)
def test_a_table_is_exact_only_with_every_figure_and_date(row: Row, verdict: Verdict) -> None:
    assert judge([([row], RIGHT)]) == verdict


def test_a_missing_row_is_a_fault() -> None:
    assert judge([([], RIGHT)]) == Verdict(("another number of rows",))


def test_what_a_verdict_says() -> None:
    assert str(Verdict()) == "exact"
    assert str(Verdict(dated=False)) == "exact; no due dates"
    assert str(Verdict(("binary floats", "other due dates"))) == "not exact: binary floats, other due dates"


def test_contenders_take_turns_and_the_first_of_a_round_changes() -> None:
    called: list[str] = []
    contenders = [Contender(name, partial(called.append, name)) for name in ("a", "b")]
    timings = race(contenders, Pace(rounds=2, turn_seconds=0))
    assert called[-4:] == ["a", "b", "b", "a"]
    assert {name: len(timing.seconds) for name, timing in timings.items()} == {"a": 2, "b": 2}


def test_a_ratio_compares_within_each_round() -> None:
    slow_machine_later = Timing((1.0, 2.0, 10.0))
    assert Timing((3.0, 6.0, 30.0)).over(slow_machine_later) == 3.0


def test_an_exact_package_becomes_a_goal_and_a_missing_one_a_visible_line() -> None:
    packages = (pretended("pytest", as_floor), pretended("no-such-package-of-loans", as_floor))
    part = schedules.measure(QUICK, (12,), packages)
    assert [line.name for line in part.lines][-1] == "pytest"
    assert [goal.says for goal in part.goals] == [
        "12 installments: rows within twice the floor",
        "12 installments: rows ahead of pytest, which is exact",
    ]
    assert part.skipped == ("no-such-package-of-loans is not installed",)
    assert "Skipped: no-such-package-of-loans is not installed." in printed([part])


def test_a_loan_that_a_package_cannot_compute_is_left_aside() -> None:
    assert schedules.verdict(pretended("pytest", only_years)) == Verdict()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_is_pinned(package: Package) -> None:
    pinned = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"{package.name}==' in pinned


@pytest.mark.parametrize("life", lives(), ids=lambda life: life.name)
def test_five_years_hold_a_hundred_payments_and_something_is_left_to_pay_off(life: Life) -> None:
    state = replay(life.terms, life.policy, life.events, life.on)
    assert len(life.events) == len(state.transactions) == 100
    assert state.payoff == payoff_quote(life.terms, life.policy, life.events, life.on).total
    assert state.payoff.minor > 0
    assert not any(transaction.allocated.unallocated for transaction in state.transactions)


def test_one_round_fills_every_line_of_the_report() -> None:
    parts = [measure(name, QUICK) for name in ("schedules", "rates", "lives")]
    names = {line.name for part in parts for line in part.lines}
    assert {schedules.FLOOR, schedules.ROWS, schedules.QUOTE, schedules.READING} <= names
    assert {
        rates.MONTHLY,
        rates.BY_DAYS,
        rates.BY_MONTHS,
        rates.NOMINAL,
        rates.THEIR_MONTHLY,
        rates.THEIR_BY_DAYS,
    } <= names
    assert {"echo through python-telegram-bot", "the same by the clock on the wall"} <= names
    for life in lives():
        acts = {
            "replay",
            "payoff quote",
            "payoff quote, kept",
            "payoff quote, kept, another day",
        }
        assert {f"engine: {act}, {life.name}" for act in acts} <= names
    assert all(line.best_seconds > 0 and line.ratio > 0 for part in parts for line in part.lines)
    text = printed(parts)
    assert all(line.name in text for part in parts for line in part.lines)
    assert all(goal.says in text for part in parts for goal in part.goals)
    written = json.loads(to_json(parts, QUICK))
    assert [part["title"] for part in written["parts"]] == [part.title for part in parts]
    assert [len(part["lines"]) for part in written["parts"]] == [len(part.lines) for part in parts]


def test_the_command_writes_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = tmp_path / "var" / "figures.json"
    assert main(["rates", "--rounds", "1", "--turn", "0", "--json", str(figures)]) == 0
    assert json.loads(figures.read_text(encoding="utf-8"))["measured"]["pace"]["rounds"] == 1
    assert "Goals" in capsys.readouterr().out


def test_without_names_everything_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def note(pace: Pace, names: Sequence[str]) -> list[Part]:
        asked.extend(names)
        return []

    monkeypatch.setattr("benchmarks.__main__.run", note)
    assert main(["--json", str(tmp_path / "figures.json")]) == 0
    assert asked == list(PARTS)


def test_a_part_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rates", "tunrs"])
    assert "'tunrs' is none of schedules, rates" in capsys.readouterr().err


def test_only_a_strict_run_fails_for_a_goal() -> None:
    parts = [Part("Pretended", (), (Goal("within its limit", 1.0, 1.0), Goal("beyond it", 2.0, 1.0)))]
    assert status(parts, strict=True) == 1
    assert status(parts, strict=False) == 0
    assert status([Part("Pretended", (), (Goal("within its limit", 1.0, 1.0),))], strict=True) == 0
    assert "NOT MET  beyond it: 2.00 of 1" in printed(parts)


def printed(parts: list[Part]) -> str:
    out = StringIO()
    write(parts, out)
    return out.getvalue()
