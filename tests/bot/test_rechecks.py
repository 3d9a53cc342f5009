"""Those that ask at about the same time are answered by one question."""

import asyncio
from typing import Any

import pytest

from bot.outgoing.rechecks import Rechecks


class Answers:
    """An outbox to which even messages are still owed."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.away = False

    async def recheck(self, *message_ids: int) -> set[int]:
        self.asked.append(message_ids)
        if self.away:
            raise OSError("the database is away")
        return {each for each in message_ids if each % 2 == 0}

    @property
    def whole(self) -> Any:
        """To be handed to what expects the outbox."""
        return self


async def test_many_that_ask_together_make_one_question() -> None:
    answers = Answers()
    rechecks = Rechecks(answers.whole)
    owed = await asyncio.gather(*(rechecks.still_owed(number) for number in range(6)))
    assert owed == [True, False] * 3
    assert answers.asked == [(0, 1, 2, 3, 4, 5)]


async def test_a_later_one_makes_a_question_of_its_own() -> None:
    answers = Answers()
    rechecks = Rechecks(answers.whole)
    assert [await rechecks.still_owed(1), await rechecks.still_owed(2)] == [False, True]
    assert answers.asked == [(1,), (2,)]


async def test_a_database_that_is_away_is_told_to_everybody_who_asked() -> None:
    answers = Answers()
    answers.away = True
    rechecks = Rechecks(answers.whole)
    outcomes = await asyncio.gather(*(rechecks.still_owed(number) for number in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError] * 3


async def test_one_who_gives_up_waiting_takes_no_answer_from_the_others() -> None:
    rechecks = Rechecks(Answers().whole)
    leaving, staying = (asyncio.create_task(rechecks.still_owed(number)) for number in (2, 4))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving
