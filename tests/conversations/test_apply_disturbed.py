"""An application among what does not belong: forged buttons, nonsense, stickers and files at every step."""

import re

import pytest

from sandbox import Person
from services.origination.application_states import ApplicationStatus
from tests.conversations.applicants import ID_NUMBER, answer_until, with_papers_to_send
from tests.conversations.applying import begun, current
from tests.conversations.town import Town
from tests.sample_files import jpeg


@pytest.mark.parametrize(
    "forged",
    ["apply:set:term:abc", "apply:set:term", "apply:set:purpose:yacht", "apply:edit:soul", "apply:keep:term",
     "apply:with:personal:x", "apply:product:nothing", "apply:known:term", "apply:over_yes"],
)  # fmt: skip
async def test_a_forged_button_changes_nothing_and_is_answered(town: Town, forged: str) -> None:
    person = await begun(town)
    await answer_until(person, "Amount")
    card = await person.expect("· Term")
    await person.press_data(card["id"], forged)
    await town.settled()
    await person.say("6")
    await person.expect("· Repayment")
    application = await current(town, person)
    assert (application.status, application.term) == (ApplicationStatus.DRAFT, 6)


@pytest.mark.parametrize("nonsense", ["sticker", "voice", "long", "emoji"])
async def test_nonsense_at_a_question_is_answered_and_the_question_stays(town: Town, nonsense: str) -> None:
    person = await begun(town)
    await answer_until(person, "Name")
    await person.expect("· ID number")
    if nonsense == "sticker":
        await person.send_sticker()
    elif nonsense == "voice":
        await person.send_voice()
    else:
        await person.say("x" * 3000 if nonsense == "long" else "🙂")
    await person.expect("type your answer" if nonsense in ("sticker", "voice") else "valid ID number")
    await person.say(ID_NUMBER)
    await person.expect("· Occupation")


async def disturbed(town: Town, person: Person, *, files: bool = False) -> None:
    """Everything that does not belong at a step: each is answered, and nothing is logged as an error."""
    for send in (person.send_sticker, person.send_voice, person.send_location):
        await send()
        await person.expect(re.compile("."))
    if not files:
        await person.send_photo(jpeg(99))
        await person.expect(re.compile("."))
    for text in ("🙂", "/nothing", "/help"):
        await person.say(text)
        await person.expect(re.compile("."))
    for data in ("apply:set:method:x", "upload:view:1", "status:remove_yes:1", "nonsense", "apply:", "upload:item"):
        await person.press_data((person.last())["id"], data)
    await town.settled()
    assert town.errors == []


async def test_what_does_not_belong_is_answered_at_every_step_beside_the_questions(town: Town) -> None:
    person = await town.borrower("en")
    await person.say("/apply")
    await disturbed(town, person)
    await person.press("Personal loan")
    await answer_until(person, "Monthly income", **{"Monthly income": "1200"})
    await person.expect("too high")
    await disturbed(town, person)
    await person.say("/apply")
    await disturbed(town, person)
    await person.press("Start over")
    await disturbed(town, person)
    await person.press("Yes, start over")
    await person.press("Personal loan")
    await person.expect("· Amount")
    await disturbed(town, person)


async def test_what_does_not_belong_is_answered_among_the_papers_and_at_the_status(town: Town) -> None:
    person = await with_papers_to_send(town)
    await disturbed(town, person, files=True)
    await person.send_photo(jpeg(1))
    await person.press("Take it again")
    await disturbed(town, person, files=True)
    await person.press("Back")
    await disturbed(town, person, files=True)
    await person.press("Delete")
    await disturbed(town, person)
    await person.say("/status")
    await disturbed(town, person)
    await person.press("Withdraw")
    await disturbed(town, person)
    await person.say("yes")
    await person.expect("is withdrawn")
