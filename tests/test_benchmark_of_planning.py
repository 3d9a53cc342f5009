"""The planner and the bare statements that it is timed against write the same notices."""

import pytest

from benchmarks import planning
from benchmarks.timing import Pace


@pytest.mark.postgres
async def test_a_small_lender_is_planned_and_accrued_like_a_large_one() -> None:
    part = await planning.measure(Pace(rounds=1, loans=120), books=3)
    cases = {line.case for line in part.lines}
    assert cases == {
        "120 loans: a day's notices",
        "120 loans: a day's notices, by the clock",
        "a loan's daily accrual",
        "a loan's daily accrual, by the clock",
    }
    assert {line.name for line in part.lines} == {
        planning.BARE,
        planning.PLANNER,
        planning.REPLAYED,
        planning.TOLD,
    }
    assert [goal.limit for goal in part.goals] == [planning.PLANNING_LIMIT, planning.GROWTH_LIMIT_MB]
