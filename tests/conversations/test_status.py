"""Following an application, and answering an officer, on the phone."""

from sandbox import Person
from services.money import Money
from services.origination.application_states import ApplicationStatus
from services.origination.applications import Application
from services.origination.decisions import DeclineReason
from tests.conversations.applicants import (
    asked_for_more,
    at_review,
    claim,
    with_papers_to_send,
    with_submitted_application,
)
from tests.conversations.debtors import approved, sign_and_pay_out
from tests.conversations.desk_matters import signed
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf


async def newest(town: Town, person: Person) -> Application:
    return (await town.services.applications.list(await town.borrower_id(person)))[0]


async def test_without_an_application_the_way_to_one_is_shown(town: Town) -> None:
    person = await town.borrower()
    await person.say("/status")
    await person.expect("您目前没有申请")
    await person.press("申请贷款")
    await person.expect("您想申请哪种贷款")


async def test_the_card_names_the_stage_the_next_act_and_the_promised_time(town: Town) -> None:
    person = await with_submitted_application(town)
    await person.say("status")
    shown = await person.expect("submitted")
    assert "✓ Answers and papers" in shown["text"]
    assert "→ Review (now)" in shown["text"]
    assert "○ Payout" in shown["text"]
    assert "decision by Tue 3 Mar" in shown["text"]
    await town.pass_time(days=2)
    await person.say("/status")
    await person.expect("we are late")


async def test_unfinished_applications_lead_back_to_where_they_stand(town: Town) -> None:
    person = await at_review(town)
    await person.say("/status")
    await person.expect("Answers and papers (now)")
    await person.press("Finish application")
    await person.press("Go on")
    await person.press("All correct")
    await person.expect("Papers 0 / 2")
    await person.say("/status")
    await person.press("Send the papers")
    await person.expect("Papers 0 / 2")


async def test_withdrawing_takes_a_confirmation(town: Town) -> None:
    person = await with_submitted_application(town)
    await person.say("/status")
    await person.press("Withdraw")
    await person.expect("Withdraw application")
    await person.press("Back")
    assert (await newest(town, person)).status is ApplicationStatus.SUBMITTED
    await person.press("Withdraw")
    await person.press("Yes, withdraw")
    await person.expect("is withdrawn")
    assert (await newest(town, person)).status is ApplicationStatus.WITHDRAWN


async def test_a_signed_loan_is_withdrawn_as_the_contract_says(town: Town) -> None:
    tom, wang = await town.borrower("en"), await town.officer()
    await signed(town, tom)
    await tom.say("/status")
    await tom.press("Withdraw")
    await tom.expect("The contract then ends, free of charge")
    await tom.press("Yes, withdraw")
    await tom.expect("is withdrawn")
    card = await wang.expect("放款", chat=town.desk)
    await town.settled()
    assert not any(each["id"] == card["id"] and each["inline_keyboard"] for each in await wang.messages(town.desk))


async def test_an_officers_request_is_answered_with_words_and_files_over_a_restart(town: Town) -> None:
    person = await asked_for_more(town)
    told = await person.expect("One more thing for application")
    assert "Please send a photo of your lease." in told["text"]
    await person.press("Send what is asked")
    await person.expect("The officer asks")
    await person.say("I rent from my aunt.")
    await person.expect("Your answer so far")
    await town.restart()
    await person.send_photo(jpeg(9))
    await person.expect("With your answer: 1 file")
    await person.send_document(pdf(1, seed=9), "lease.pdf")
    kept = await person.expect("With your answer: 2 files")
    assert "I rent from my aunt." in kept["text"]
    application = await newest(town, person)
    file = await town.services.applications.for_staff(application.id)
    assert file.requests[-1].answer is None
    await person.press("Send to officer")
    await person.expect("Sent to the officer")
    file = await town.services.applications.for_staff(application.id)
    assert file.requests[-1].answer == "I rent from my aunt."
    assert [paper.requirement for paper in file.papers][-2:] == ["requested", "requested"]
    assert file.application.status is ApplicationStatus.IN_REVIEW


async def test_an_answer_can_be_put_differently_before_it_is_sent(town: Town) -> None:
    person = await asked_for_more(town)
    await person.press("Send what is asked")
    await person.say("No idea")
    await person.say("what that is")
    kept = await person.expect("what that is")
    assert "No idea\nwhat that is" in kept["text"]
    await person.press("Write it again")
    await person.expect("Your words are cleared")
    await person.send_photo(jpeg(9), caption="here it is")
    await person.expect("here it is")
    await person.press("Delete last file")
    await person.expect("Delete file 1")
    await person.say("yes, delete")
    await person.expect("The file is deleted")
    await person.send_sticker()
    await person.expect("I can't pass that on")
    await person.press("Send to officer")
    await person.expect("Sent to the officer")
    (request,) = (await town.services.applications.for_staff((await newest(town, person)).id)).requests
    assert request.answer == "here it is"


async def test_sending_nothing_is_answered(town: Town) -> None:
    person = await asked_for_more(town)
    await person.press("Send what is asked")
    card = await person.expect("The officer asks")
    await person.press_data(card["id"], "status:send")
    await person.expect("Please write the answer or send a photo or PDF first")


async def test_a_request_not_answered_is_brought_to_mind_before_its_last_day(town: Town) -> None:
    person = await asked_for_more(town)
    await town.pass_time(days=6)
    await person.expect("waits for your answer")


async def test_a_declined_borrower_hears_the_reason_and_can_have_it_looked_at_again(town: Town) -> None:
    person = await with_submitted_application(town)
    application = await newest(town, person)
    await town.services.decisions.decline(town.stage.officer, application.id, DeclineReason.INCOME)
    await town.settled()
    told = await person.expect("We can't approve application")
    assert "Income too low for this loan" in told["text"]
    assert "A smaller amount" in told["text"]
    await person.press("Ask for a review")
    await person.expect("Please write your question in one message")
    await person.say("My income has risen.")
    await person.expect("An officer will answer in this chat")
    await person.say("/status")
    await person.expect("It was not approved")


async def test_an_offer_of_less_names_both_amounts_and_its_end(town: Town) -> None:
    person = await with_submitted_application(town)
    application = await newest(town, person)
    await town.services.decisions.approve(town.stage.officer, application.id, amount=Money.of("4000", "CNY"))
    await town.settled()
    told = await person.expect("We can lend you ¥4,000.00")
    assert "You asked for ¥5,000.00" in told["text"]
    assert "valid until Mon 9 Mar" in told["text"]
    await person.say("/status")
    await person.expect("Your offer waits for your answer")
    await town.pass_time(days=6, hours=2)
    await person.expect("Your loan offer ends on")
    await town.pass_time(days=1)
    await person.expect("has ended")


async def test_an_offer_of_all_that_was_asked_names_its_apr(town: Town) -> None:
    person = await with_submitted_application(town)
    await town.services.decisions.approve(town.stage.officer, (await newest(town, person)).id)
    await town.settled()
    told = await person.expect("We can lend you ¥5,000.00")
    assert "You asked for" not in told["text"]
    assert "11.35%" in told["text"]


async def test_the_officer_who_takes_the_application_is_named(town: Town) -> None:
    person = await with_submitted_application(town)
    await claim(town)
    await person.expect("is looking at your application")
    assert (await newest(town, person)).status is ApplicationStatus.IN_REVIEW


async def test_earlier_applications_are_listed(town: Town) -> None:
    person = await with_submitted_application(town)
    first = await newest(town, person)
    await town.services.applications.withdraw(first.borrower_id, first.id)
    await person.say("/apply")
    await person.press("Personal loan")
    await person.expect("· Amount")
    await person.say("/status")
    await person.press("Earlier applications")
    listed = await person.expect(first.reference)
    assert "withdrawn" in listed["text"]
    await person.press("Back")
    await person.expect("being filled in")


async def test_a_request_that_nobody_asks_shows_the_status(town: Town) -> None:
    person = await with_papers_to_send(town)
    card = await person.expect("Papers 0 / 2")
    for forged in ("status:request", "status:send", "status:remove_yes:1", "status:withdraw_yes:12345"):
        await person.press_data(card["id"], forged)
        await town.settled()
    assert (await newest(town, person)).status is ApplicationStatus.COLLECTING_DOCUMENTS


async def with_buttons(person: Person) -> list[int]:
    """Ids of the messages in the chat that have inline buttons, oldest first."""
    return [view["id"] for view in await person.messages() if view["inline_keyboard"]]


async def test_an_earlier_status_card_loses_its_buttons_to_the_next_also_over_a_restart(town: Town) -> None:
    person = await with_submitted_application(town)
    await person.say("/status")
    first = await person.expect("○ Payout")
    await town.restart()
    await person.say("/status")
    await town.settled()
    second = person.last()
    assert second["id"] > first["id"]
    assert await with_buttons(person) == [second["id"]]


async def test_when_the_application_moves_on_the_status_card_loses_its_buttons(town: Town) -> None:
    person = await with_submitted_application(town)
    await person.say("/status")
    card = await person.expect("○ Payout")
    assert await with_buttons(person) == [card["id"]]
    await claim(town)
    told = await person.expect("is looking at your application")
    assert await with_buttons(person) == [told["id"]]
    await person.press("My application")
    await person.expect("in review")
    assert await with_buttons(person) == [told["id"]]


async def test_a_message_that_becomes_a_card_takes_the_buttons_off_the_card_before(town: Town) -> None:
    person = await with_submitted_application(town)
    await person.say("/menu")
    menu = await person.expect("What would you like to do")
    await claim(town)
    told = await person.expect("is looking at your application")
    assert await with_buttons(person) == [menu["id"], told["id"]]
    await person.press("My application")
    await person.expect("in review")
    assert await with_buttons(person) == [told["id"]]


async def test_answering_takes_the_buttons_off_what_asked(town: Town) -> None:
    person = await asked_for_more(town)
    told = await person.expect("One more thing for application")
    await person.say("/status")
    await person.press("Send what is asked")
    await person.say("I rent from my aunt.")
    await person.press("Send to officer")
    sent = await person.expect("Sent to the officer")
    await town.settled()
    assert sent["id"] > told["id"]
    assert await with_buttons(person) == [sent["id"]]


async def test_an_offer_that_is_turned_down_or_signed_leaves_no_buttons_behind(town: Town) -> None:
    person = await town.borrower("en")
    turned_down = await approved(town, person)
    offer = await person.expect("We can lend you")
    assert offer["id"] in await with_buttons(person)
    await town.services.offers.decline_offer(turned_down.borrower_id, turned_down.id)
    await town.settled()
    assert offer["id"] not in await with_buttons(person)
    await sign_and_pay_out(town, person, await approved(town, person))
    offers = [view["id"] for view in await person.messages() if "We can lend you" in view["text"]]
    assert len(offers) == 2
    assert not set(offers) & set(await with_buttons(person))
