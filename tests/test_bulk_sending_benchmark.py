"""The benchmark of bulk sending keeps running. No time decides anything here."""

import pytest

from benchmarks.bulk_sending import measure
from benchmarks.timing import Pace


@pytest.mark.postgres
async def test_a_short_run_tells_what_went_out_against_the_limit_and_a_bare_loop() -> None:
    part = await measure(Pace(sending_seconds=0.5), (40,))
    assert {line.against for line in part.lines} == {"the limit", "a bare loop"}
    assert [goal.says for goal in part.goals] == [
        "40 a second: the limit over the rate",
        "40 a second: refused with 429",
    ]
    assert part.goals[1].met
