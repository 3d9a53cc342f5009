"""People who apply: their answers, given on the phone, up to any point of an application."""

from sandbox import Person
from services.desk.handoff_states import HandoffKind
from tests.builders import card_number, id_number
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf

ID_NUMBER, CARD_NUMBER = id_number(serial=77), card_number(77)
ENGLISH = {
    "Amount": "5k",
    "Term": "6 months",
    "Repayment": "equal installments",
    "Purpose": "Tuition",
    "Name": "Li Ming",
    "ID number": ID_NUMBER,
    "Occupation": "salaried",
    "Employer": "Corner Bakery",
    "Monthly income": "6,000",
    "Address": "500 Zhangyang Road, Pudong, Shanghai",
    "Payout account": CARD_NUMBER,
}
"""What is typed at each question of a personal loan, by the question's heading, in the order of asking."""


async def answer_until(person: Person, last: str, **changed: str) -> None:
    """Type answers from the amount up to and including the question `last`."""
    for heading, text in {**ENGLISH, **changed}.items():
        await person.expect(f"· {heading}")
        await person.say(text)
        if heading == last:
            return
    raise AssertionError(f"there is no question {last!r}")


async def at_review(town: Town, **changed: str) -> Person:
    """An English speaker whose answers stand on the review card."""
    person = await town.borrower("en")
    await person.say("/apply")
    await person.press("Personal loan")
    await answer_until(person, "Payout account", **changed)
    await person.expect("Please check")
    return person


async def with_papers_to_send(town: Town, **changed: str) -> Person:
    """The answers are confirmed, the checklist is shown."""
    person = await at_review(town, **changed)
    await person.press("All correct")
    await person.expect("Papers 0 / 2")
    return person


async def with_submitted_application(town: Town) -> Person:
    """The application is in the officers' hands."""
    person = await with_papers_to_send(town)
    await person.send_photo(jpeg(1))
    await person.expect("Papers 1 / 2")
    await person.send_document(pdf(2, seed=2), "payslips.pdf")
    await person.expect("Papers 2 / 2")
    await person.press("Submit application")
    await person.expect("Your application is submitted")
    await town.settled()
    return person


async def asked_for_more(town: Town, question: str = "Please send a photo of your lease.") -> Person:
    """An officer has claimed the application and asks for one more thing."""
    person = await with_submitted_application(town)
    services, borrower_id = town.services, await town.borrower_id(person)
    application = await services.applications.current(borrower_id)
    assert application is not None
    await claim(town)
    await town.pass_time(minutes=30)
    await services.review.request_information(town.stage.officer, application.id, question)
    await town.settled()
    return person


async def claim(town: Town) -> None:
    """The manager takes the application that waits at the desk."""
    handoffs = town.services.handoffs
    (waiting,) = [each for each in await handoffs.waiting(town.stage.officer) if each.kind is HandoffKind.APPLICATION]
    await handoffs.claim(town.stage.officer, waiting.id)
    await town.settled()
