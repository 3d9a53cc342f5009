"""Sending papers, on the phone."""

import pytest

from sandbox import Person
from services.documents.document_views import Checklist
from tests.conversations.applicants import with_papers_to_send
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf


async def papers(town: Town, person: Person) -> Checklist:
    borrower_id = await town.borrower_id(person)
    application = await town.services.applications.current(borrower_id)
    assert application is not None
    return await town.services.documents.checklist(borrower_id, application.id)


async def counts(town: Town, person: Person) -> dict[str, int]:
    """How many files there are for each entry."""
    await town.settled()
    return {item.code: len(item.documents) for item in (await papers(town, person)).items}


async def test_each_paper_is_asked_for_with_a_hint_until_all_are_there(town: Town) -> None:
    person = await with_papers_to_send(town)
    asked = await person.expect("Please send: ID card")
    assert "all four corners" in asked["text"]
    await person.send_photo(jpeg(1))
    asked = await person.expect("Papers 1 / 2")
    assert "ID card: received" in asked["text"]
    assert "Please send: Proof of income" in asked["text"]
    await person.send_document(pdf(3, seed=2), "payslips.pdf")
    done = await person.expect("Papers 2 / 2")
    assert "All the papers we need are here" in done["text"]
    await person.press("Submit application")
    submitted = await person.expect("Your application is submitted")
    assert "→ Review (now)" in submitted["text"]
    assert "Tue 3 Mar" in submitted["text"]


async def test_the_question_for_a_paper_names_that_papers_own_limits(town: Town) -> None:
    person = await with_papers_to_send(town)
    asked = await person.expect("Please send: ID card")
    assert "PDF, JPEG, PNG, HEIC" in asked["text"]
    assert "up to 20, each up to 10 MB" in asked["text"]
    assert "A PDF may have up to 2 pages" in asked["text"]
    await person.press("Proof of income")
    asked = await person.expect("Please send: Proof of income")
    assert "A PDF may have up to 20 pages" in asked["text"]


async def test_a_drawn_example_comes_with_its_words_and_the_photo_may_follow_at_once(town: Town) -> None:
    person = await with_papers_to_send(town)
    await person.press("Show an example")
    shown = await person.expect_media("photo")
    assert "Example: ID card" in shown["text"]
    assert "✓ The whole paper with all four corners" in shown["text"]
    await person.press("Back to papers")
    await person.expect("Please send: ID card")
    await person.say("example")
    await person.expect_media("photo")
    await person.send_photo(jpeg(1))
    await person.expect("Papers 1 / 2")
    await person.press("Take it again")
    await person.expect("Please send ID card again")
    await person.press("Show an example")
    await person.expect_media("photo")
    await person.press("Back to papers")
    await person.expect("Please send ID card again")
    await person.press("Show an example")
    await person.expect_media("photo")
    await person.send_photo(jpeg(2))
    await person.expect("ID card: replaced")


async def test_submitting_too_early_is_answered_with_what_is_missing(town: Town) -> None:
    person = await with_papers_to_send(town)
    await person.say("submit")
    await person.expect("Still missing: ID card and Proof of income")
    await person.send_photo(jpeg(1))
    await person.expect("Papers 1 / 2")


async def test_an_album_is_one_paper_and_each_of_its_files_is_answered(town: Town) -> None:
    person = await with_papers_to_send(town)
    await person.send_album([jpeg(1), jpeg(2), jpeg(3)])
    await person.expect("ID card: 3 files in all")
    assert await counts(town, person) == {"identity": 3, "income": 0, "other": 0}
    await person.send_photo(jpeg(4))
    await person.expect("Papers 2 / 2")
    assert await counts(town, person) == {"identity": 3, "income": 1, "other": 0}


async def test_one_bad_file_of_an_album_is_named_and_the_others_count(town: Town) -> None:
    person = await with_papers_to_send(town)
    await person.send_files("document", [(jpeg(1), "1.jpg"), (jpeg(1), "2.jpg"), (pdf(1, seed=5), "3.pdf")])
    await person.expect("already")
    await person.expect("ID card: 2 files in all")
    assert await counts(town, person) == {"identity": 2, "income": 0, "other": 0}


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"MZ" + bytes(500), "photo.jpg", "Please send a photo (JPEG, PNG, HEIC) or a PDF"),
        (pdf(3, seed=8), "id.pdf", "3 pages"),
        (pdf(1, seed=8, password="secret"), "locked.pdf", "password"),
        (b"%PDF-1.7 and then nothing of the kind", "broken.pdf", "broken or cut off"),
        (bytes(11 * 2**20), "huge.jpg", "10 MB"),
        (bytes(21 * 2**20), "enormous.jpg", "20 MB"),
    ],
    ids=["no picture", "too many pages", "locked", "damaged", "too large", "beyond Telegram"],
)
async def test_a_file_that_does_not_do_is_refused_with_the_reason_and_the_paper_stays_asked(
    town: Town, data: bytes, name: str, sentence: str
) -> None:
    person = await with_papers_to_send(town)
    await person.send_document(data, name)
    await person.expect(sentence)
    await person.send_photo(jpeg(1))
    await person.expect("Papers 1 / 2")
    assert await counts(town, person) == {"identity": 1, "income": 0, "other": 0}


async def test_voices_stickers_and_words_are_answered_kindly(town: Town) -> None:
    person = await with_papers_to_send(town)
    for send in (person.send_voice, person.send_sticker):
        await send()
        await person.expect("I can't take that as a paper")
        await person.expect("Please send: ID card")
    await person.say("I have lost it")
    await person.expect("I can't take that as a paper")


async def test_the_name_of_a_paper_chooses_it_and_an_optional_one_may_be_left_out(town: Town) -> None:
    person = await with_papers_to_send(town)
    await person.say("anything else")
    await person.expect("Please send: Anything else")
    await person.press("Leave it out")
    await person.expect("Please send: ID card")
    await person.press("Proof of income")
    await person.expect("Please send: Proof of income")
    await town.restart()
    await person.send_photo(jpeg(1))
    await person.expect("Please send: ID card")
    assert await counts(town, person) == {"identity": 0, "income": 1, "other": 0}


async def test_a_photo_can_be_taken_again(town: Town) -> None:
    person = await with_papers_to_send(town)
    await person.send_photo(jpeg(1))
    await person.press("Take it again")
    await person.expect("Please send ID card again")
    await person.send_document(b"no picture", "x.jpg")
    await person.expect("Please send a photo (JPEG")
    assert await counts(town, person) == {"identity": 1, "income": 0, "other": 0}
    first = (await papers(town, person)).items[0].documents[0].id
    await person.send_photo(jpeg(2))
    await person.expect("ID card: replaced")
    (kept,) = (await papers(town, person)).items[0].documents
    assert kept.id != first


async def test_a_file_can_be_looked_at_and_deleted_once_confirmed(town: Town) -> None:
    person = await with_papers_to_send(town)
    await person.send_album([jpeg(1), jpeg(2)])
    await person.expect("2 files in all")
    await person.press("ID card")
    await person.press("File 2")
    await person.press("Show it")
    sent = await person.expect_media("document")
    assert (await person.download(sent)).startswith(b"\xff\xd8\xff")
    await person.say("delete")
    await person.expect("Delete this file")
    await person.press("Back")
    await person.press("Delete")
    await person.press("Yes, delete")
    await person.expect("The file is deleted")
    assert await counts(town, person) == {"identity": 1, "income": 0, "other": 0}


async def test_answers_can_still_be_changed_and_the_papers_stay(town: Town) -> None:
    person = await with_papers_to_send(town)
    await person.send_photo(jpeg(1))
    await person.press("Change answers")
    await person.expect("Please check")
    await person.press("Change an answer")
    await person.press("Term")
    await person.press("12 months")
    await person.press("All correct")
    await person.expect("Papers 1 / 2")


@pytest.mark.parametrize("forged", ["upload:paper:999", "upload:delete_yes:1", "upload:replace:x", "upload:item:gold"])
async def test_a_forged_button_opens_nothing(town: Town, forged: str) -> None:
    person = await with_papers_to_send(town)
    await person.send_photo(jpeg(1))
    card = await person.expect("Papers 1 / 2")
    await person.press_data(card["id"], forged)
    await person.expect("Papers 1 / 2")
    assert await counts(town, person) == {"identity": 1, "income": 0, "other": 0}


async def test_nobody_opens_the_papers_of_another(town: Town) -> None:
    owner = await with_papers_to_send(town)
    await owner.send_photo(jpeg(1))
    await owner.expect("Papers 1 / 2")
    document = (await papers(town, owner)).items[0].documents[0]
    other = await with_papers_to_send_too(town)
    card = await other.expect("Papers 0 / 2")
    for action in ("view", "replace", "delete", "paper"):
        await other.press_data(card["id"], f"upload:{action}:{document.id}")
    await town.settled()
    assert all(message["media"] is None for message in await other.messages() if not message["mine"])
    assert await counts(town, owner) == {"identity": 1, "income": 0, "other": 0}


async def with_papers_to_send_too(town: Town) -> Person:
    """Another borrower at the checklist."""
    return await with_papers_to_send(town, **{"ID number": "110101199003071006", "Payout account": "6222026000000780"})
