"""What went out is recorded, together where it can be, until the database has it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.outgoing.sent_record import SentRecord


class Records:
    """An outbox that remembers what it is told, as long as it is not away."""

    def __init__(self) -> None:
        self.told: list[dict[int, int | None]] = []
        self.away = 0

    async def mark_sent(self, sent: Mapping[int, int | None]) -> None:
        if self.away:
            self.away -= 1
            raise OSError("the database is away")
        assert sent, "there is no statement about no message"
        self.told.append(dict(sent))

    @property
    def whole(self) -> Any:
        """To be handed to what expects the outbox."""
        return self


def record_in(records: Records, *, more_to_come: bool = False, told: Callable[[], None] = lambda: None) -> SentRecord:
    return SentRecord(records.whole, lambda: more_to_come, told, after_failure=timedelta(0), most_tries=4)


async def test_what_went_out_alone_is_recorded_at_once() -> None:
    records, looked = Records(), []
    record = record_in(records, told=lambda: looked.append(True))
    record.add(1, 101)
    assert not record.empty
    await record.written()
    assert (records.told, looked, record.empty) == ([{1: 101}], [True], True)


async def test_what_goes_out_side_by_side_is_recorded_together() -> None:
    records = Records()
    record = record_in(records, more_to_come=True)
    for number in (1, 2, 3):
        record.add(number, 100 + number)
        await asyncio.sleep(0)
    record.hurry()
    await record.written()
    assert records.told == [{1: 101, 2: 102, 3: 103}]


async def test_a_database_that_is_away_is_told_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    records = Records()
    records.away = 3
    record = record_in(records)
    record.add(1, 101)
    await record.written()
    assert records.told == [{1: 101}]
    assert caplog.text.count("could not be recorded") == 3


async def test_what_is_to_follow_a_message_is_done_before_the_record_and_once() -> None:
    records, order = Records(), []

    async def after(in_chat: int) -> None:
        order.append((in_chat, list(records.told)))

    records.away = 1
    record = record_in(records)
    record.add(1, 101, after)
    await record.written()
    assert order == [(101, [])]
    assert records.told == [{1: 101}]


async def test_what_cannot_follow_yet_holds_up_no_other_record(caplog: pytest.LogCaptureFixture) -> None:
    records, tries = Records(), []

    async def after(in_chat: int) -> None:
        tries.append(in_chat)
        if len(tries) < 3:
            raise OSError("the database is away")

    record = record_in(records, more_to_come=True)
    record.add(1, 101, after)
    record.add(2, 102)
    await record.written()
    assert tries == [101, 101, 101]
    assert records.told[0] == {2: 102}
    assert records.told[-1] == {1: 101}


async def test_what_can_never_follow_is_given_up_and_the_message_recorded() -> None:
    records = Records()

    async def after(in_chat: int) -> None:
        raise ValueError

    record = record_in(records)
    record.add(1, 101, after)
    await record.written()
    assert records.told == [{1: 101}]


@pytest.mark.parametrize(
    ("failure", "level"), [(TimeoutError(), logging.WARNING), (ValueError(), logging.ERROR)], ids=["passes", "stays"]
)
async def test_what_passes_by_itself_is_no_error_in_the_log(
    failure: Exception, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    failures = [failure]

    async def after(in_chat: int) -> None:
        if failures:
            raise failures.pop()

    record = record_in(Records())
    record.add(1, 101, after)
    await record.written()
    assert [each.levelno for each in caplog.records] == [level]
