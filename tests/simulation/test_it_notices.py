"""What the simulation is worth: with a mechanism taken away, some seed breaks. `SIMULATE_BREAKAGE=1` runs these."""

import os
from collections.abc import Iterator

import pytest

from simulation.postgres import fresh_database, server
from simulation.report import failure
from simulation.runner import Plan, run
from simulation.town import Town
from tests.simulation.breakage import BREAKS

pytestmark = pytest.mark.skipif("SIMULATE_BREAKAGE" not in os.environ, reason="takes minutes: set SIMULATE_BREAKAGE=1")
SEEDS, DAYS = range(1, 9), 75
TROUBLES, STORM = 6, 0.04
"""Much goes wrong, so that little time is needed."""
COMPANY, INTERRUPTIONS, DAYS_TOGETHER = 0.8, 0.2, 45
"""Much happens at once, and two machines come in between each other."""


SELDOM = "two people seldom meet on one row: no seed has told of it yet"


def in_trouble(town: Town) -> None:
    town.troubles, town.mishaps.storm = TROUBLES, STORM


def in_a_crowd(town: Town) -> None:
    town.troubles, town.company, town.interruptions = TROUBLES, COMPANY, INTERRUPTIONS


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as socket:
        yield socket


@pytest.mark.parametrize("mechanism", ["unique_key", "transaction", "withdraw"])
def test_one_machine_without_it_breaks(mechanism: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BREAKS[mechanism](monkeypatch)
    assert any(not run(Plan(seed, DAYS), in_trouble).passed for seed in SEEDS)


@pytest.mark.postgres
@pytest.mark.parametrize("mechanism", ["claim", pytest.param("lock", marks=pytest.mark.xfail(reason=SELDOM))])
def test_two_machines_without_it_break(mechanism: str, monkeypatch: pytest.MonkeyPatch, postgres: str) -> None:
    BREAKS[mechanism](monkeypatch)
    plans = (fresh_database(Plan(seed, DAYS_TOGETHER, machines=2), postgres) for seed in SEEDS)
    assert any(not run(plan, in_a_crowd).passed for plan in plans)


@pytest.mark.postgres
def test_two_machines_with_all_of_them_hold(postgres: str) -> None:
    plans = (fresh_database(Plan(seed, DAYS_TOGETHER, machines=2), postgres) for seed in SEEDS)
    broken = [line for plan in plans if not (outcome := run(plan, in_a_crowd)).passed for line in failure(outcome)]
    assert not broken, "\n".join(broken)
