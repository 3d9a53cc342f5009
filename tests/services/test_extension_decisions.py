"""Officers grant more time, grant another length, or decline; each once, and not for a loan of their own."""

from datetime import date, timedelta

import pytest

from services.configuration.rate_cap import RateCapExceeded
from services.db import Database
from services.desk.handoff_cards import HandoffCards
from services.desk.handoff_states import ClaimedByAnother, HandoffStatus
from services.desk.handoffs import Handoffs
from services.desk.second_officer import OtherOfficerDecides
from services.errors import NotAllowed
from services.extensions.extension_limits import ArrearsFirst, LengthNotOffered
from services.extensions.extension_states import ExtensionStatus, IllegalExtensionMove
from services.extensions.extension_views import ExtensionReason, RefusalReason
from services.wording import Label
from tests.builders import cny
from tests.services.desk import CASHIER, MANAGER, OPERATOR, STRANGER, staff
from tests.services.extending import debtor, handoffs, messages, rules
from tests.services.lending import Lending, open_lending
from tests.services.rows import NoFiles


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def test_what_was_asked_is_granted_and_the_borrower_has_days_to_sign(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask(2)
    lending.wait_days(3)
    granted = await lending.extension_decisions.approve(MANAGER, asked.id)
    assert (granted.status, granted.installments) == (ExtensionStatus.APPROVED, 2)
    assert granted.valid_until == lending.clock.now() + timedelta(days=7)
    (told,) = await messages(lending, "extension_approved")
    assert (told["asked"], told["granted"]) == (2, 2)
    assert told["last_due_on"] == date(2026, 7, 5)
    (handoff,) = await handoffs(lending)
    assert (handoff.status, handoff.closed_by) == (HandoffStatus.CLOSED, MANAGER)


async def test_nothing_changes_in_the_loan_before_the_signature(lending: Lending) -> None:
    owing = await debtor(lending)
    before = await lending.loans.get(owing.borrower_id, owing.loan_id)
    await owing.granted()
    assert await lending.loans.get(owing.borrower_id, owing.loan_id) == before


async def test_an_officer_grants_another_length(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask(3)
    preview = await lending.extension_decisions.preview(MANAGER, asked.id, 1)
    assert preview.after.last.due_on == date(2026, 6, 5)
    granted = await lending.extension_decisions.approve(MANAGER, asked.id, 1)
    assert (granted.asked_installments, granted.installments) == (3, 1)
    with pytest.raises(IllegalExtensionMove):
        await lending.extension_decisions.preview(MANAGER, asked.id, 2)


async def test_no_officer_grants_more_than_the_product_allows(lending: Lending) -> None:
    asked = await (await debtor(lending)).ask(3)
    with pytest.raises(LengthNotOffered):
        await lending.extension_decisions.approve(MANAGER, asked.id, 4)


async def test_a_refusal_names_its_reason_and_the_borrower_may_ask_again(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask()
    declined = await lending.extension_decisions.decline(MANAGER, asked.id, RefusalReason.NOT_EXPLAINED)
    assert declined.declined_because is RefusalReason.NOT_EXPLAINED
    (told,) = await messages(lending, "extension_declined")
    assert told["reason"] == Label("terms.extension_refusal_not_explained")
    assert (await owing.ask()).status is ExtensionStatus.REQUESTED


async def test_a_request_is_decided_once(lending: Lending) -> None:
    asked = await (await debtor(lending)).ask()
    await lending.extension_decisions.approve(MANAGER, asked.id)
    with pytest.raises(IllegalExtensionMove):
        await lending.extension_decisions.approve(MANAGER, asked.id)
    with pytest.raises(IllegalExtensionMove):
        await lending.extension_decisions.decline(MANAGER, asked.id, RefusalReason.POLICY)


@pytest.mark.parametrize("staff_id", [OPERATOR, CASHIER, STRANGER])
async def test_only_those_who_decide_on_loans_decide_on_more_time(lending: Lending, staff_id: int) -> None:
    asked = await (await debtor(lending)).ask()
    with pytest.raises(NotAllowed):
        await lending.extension_decisions.preview(staff_id, asked.id)
    with pytest.raises(NotAllowed):
        await lending.extension_decisions.approve(staff_id, asked.id)
    with pytest.raises(NotAllowed):
        await lending.extension_decisions.decline(staff_id, asked.id, RefusalReason.POLICY)


async def test_a_request_that_a_colleague_has_taken_is_not_decided(lending: Lending) -> None:
    asked = await (await debtor(lending)).ask()
    officers = staff()
    cards = HandoffCards(lending.database, lending.vault, officers, NoFiles(), NoFiles())
    desk = Handoffs(lending.database, lending.clock, lending.vault, lending.lender, lending.products, officers, cards)
    (handoff,) = await handoffs(lending)
    await desk.claim(CASHIER, handoff.id)
    with pytest.raises(ClaimedByAnother):
        await lending.extension_decisions.approve(MANAGER, asked.id)
    assert (await lending.extensions.for_staff(asked.id)).extension.status is ExtensionStatus.REQUESTED


async def test_four_eyes_keep_an_officer_from_extending_a_loan_of_their_own(database: Database) -> None:
    lending = open_lending(database, four_eyes=True)
    borrower = await lending.borrower()
    offer = await lending.signed(borrower)
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "BANK1")
    own = open_lending(database)
    asked = await own.extensions.ask(borrower, loan.id, 1, ExtensionReason.ILLNESS)
    with pytest.raises(OtherOfficerDecides):
        await lending.extension_decisions.approve(MANAGER, asked.id)
    declined = await lending.extension_decisions.decline(MANAGER, asked.id, RefusalReason.POLICY)
    assert declined.status is ExtensionStatus.DECLINED


async def test_arrears_that_arose_since_the_request_stop_the_approval(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.go_to(owing.loan.first_due_on - timedelta(days=1))
    asked = await owing.ask()
    lending.wait_days(2)
    with pytest.raises(ArrearsFirst):
        await lending.extension_decisions.approve(MANAGER, asked.id)


async def test_a_supplement_beyond_the_rate_cap_is_not_granted(lending: Lending) -> None:
    dear = open_lending(lending.database, extension=rules(rate_supplement="5"))
    owing = await debtor(dear)
    with pytest.raises(RateCapExceeded):
        await owing.ask()


async def test_the_officers_file_compares_both_plans_and_counts_what_was_before(lending: Lending) -> None:
    owing = await debtor(lending)
    await owing.extended(1)
    asked = await owing.ask(2)
    file = await lending.extensions.for_staff(asked.id)
    assert (file.extended_before, file.asked_before) == (1, 0)
    assert file.comparison is not None
    assert file.comparison.before.last.due_on == date(2026, 6, 5)
    assert file.comparison.after.last.due_on == date(2026, 8, 5)
    assert file.comparison.extra > cny("0")
    await lending.extension_decisions.decline(MANAGER, asked.id, RefusalReason.POLICY)
    assert (await lending.extensions.for_staff(asked.id)).comparison is None
