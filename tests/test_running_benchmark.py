"""The benchmarks of the running bot keep running. No time decides anything here."""

from benchmarks import town, turns, waiting
from benchmarks.bots import ANSWERS, Played, applicants, bare_echo
from benchmarks.timing import Pace

QUICK = Pace(rounds=1, persons=2)


async def test_every_person_of_a_town_is_replied_to_in_turn() -> None:
    async with bare_echo() as stage:
        played = await stage.play(applicants(range(1, 6)), at_once=2)
    assert len(played.waits) == 5 * len(ANSWERS)
    assert played.processor > 0


async def test_a_reply_takes_at_least_the_way_there_and_back() -> None:
    async with bare_echo() as stage:
        played = await stage.play({1: [town.text(1, "hello")]}, at_once=1, latency=0.02)
    assert played.wait(1) >= 0.02


def test_a_share_of_the_waits_is_that_of_the_slowest_it_still_counts() -> None:
    played = Played(0.001, tuple(float(n) for n in range(100, 0, -1)))
    assert (played.wait(0.5), played.wait(0.99), played.wait(1)) == (51, 100, 100)


async def test_the_real_application_takes_its_turns_in_a_town() -> None:
    part = await waiting.measure(QUICK)
    assert {line.case for line in part.lines} == {waiting.DIALOGUE, waiting.INSTANT}
    assert len(part.goals) == 2


async def test_a_bulk_run_goes_on_beside_the_turns_that_are_timed() -> None:
    part = await turns.measure_beside_a_bulk_run(QUICK)
    assert {line.name for line in part.lines} == {turns.IDLE, turns.SENDING}
