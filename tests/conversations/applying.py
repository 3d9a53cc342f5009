"""Applications begun in the chat, for tests."""

from sandbox import Person
from services.origination.applications import Application
from tests.conversations.town import Town


async def current(town: Town, person: Person) -> Application:
    application = await town.services.applications.current(await town.borrower_id(person))
    assert application is not None
    return application


async def begun(town: Town, language: str = "en") -> Person:
    """Somebody who is asked for the amount of a personal loan."""
    person = await town.borrower(language)
    await person.say("/apply")
    await person.press("Personal loan" if language == "en" else "个人消费贷")
    return person
