"""Where people stand in their dialogues."""

from services.db import Database
from services.steps import ConversationSteps


async def test_a_step_outlives_the_program(database: Database) -> None:
    await ConversationSteps(database).store("apply", (1, 2), "term")
    assert await ConversationSteps(database).load("apply") == {(1, 2): "term"}


async def test_the_last_step_counts(database: Database) -> None:
    steps = ConversationSteps(database)
    for step in ("amount", "term", "method"):
        await steps.store("apply", (1, 2), step)
    assert await steps.load("apply") == {(1, 2): "method"}


async def test_leaving_a_dialogue_forgets_the_step_of_that_person_alone(database: Database) -> None:
    steps = ConversationSteps(database)
    await steps.store("apply", (1, 2), "term")
    await steps.store("apply", (3, 4), "amount")
    await steps.store("repay", (1, 2), "amount")
    await steps.store("apply", (1, 2), None)
    await steps.store("apply", (9, 9), None)
    assert await steps.load("apply") == {(3, 4): "amount"}
    assert await steps.load("repay") == {(1, 2): "amount"}


async def test_large_telegram_ids_are_kept(database: Database) -> None:
    steps = ConversationSteps(database)
    await steps.store("desk", (-1_002_345_678_901, 7_123_456_789), "reason")
    assert await steps.load("desk") == {(-1_002_345_678_901, 7_123_456_789): "reason"}


async def test_what_a_step_is_about_outlives_the_program_and_is_replaced_as_a_whole(database: Database) -> None:
    steps = ConversationSteps(database)
    await steps.store_place(7, {"loan": 3, "product": "line"})
    await steps.store_place(7, {"loan": 4})
    await steps.store_place(8, {})
    assert await ConversationSteps(database).load_places() == {7: {"loan": 4}, 8: {}}
