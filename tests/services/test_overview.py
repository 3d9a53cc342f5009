"""What the menu offers: where a borrower stands, read at once."""

from dataclasses import dataclass

import pytest

from services.db import Database
from services.desk.handoff_cards import HandoffCards
from services.desk.handoff_states import DeskAction, HandoffKind, HandoffStatus
from services.desk.handoffs import Handoffs
from services.desk.talks import Talks
from services.errors import NotFound
from services.models import HandoffRow
from services.origination.application_review import ApplicationReview
from services.origination.application_states import ApplicationMoved, ApplicationStatus
from services.origination.applications import PayoutUnderWay
from services.overview import Overviews
from tests.builders import FrontOffice, open_front_office
from tests.services.desk import MANAGER, staff
from tests.services.lending import CHAT, Lending, open_lending
from tests.services.rows import handoffs_of


@dataclass(frozen=True)
class House:
    """The whole lender over one database."""

    office: FrontOffice
    lending: Lending
    handoffs: Handoffs
    talks: Talks
    overviews: Overviews
    review: ApplicationReview

    async def newest_handoff(self, borrower_id: int, kind: HandoffKind) -> HandoffRow:
        return [row for row in await handoffs_of(self.office.database, borrower_id) if row.kind == kind][-1]


@pytest.fixture
def house(database: Database) -> House:
    office, lending = open_front_office(database), open_lending(database)
    cards = HandoffCards(database, office.vault, staff(), office.applications, lending.loans)
    handoffs = Handoffs(database, office.clock, office.vault, office.lender, office.products, staff(), cards)
    talks = Talks(database, office.clock, office.vault, office.lender, staff())
    overviews = Overviews(office.borrowers, office.applications, lending.offers, lending.loans, talks)
    review = ApplicationReview(database, office.clock, office.vault, office.lender, office.products, staff())
    return House(office, lending, handoffs, talks, overviews, review)


async def test_somebody_who_has_just_come_has_nothing_yet(house: House) -> None:
    overview = await house.overviews.of(await house.office.stranger())
    assert not overview.borrower.registered
    assert (overview.draft, overview.application, overview.offer, overview.talking) == (None, None, None, None)
    assert list(overview.loans) == []


async def test_nobody_has_no_overview(house: House) -> None:
    with pytest.raises(NotFound):
        await house.overviews.of(404)


async def test_a_borrower_is_led_from_draft_to_loan(house: House) -> None:
    office, lending = house.office, house.lending
    borrower = await office.borrower()
    application_id = await office.submitted(borrower)

    overview = await house.overviews.of(borrower)
    assert overview.draft is None
    assert overview.application is not None
    assert overview.application.status is ApplicationStatus.SUBMITTED

    await house.handoffs.claim(MANAGER, (await house.newest_handoff(borrower, HandoffKind.APPLICATION)).id)
    offer = await lending.decisions.approve(MANAGER, application_id)
    overview = await house.overviews.of(borrower)
    assert overview.offer is not None
    assert overview.offer.id == offer.id

    contract = await lending.contracts.issue(borrower, offer.id, "zh_Hans")
    await lending.contracts.sign(borrower, contract.id, "我同意签署", CHAT)
    loan = await lending.loans.disburse(MANAGER, application_id, "BANK1")
    overview = await house.overviews.of(borrower)
    assert [each.id for each in overview.loans] == [loan.id]
    assert (overview.offer, overview.application, overview.draft) == (None, None, None)


async def test_a_draft_is_offered_again(house: House) -> None:
    borrower = await house.office.borrower()
    draft = await house.office.draft(borrower)
    overview = await house.overviews.of(borrower)
    assert overview.draft is not None
    assert (overview.draft.id, overview.application) == (draft, None)


async def test_an_officers_question_stands_with_its_application(house: House) -> None:
    borrower = await house.office.borrower()
    application_id = await house.office.submitted(borrower)
    await house.handoffs.claim(MANAGER, (await house.newest_handoff(borrower, HandoffKind.APPLICATION)).id)
    request = await house.review.request_information(MANAGER, application_id, "请补充工资流水")
    overview = await house.overviews.of(borrower)
    assert overview.open_request is not None
    assert overview.open_request.id == request.id
    assert overview.application is not None
    assert overview.application.id == application_id


async def test_a_conversation_that_goes_on_is_shown(house: House) -> None:
    borrower = await house.office.borrower()
    handoff = await house.handoffs.ask(borrower, HandoffKind.QUESTION, "什么时候放款？")
    await house.handoffs.claim(MANAGER, handoff.id)
    await house.talks.start(MANAGER, handoff.id)
    talking = (await house.overviews.of(borrower)).talking
    assert talking is not None
    assert talking.id == handoff.id


async def test_the_card_of_an_application_is_enough_to_decide_from(house: House) -> None:
    borrower = await house.office.borrower()
    application_id = await house.office.submitted(borrower)
    row = await house.newest_handoff(borrower, HandoffKind.APPLICATION)
    await house.handoffs.claim(MANAGER, row.id)
    card = await house.handoffs.card_for(MANAGER, row.id)
    assert card.application is not None
    file = card.application
    assert (file.application.id, file.borrower_name, card.borrower.name) == (application_id, "李小明", "李小明")
    assert file.estimate is not None
    assert file.papers
    assert card.borrower.id_number_masked is not None
    assert "*" in card.borrower.id_number_masked
    assert card.actions[:2] == (DeskAction.APPROVE, DeskAction.DECLINE)


async def test_the_card_of_arrears_carries_the_loan(house: House) -> None:
    borrower = await house.lending.borrower()
    loan = await house.lending.loan(borrower)
    handoff = await house.handoffs.ask(borrower, HandoffKind.HARDSHIP, "收入减少", loan_id=loan.id)
    card = await house.handoffs.card(handoff.id)
    assert card.loan is not None
    assert card.loan.loan.outstanding.total == loan.principal


async def signed(house: House) -> tuple[int, int]:
    """A borrower whose contract is signed, and the application."""
    borrower = await house.lending.borrower()
    return borrower, (await house.lending.signed(borrower)).application_id


async def test_a_signed_loan_can_be_withdrawn_until_it_is_paid_out(house: House) -> None:
    borrower, application_id = await signed(house)
    withdrawn = await house.office.applications.withdraw(borrower, application_id)
    assert withdrawn.status is ApplicationStatus.WITHDRAWN
    assert (await house.newest_handoff(borrower, HandoffKind.PAYOUT)).status == HandoffStatus.CLOSED
    with pytest.raises(ApplicationMoved):
        await house.lending.loans.disburse(MANAGER, application_id, "BANK1")
    assert (await house.overviews.of(borrower)).application is None


async def test_a_payout_that_an_officer_has_taken_is_no_longer_withdrawn_from_the_chat(house: House) -> None:
    borrower, application_id = await signed(house)
    await house.handoffs.claim(MANAGER, (await house.newest_handoff(borrower, HandoffKind.PAYOUT)).id)
    with pytest.raises(PayoutUnderWay):
        await house.office.applications.withdraw(borrower, application_id)
    assert (await house.lending.loans.disburse(MANAGER, application_id, "BANK1")).application_id == application_id


async def test_a_loan_that_was_paid_out_is_not_withdrawn(house: House) -> None:
    borrower = await house.lending.borrower()
    loan = await house.lending.loan(borrower)
    with pytest.raises(ApplicationMoved):
        await house.office.applications.withdraw(borrower, loan.application_id)
