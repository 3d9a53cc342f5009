"""Offers and signing: the key facts, the contract, saying yes and saying no."""

import re
from datetime import UTC, datetime

from sandbox import Person
from services.money import Money
from services.origination.offer_states import OfferStatus
from services.origination.offer_views import Offer
from tests.conversations.debtors import approved, cny, sign_and_pay_out
from tests.conversations.town import Town

PHRASE = "I agree to sign"
CODE = re.compile(r"type this code: (\d{6})")


async def with_open_card(town: Town, person: Person, **asked: str) -> Offer:
    offer = await approved(town, person, **asked)
    await person.say("/offer")
    await person.expect("Your offer")
    return offer


async def signing(town: Town, person: Person) -> str:
    """Up to the code, which is answered."""
    await with_open_card(town, person)
    await person.press("Sign")
    card = await person.expect("type this code")
    found = CODE.search(card["text"])
    assert found
    return found[1]


def written(amount: Money) -> str:
    return f"¥{amount.amount:,.2f}"


async def test_the_card_names_every_key_fact(town: Town) -> None:
    tom = await town.borrower("en")
    offer = await approved(town, tom)
    await tom.press("Read my offer")
    card = (await tom.expect("Your offer: ¥5,000.00 for 6 months"))["text"]
    for fact in (
        "Personal loan, Equal installments",
        "Interest rate: 10.8% a year",
        "APR with all costs: 11.35% a year",
        f"in all: {written(offer.total_to_repay)} ({written(offer.net_payout)} + {written(offer.total_cost)})",
        f"{written(offer.late_cost.example_per_day)} a day (16.2% a year)",
        "free of charge",
        "Good until",
    ):
        assert fact in card, fact
    for row in offer.rows:
        assert f"{row.number}. " in card
        assert written(row.total) in card


async def test_the_card_says_when_less_was_granted_than_asked(town: Town) -> None:
    lin = await town.borrower()
    await approved(town, lin, granted=cny("4000"), amount="6000")
    await lin.say("查看贷款方案")
    await lin.expect("您申请的是 ¥6,000.00")
    assert "¥4,000.00，6个月" in lin.last()["text"]


async def test_a_fee_is_named_and_taken_off_the_payout(town: Town) -> None:
    tom = await town.borrower("en")
    offer = await with_open_card(town, tom, product="business", amount="20000", term="6", income="20000")
    card = tom.last()["text"]
    assert offer.net_payout < offer.amount
    assert f"You receive: {written(offer.net_payout)}" in card
    assert f"taken from the payout: {written(offer.fees[0].amount)}" in card


async def test_a_long_plan_is_cut_short_and_shown_whole_on_request(town: Town) -> None:
    tom = await town.borrower("en")
    offer = await with_open_card(town, tom, term="12")
    assert "2–11: " in tom.last()["text"]
    await tom.press("All installments")
    rows = (await tom.expect("all 12 installments"))["text"]
    assert all(written(row.total) in rows and written(row.principal) in rows for row in offer.rows)
    assert f"Together: {written(offer.total_to_repay)}" in rows
    await tom.press("Back")
    await tom.expect("Your offer")


async def test_installments_that_differ_are_given_as_a_range(town: Town) -> None:
    tom = await town.borrower("en")
    offer = await with_open_card(town, tom, term="12", method="equal_principal")
    assert f"between {written(offer.rows[-2].total)} and {written(offer.rows[1].total)}" in tom.last()["text"]


async def test_the_contract_comes_as_a_paper_with_its_summary(town: Town) -> None:
    lin = await town.borrower()
    await approved(town, lin)
    await lin.say("/offer")
    await lin.press("阅读合同")
    sent = await lin.expect_media("document")
    assert sent["media"] is not None
    assert re.fullmatch(r"借款合同-C\w{7}\.pdf", str(sent["media"]["name"]))
    assert (await lin.download(sent)).startswith(b"%PDF")
    await lin.expect("共还 ¥5,158.6")
    assert await lin.buttons() == ["签署合同", "回到贷款方案"]


async def test_a_code_typed_back_signs_and_the_signed_copy_follows(town: Town) -> None:
    tom = await town.borrower("en")
    code = await signing(town, tom)
    await tom.say(f"{code[:3]} {code[3:]}")
    sent = await tom.expect("Signed.")
    (contract,) = await town.services.contracts.list(await town.borrower_id(tom))
    assert contract.signed_sha256 is not None
    assert f"{contract.signed_sha256[:4]} {contract.signed_sha256[4:8]}".upper() in sent["text"]
    assert "¥5,000.00 goes to your account" in sent["text"]
    assert sent["media"] is not None


async def test_the_contract_is_shown_before_the_code_to_whoever_has_not_read_it(town: Town) -> None:
    tom = await town.borrower("en")
    await signing(town, tom)
    texts = [view["text"] for view in await tom.messages()]
    paper = next(index for index, text in enumerate(texts) if "you borrow ¥5,000.00" in text)
    assert paper < next(index for index, text in enumerate(texts) if "type this code" in text)


async def test_words_of_consent_in_any_language_sign(town: Town) -> None:
    tom = await town.borrower("en")
    await signing(town, tom)
    await tom.say("我同意签署")
    await tom.expect("Signed.")


async def test_a_wrong_code_says_how_many_tries_are_left_and_a_fresh_one_helps(town: Town) -> None:
    tom = await town.borrower("en")
    code = await signing(town, tom)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for left in (4, 3, 2, 1):
        await tom.say(wrong)
        await tom.expect(f"Tries left: {left}")
    await tom.say(wrong)
    await tom.expect("mistyped too often")
    await tom.press("Fresh code")
    found = CODE.search((await tom.expect("type this code"))["text"])
    assert found
    await tom.say(found[1])
    await tom.expect("Signed.")


async def test_a_code_that_is_too_old_is_replaced(town: Town) -> None:
    tom = await town.borrower("en")
    code = await signing(town, tom)
    await town.pass_time(minutes=11)
    await tom.say(code)
    await tom.expect("too old")
    await tom.press("Fresh code")
    await tom.expect("type this code")


async def test_anything_else_typed_explains_how_to_sign(town: Town) -> None:
    tom = await town.borrower("en")
    await signing(town, tom)
    await tom.say("yes yes yes")
    await tom.expect(PHRASE)
    await tom.send_sticker()
    await tom.expect("type this code")


async def test_signing_survives_restarts(town: Town) -> None:
    tom = await town.borrower("en")
    await approved(town, tom)
    await town.restart()
    await tom.say("/offer")
    await town.restart()
    await tom.press("Read the contract")
    await tom.expect_media("document")
    await town.restart()
    await tom.press("Sign")
    await tom.expect("type this code")
    await town.restart()
    await tom.say(PHRASE)
    await tom.expect("Signed.")


async def test_signing_twice_tells_the_state_instead(town: Town) -> None:
    tom = await town.borrower("en")
    await signing(town, tom)
    view = tom.last()
    await tom.say(PHRASE)
    await tom.expect("Signed.")
    await tom.say("/offer")
    await tom.expect("You signed contract")
    await tom.press_data(view["id"], "signing:start:1")
    await tom.expect("You signed contract")
    assert "Signed contract" in await tom.buttons()


async def test_declining_is_asked_twice(town: Town) -> None:
    tom = await town.borrower("en")
    offer = await with_open_card(town, tom)
    await tom.press("Decline")
    await tom.expect("Decline the offer of ¥5,000.00?")
    await tom.press("Keep the offer")
    await tom.expect("Your offer")
    await tom.say("no thanks")
    await tom.expect("Decline the offer")
    await tom.press("Yes, decline")
    await tom.expect("You declined the offer")
    found = await town.services.offers.get(await town.borrower_id(tom), offer.id)
    assert found.status is OfferStatus.DECLINED


async def test_an_offer_that_ran_out_is_said_kindly_wherever_its_buttons_are_pressed(town: Town) -> None:
    tom = await town.borrower("en")
    await with_open_card(town, tom)
    card = tom.last()
    town.clock.advance_to(datetime(2026, 3, 20, 2, tzinfo=UTC))
    await tom.press_data(card["id"], "signing:start:1")
    await tom.expect("was good until")
    await tom.say("no thanks")
    await tom.expect("was good until")


async def test_there_may_be_no_offer(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/offer")
    await tom.expect("There is no offer waiting")


async def test_the_offer_of_somebody_else_is_not_there(town: Town) -> None:
    lin = await town.borrower()
    offer = await approved(town, lin)
    tom = await town.borrower("en")
    await tom.say("/menu")
    await tom.press_data(tom.last()["id"], f"signing:start:{offer.id}")
    await tom.expect("can't find that")


async def test_an_offer_whose_loan_is_paid_out_leads_to_the_loan(town: Town) -> None:
    tom = await town.borrower("en")
    offer = await with_open_card(town, tom)
    await sign_and_pay_out(town, tom, offer)
    await tom.say("/offer")
    await tom.expect("The money has been paid out")
    await tom.press("My loans")
    await tom.expect("What you still owe today")
