"""What the lender's list of requirements asks of a screen, where no other test looks at it."""

import re

import pytest
from sqlalchemy import select

from services.desk.handoff_states import HandoffKind
from services.models import AuditEntryRow
from tests.conversations.applicants import ENGLISH, answer_until, claim
from tests.conversations.debtors import approved, cny, debtor
from tests.conversations.desk_matters import WANG, applied
from tests.conversations.test_offer import written
from tests.conversations.town import Town
from tests.papers.reading import text_of

NUMBERED = re.compile(r"number (\S+)\.")


@pytest.mark.parametrize(
    ("product", "limits"),
    [
        ("Personal loan", "¥1,000.00 to ¥200,000.00"),
        ("Business loan", "¥5,000.00 to ¥500,000.00"),
        ("Farm loan", "¥2,000.00 to ¥100,000.00"),
        ("Credit line", "¥5,000.00 to ¥100,000.00"),
    ],
)
async def test_each_product_card_names_its_own_limits(town: Town, product: str, limits: str) -> None:
    tom = await town.borrower("en")
    await tom.say("/products")
    await tom.press(product)
    assert f"Amount: {limits}" in (await tom.expect("Nominal rate"))["text"]


async def test_limits_and_terms_are_those_of_the_product_that_was_chosen(town: Town) -> None:
    tom = await town.borrower("en")
    for product, terms in (
        ("Personal loan", ["3 months", "6 months", "12 months", "24 months"]),
        ("Farm loan", ["6 months", "9 months", "12 months"]),
    ):
        await tom.say("/calculator")
        await tom.press(product)
        await tom.say("3000")
        await tom.expect("For how long")
        assert [label for label in await tom.buttons() if label.endswith("months")] == terms
    await tom.say("/calculator")
    await tom.press("Business loan")
    await tom.say("3000")
    await tom.expect("¥5,000")


async def test_the_ways_to_repay_are_shown_beside_each_other_with_their_figures(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/apply")
    await tom.press("Personal loan")
    await answer_until(tom, "Term")
    shown = (await tom.expect("· Repayment"))["text"]
    for method, heading in (
        ("equal_installment", "Equal installments"),
        ("equal_principal", "Equal principal"),
        ("interest_only", "Interest first"),
    ):
        estimate = town.services.products.estimate("personal", cny("5000"), 6, method)
        assert f"{heading}: {written(estimate.total_cost)}" in shown
        assert written(estimate.rows[0].total) in shown
        assert written(estimate.rows[-1].total) in shown


async def test_a_principal_due_at_once_is_warned_of_before_it_is_chosen(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/calculator")
    await tom.press("Business loan")
    await tom.say("10k")
    await tom.press("6 months")
    asked = await tom.expect("How would you repay")
    assert "the whole principal with the last one: plan for it" in asked["text"]
    assert "then everything in one sum" in asked["text"]
    await tom.press("Interest first")
    rows = (await tom.expect("Interest and fees"))["text"]
    assert "principal ¥10,000.00" in next(line for line in rows.splitlines() if line.startswith("6. "))


async def test_a_loan_may_be_repaid_in_one_sum_at_its_end(town: Town) -> None:
    owing = await debtor(town, product="business", amount="10000", term="6", income="20000", method="bullet")
    (demanded,) = [row for row in owing.loan.rows if row.total]
    assert demanded.principal == cny("10000")
    await owing.person.say("/loans")
    card = await owing.person.expect("What you still owe today")
    assert f"Next: {written(demanded.total)} on Wed 2 Sep, in 184 days" in card["text"]


async def test_a_question_needs_no_application(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/human")
    await tom.press("A question")
    await tom.say("May I pay early?")
    await tom.expect(NUMBERED)
    assert await town.services.applications.list(await town.borrower_id(tom)) == []
    (waiting,) = await town.services.handoffs.waiting(town.stage.officer)
    assert waiting.kind is HandoffKind.QUESTION


async def test_a_person_is_within_reach_in_the_middle_of_an_application(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/apply")
    await tom.press("Personal loan")
    await answer_until(tom, "Name")
    await tom.expect("· ID number")
    await tom.say("/human")
    await tom.press("A question")
    await tom.say("Why do you need my ID?")
    await tom.expect(NUMBERED)
    await tom.say("/apply")
    await tom.press("Go on")
    await tom.expect("· ID number")
    await tom.say(ENGLISH["ID number"])
    await tom.expect("· Occupation")


async def test_the_cost_of_being_late_is_told_before_signing(town: Town) -> None:
    tom = await town.borrower("en")
    offer = await approved(town, tom)
    await tom.say("/offer")
    card = (await tom.expect("Your offer"))["text"]
    assert f"costs {written(offer.late_cost.example_per_day)} a day" in card
    await tom.press("Read the contract")
    contract = text_of(await tom.download(await tom.expect_media("document")))
    assert "16.2%" in contract
    assert "credit bureaus" in contract
    assert "go to court" in contract


async def test_help_and_contract_say_who_lends_and_what_no_lender_asks_for(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/help")
    helped = (await tom.expect("What I can do for you"))["text"]
    lender = town.services.lender
    assert "never asks for a fee before paying out" in helped
    assert lender.complaint_phone in helped
    await approved(town, tom)
    await tom.say("/offer")
    await tom.press("Read the contract")
    contract = text_of(await tom.download(await tom.expect_media("document")))
    assert lender.name.in_language("en") in contract
    assert lender.licence in contract


async def test_an_overdue_notice_can_be_complained_about_at_once(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person
    await town.to_due_date()
    await town.pass_time(days=1)
    await tom.expect("hasn't reached us yet")
    await tom.press("Complain")
    await tom.expect("answer within 7 days")
    await tom.say("You wrote to me twice.")
    await tom.expect(NUMBERED)
    (waiting,) = await town.services.handoffs.waiting(town.stage.officer)
    assert (waiting.kind, waiting.loan_id) == (HandoffKind.COMPLAINT, owing.loan_id)


async def test_a_part_is_taken_from_whoever_is_late_and_the_rest_computed_at_once(town: Town) -> None:
    owing = await debtor(town)
    tom = owing.person
    await town.to_due_date()
    await town.pass_time(days=9)
    before = await owing.now(town)
    await tom.say("/repay")
    await tom.press("Other amount")
    await tom.say("200")
    await tom.press("Pay in this chat")
    await tom.expect("Press the pay button above")
    await tom.pay()
    receipt = (await tom.expect("We've received ¥200.00"))["text"]
    await town.settled()
    left = (await owing.now(town)).due_now.total
    assert left == before.due_now.total - cny("200")
    assert f"Of this, due now: {written(left)}" in receipt


async def test_every_step_from_application_to_payout_is_on_record_with_its_time(town: Town) -> None:
    services, lin = town.services, await town.borrower()
    borrower_id, times = await town.borrower_id(lin), [town.clock.now()]
    application_id = await applied(town, lin)
    for step in ("claim", "approve", "sign", "pay out"):
        await town.pass_time(minutes=20)
        times.append(town.clock.now())
        match step:
            case "claim":
                await claim(town)
            case "approve":
                offer = await services.decisions.approve(WANG, application_id)
            case "sign":
                contract = await services.contracts.issue(borrower_id, offer.id, "zh_Hans")
                await services.contracts.sign(borrower_id, contract.id, "我同意签署", lin.id)
            case "pay out":
                await services.loans.disburse(WANG, application_id, "BANK1")
    application = await services.applications.get(borrower_id, application_id)
    (signed,) = await services.contracts.list(borrower_id)
    async with town.process.database.reading() as session:
        acts = {row.action: row.acted_at for row in await session.scalars(select(AuditEntryRow))}
    claimed, approved_at, paid_out_at = acts["handoff_claim"], acts["approved"], acts["paid_out"]
    assert [application.submitted_at, claimed, approved_at, signed.signed_at, paid_out_at] == times
