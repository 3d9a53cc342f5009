"""Where people stand in their dialogues."""

from services.conversations import Conversations
from services.db import Database


async def test_who_is_at_no_step_stands_nowhere(database: Database) -> None:
    found = await Conversations(database).load(7)
    assert (found.step, dict(found.place), found.last_told) == (None, {}, None)


async def test_a_step_and_what_it_is_about_outlive_the_program_and_are_replaced_as_a_whole(database: Database) -> None:
    conversations = Conversations(database)
    for step, place in (("apply:term", {"loan": 3, "product": "line"}), ("apply:amount", {"loan": 4})):
        async with database.transaction() as session:
            await conversations.keep(session, 7_123_456_789, step, place)
    found = await Conversations(database).load(7_123_456_789)
    assert (found.step, found.place) == ("apply:amount", {"loan": 4})
    assert (await conversations.load(8)).step is None
