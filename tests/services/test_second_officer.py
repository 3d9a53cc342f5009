"""Four eyes: whoever approves a loan does not pay it out as well, and nobody acts on what a colleague has taken."""

import asyncio

import pytest
from sqlalchemy import select

from services.configuration.staff import Officer, Permission, Staff
from services.db import Database
from services.desk.handoff_cards import HandoffCards
from services.desk.handoff_records import open_handoff
from services.desk.handoff_states import ClaimedByAnother, DeskAction, HandoffKind, HandoffStatus
from services.desk.handoffs import Handoffs
from services.desk.second_officer import SecondOfficerNeeded
from services.models import ApplicationRow, HandoffRow
from services.origination.decisions import DeclineReason
from services.repayment.payment_views import Aim, RejectReason
from tests.services.desk import CASHIER, MANAGER, staff
from tests.services.lending import Lending, open_lending
from tests.services.rows import NoFiles

DECIDER, PAYER = frozenset({Permission.DECIDE}), frozenset({Permission.PAY_OUT})


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database, four_eyes=True)


@pytest.fixture
def handoffs(lending: Lending) -> Handoffs:
    return desk_of(lending)


def desk_of(lending: Lending) -> Handoffs:
    officers = staff(four_eyes=True)
    cards = HandoffCards(lending.database, lending.vault, officers, NoFiles(), NoFiles())
    return Handoffs(lending.database, lending.clock, lending.vault, lending.lender, lending.products, officers, cards)


async def handoff_id(lending: Lending, kind: HandoffKind) -> int:
    async with lending.database.reading() as session:
        return (await session.scalars(select(HandoffRow.id).where(HandoffRow.kind == kind))).one()


async def test_whoever_granted_a_line_takes_no_draw_on_it(lending: Lending, handoffs: Handoffs) -> None:
    borrower_id = await lending.borrower()
    asked = {"product": "line", "method": "revolving", "amount": "20000", "first_draw": "5000", "term": 12}
    offer = await lending.signed(borrower_id, **asked)
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "FIRST-0001")
    draw = await lending.draws.open(borrower_id, loan.id, "1000")
    await lending.draws.confirm(borrower_id, draw.id, "我同意签署", "zh_Hans")
    waiting = await handoff_id(lending, HandoffKind.DRAW)
    with pytest.raises(SecondOfficerNeeded):
        await handoffs.claim(MANAGER, waiting)
    assert (await handoffs.claim(CASHIER, waiting)).claimed_by == CASHIER
    with pytest.raises(ClaimedByAnother):
        await desk_of(lending).card_in_hand(MANAGER, waiting, DeskAction.CONFIRM_PAYOUT)


async def review(lending: Lending, **asked: str) -> tuple[int, int]:
    """An application that waits for a decision, and its handoff."""
    borrower_id = await lending.borrower()
    application_id = await lending.application(borrower_id, **asked)
    async with lending.database.transaction() as session:
        row = await open_handoff(
            session,
            now=lending.clock.now(),
            kind=HandoffKind.APPLICATION,
            borrower_id=borrower_id,
            application_id=application_id,
        )
        return application_id, row.id


async def test_whoever_approved_a_loan_does_not_pay_it_out(lending: Lending) -> None:
    offer = await lending.signed(await lending.borrower())
    with pytest.raises(SecondOfficerNeeded):
        await lending.loans.disburse(MANAGER, offer.application_id, "BANK1")
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "BANK1")
    assert loan.payout_reference == "BANK1"


async def test_whoever_approved_a_loan_is_told_so_before_taking_its_payout(
    lending: Lending, handoffs: Handoffs
) -> None:
    await lending.signed(await lending.borrower())
    payout = await handoff_id(lending, HandoffKind.PAYOUT)
    with pytest.raises(SecondOfficerNeeded):
        await handoffs.claim(MANAGER, payout)
    assert (await handoffs.claim(CASHIER, payout)).claimed_by == CASHIER


async def test_a_lender_with_one_officer_lets_that_officer_do_both(database: Database) -> None:
    alone = open_lending(database, four_eyes=False)
    offer = await alone.signed(await alone.borrower())
    assert (await alone.loans.disburse(MANAGER, offer.application_id, "BANK1")).payout_reference == "BANK1"


async def test_an_application_that_a_colleague_has_taken_is_not_decided(lending: Lending, handoffs: Handoffs) -> None:
    application_id, handoff = await review(lending)
    await handoffs.claim(CASHIER, handoff)
    with pytest.raises(ClaimedByAnother) as refused:
        await lending.decisions.approve(MANAGER, application_id)
    assert refused.value.params["name"] == "李出纳"
    with pytest.raises(ClaimedByAnother):
        await lending.decisions.decline(MANAGER, application_id, DeclineReason.INCOME)
    async with lending.database.reading() as session:
        assert (await session.get_one(ApplicationRow, application_id)).status == "in_review"


async def test_a_payout_that_a_colleague_has_taken_is_not_confirmed(lending: Lending, handoffs: Handoffs) -> None:
    offer = await lending.signed(await lending.borrower())
    await handoffs.claim(CASHIER, await handoff_id(lending, HandoffKind.PAYOUT))
    relaxed = open_lending(lending.database)
    with pytest.raises(ClaimedByAnother):
        await relaxed.loans.disburse(MANAGER, offer.application_id, "BANK1")


async def test_a_receipt_that_a_colleague_has_taken_is_neither_booked_nor_rejected(
    lending: Lending, handoffs: Handoffs
) -> None:
    borrower_id = await lending.borrower()
    offer = await lending.signed(borrower_id)
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "BANK1")
    payment = await lending.repayments.open(borrower_id, loan.id, Aim.DUE)
    await lending.repayments.attach_receipt(borrower_id, payment.id, b"photo")
    await handoffs.claim(CASHIER, await handoff_id(lending, HandoffKind.TRANSFER_RECEIPT))
    with pytest.raises(ClaimedByAnother):
        await lending.repayments.confirm_transfer(MANAGER, payment.id)
    with pytest.raises(ClaimedByAnother):
        await lending.repayments.reject_transfer(MANAGER, payment.id, RejectReason.UNREADABLE)
    assert (await lending.repayments.confirm_transfer(CASHIER, payment.id)).amount == payment.amount


@pytest.mark.parametrize(
    ("officers", "lacking"),
    [
        ([DECIDER | PAYER], True),
        ([DECIDER | PAYER, DECIDER | PAYER], False),
        ([DECIDER, PAYER], False),
        ([DECIDER], True),
        ([DECIDER | PAYER, DECIDER], True),
        ([PAYER], False),
    ],
)
def test_a_desk_where_an_approval_leaves_nobody_to_pay_out_is_noticed(
    officers: list[frozenset[Permission]], lacking: bool
) -> None:
    at_work = [Officer(number, f"officer {number}", (), may) for number, may in enumerate(officers, start=1)]
    assert Staff(at_work, four_eyes=True).lacks_second_pair is lacking
    assert not Staff(at_work, four_eyes=False).lacks_second_pair


@pytest.mark.postgres
class TestAtOnce:
    """On PostgreSQL, where transactions really run side by side."""

    @pytest.fixture
    async def lending(self, postgres: Database) -> Lending:
        return open_lending(postgres, four_eyes=True)

    async def test_taking_and_deciding_at_once_end_one_after_the_other(self, lending: Lending) -> None:
        handoffs = desk_of(lending)
        for _ in range(8):
            application_id, handoff = await review(lending)
            taken, decided = await asyncio.gather(
                handoffs.claim(CASHIER, handoff),
                lending.decisions.approve(MANAGER, application_id),
                return_exceptions=True,
            )
            won = [each for each in (taken, decided) if not isinstance(each, Exception)]
            assert len(won) == 1, (taken, decided)
            async with lending.database.reading() as session:
                row = await session.get_one(HandoffRow, handoff)
            assert (row.status, row.claimed_by) in ((HandoffStatus.CLAIMED, CASHIER), (HandoffStatus.CLOSED, None))
