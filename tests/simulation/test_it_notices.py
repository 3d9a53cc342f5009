"""What the simulation is worth: with a mechanism taken away, some seed breaks. `make nightly` runs these."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from simulation import borrowers
from simulation.postgres import fresh_database, server
from simulation.report import failure
from simulation.runner import Outcome, Plan, run
from simulation.town import Town
from tests.simulation.breakage import BREAKS

pytestmark = pytest.mark.skipif(
    "SIMULATE_BREAKAGE" not in os.environ, reason="takes minutes: make nightly, or SIMULATE_BREAKAGE=1"
)
SEEDS, DAYS = range(1, 9), 75
TROUBLES, STORM = 6, 0.04
"""Much goes wrong, so that little time is needed."""
EARLY = (borrowers.Temper(pays_from=-7, likely_to_pay=0.9, wildness=0.04, blocks=0.0),)
"""Everybody pays about when the first reminder is due."""
SEEDS_OF_EARLY = range(5, 8)
EVENING = 20
"""The hour at which it goes out, planned in the morning."""
COMPANY, INTERRUPTIONS, SECOND_THOUGHTS, HESITATION, DAYS_TOGETHER = 0.8, 0.3, 0.3, 0.95, 45
"""Much happens at once, two machines come in between each other, and people take back what officers decide on."""


def in_trouble(town: Town) -> None:
    town.troubles, town.mishaps.storm = TROUBLES, STORM


def reminded_late(town: Town) -> None:
    town.troubles = 0
    lender = town.configuration.lender.model_copy(update={"default_reminder_hour": EVENING})
    for machine in town.machines:
        machine._configuration = replace(town.configuration, lender=lender)


def in_a_crowd(town: Town) -> None:
    town.company, town.interruptions, town.second_thoughts = COMPANY, INTERRUPTIONS, SECOND_THOUGHTS
    town.hesitation, town.troubles = HESITATION, 0


def in_a_crowd_in_trouble(town: Town) -> None:
    in_a_crowd(town)
    town.troubles = TROUBLES


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as socket:
        yield socket


def tells(outcome: Outcome, what: str) -> bool:
    """Whether the run broke, and for that reason: so much trouble can break one without any mechanism missing."""
    return not outcome.passed and any(what in line for line in failure(outcome))


@pytest.mark.parametrize(
    ("mechanism", "what"),
    [
        ("unique_key", "was sent twice"),
        ("transaction", "the books do not agree"),
    ],
)
def test_one_machine_without_it_breaks(mechanism: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BREAKS[mechanism](monkeypatch)
    assert any(tells(run(Plan(seed, DAYS), in_trouble), what) for seed in SEEDS)


@pytest.mark.parametrize("withdrawn", [False, True])
def test_notices_of_those_who_pay_early_wait_in_vain_unless_they_are_withdrawn(
    withdrawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(borrowers, "TEMPERS", EARLY)
    if not withdrawn:
        BREAKS["withdraw"](monkeypatch)
    outcomes = (run(Plan(seed, DAYS), reminded_late) for seed in SEEDS_OF_EARLY)
    assert any(tells(outcome, "waits, what it asks for is paid") for outcome in outcomes) is not withdrawn


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("mechanism", "what"),
    [("claim", "was sent twice"), ("lock", "was withdrawn and is")],
)
def test_two_machines_without_it_break(
    mechanism: str, what: str, monkeypatch: pytest.MonkeyPatch, postgres: str
) -> None:
    BREAKS[mechanism](monkeypatch)
    plans = (fresh_database(Plan(seed, DAYS_TOGETHER, machines=2), postgres) for seed in SEEDS)
    assert any(tells(run(plan, in_a_crowd), what) for plan in plans)


@pytest.mark.postgres
@pytest.mark.parametrize("prepare", [in_a_crowd, in_a_crowd_in_trouble])
def test_two_machines_with_all_of_them_hold(prepare: Callable[[Town], None], postgres: str) -> None:
    plans = (fresh_database(Plan(seed, DAYS_TOGETHER, machines=2), postgres) for seed in SEEDS)
    broken = [line for plan in plans if not (outcome := run(plan, prepare)).passed for line in failure(outcome)]
    assert not broken, "\n".join(broken)
