"""Whole runs: everything holds, the same seed is the same run, and a run that breaks says how to see it again."""

import pytest

from simulation.days import Days
from simulation.postgres import fresh_database
from simulation.report import failure, line, repeat
from simulation.runner import Plan, run
from simulation.town import Town
from tests.databases import TEMPLATE


@pytest.mark.parametrize("seed", range(1, 11))
def test_everything_holds_for_a_quarter_of_a_year(seed: int) -> None:
    outcome = run(Plan(seed, borrowers=2))
    assert outcome.passed, "\n".join(failure(outcome))
    assert outcome.reached["borrowers"] == outcome.plan.borrowers


def test_the_same_seed_is_the_same_run() -> None:
    plan = Plan(seed=3, days=12)
    assert run(plan).digest == run(plan).digest


def test_the_same_seed_is_the_same_run_with_two_machines_on_postgresql(postgres_server: str) -> None:
    plan = Plan(seed=3, days=5, borrowers=2, machines=2)
    first, second = (run(fresh_database(plan, postgres_server, TEMPLATE)) for _ in range(2))
    assert first.passed, "\n".join(failure(first))
    assert first.digest == second.digest


def test_another_seed_is_another_run() -> None:
    assert run(Plan(seed=3, days=3)).digest != run(Plan(seed=4, days=3)).digest


def test_a_run_that_breaks_tells_what_happened_and_how_to_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Days.live

    async def live_and_lose_an_update(days: Days) -> None:
        await live(days)
        days.carrier.acknowledged[1] = days._town.clock.now()

    monkeypatch.setattr(Days, "live", live_and_lose_an_update)
    outcome = run(Plan(seed=5, days=3))
    told = "\n".join(failure(outcome))
    assert "update 1 was acknowledged and is nowhere" in told
    assert "python main.py simulate --seed 5 --days 3 --borrowers 3 --database sqlite --workers 1" in told
    assert "BROKEN" in line(outcome)
    assert outcome.latest[-1] in told


def test_what_the_application_lets_out_is_told_like_anything_else_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(days: Days) -> None:
        raise LookupError("nobody handles this")

    monkeypatch.setattr(Days, "live", fail)
    told = "\n".join(failure(run(Plan(seed=5, days=3))))
    assert "LookupError: nobody handles this" in told
    assert "python main.py simulate --seed 5 --days 3" in told


def test_a_run_on_postgresql_is_repeated_there() -> None:
    plan = Plan(seed=7, machines=2, database_url="postgresql+asyncpg://somewhere")
    assert repeat(plan).endswith("--database postgresql --workers 2")


def test_what_was_prepared_is_part_of_the_run() -> None:
    prepared: list[Town] = []
    run(Plan(seed=6, days=1, borrowers=2), prepared.append)
    assert len(prepared[0].people) == 2
