"""What an officer may decide, and what follows from it."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from services.configuration.loan_limits import AmountNotAMultiple, AmountTooSmall, TermNotOffered
from services.configuration.rate_cap import RateCap, RateCapExceeded
from services.configuration.staff import NotPermitted, NotStaff
from services.db import Database
from services.desk.handoff_records import open_handoff
from services.desk.handoff_states import HandoffKind
from services.errors import NotFound
from services.messages.message_params import decode_params
from services.models import ApplicationRow, DecisionRow, HandoffRow, OfferRow, OutboxRow
from services.origination.application_states import ApplicationMoved
from services.origination.decisions import Decisions, DeclineReason, MoreThanAskedFor
from services.origination.offer_states import OfferStatus
from services.wording import Label, Percent
from tests.builders import cny
from tests.services.desk import MANAGER, OPERATOR, STRANGER, staff
from tests.services.lending import Lending, open_lending, rates_of


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def status_of(lending: Lending, application_id: int) -> str:
    async with lending.database.reading() as session:
        return (await session.get_one(ApplicationRow, application_id)).status


async def message(lending: Lending, kind: str) -> OutboxRow:
    async with lending.database.reading() as session:
        return (await session.scalars(select(OutboxRow).where(OutboxRow.kind == kind))).one()


async def test_an_approval_makes_an_offer_and_tells_the_borrower(lending: Lending) -> None:
    borrower = await lending.borrower()
    application = await lending.application(borrower, amount="5000", term=6)
    offer = await lending.decisions.approve(MANAGER, application)
    assert (offer.amount, offer.term, offer.status) == (cny("5000"), 6, OfferStatus.OPEN)
    assert await status_of(lending, application) == "approved"
    told = await message(lending, "offer_ready")
    assert told.borrower_id == borrower
    assert decode_params(told.params)["amount"] == cny("5000")


async def test_an_approval_may_lower_the_amount_and_change_the_term(lending: Lending) -> None:
    application = await lending.application(await lending.borrower(), amount="5000", term=6)
    offer = await lending.decisions.approve(MANAGER, application, amount=cny("4000"), term=12)
    assert (offer.asked_amount, offer.amount) == (cny("5000"), cny("4000"))
    assert (offer.asked_term, offer.term, len(offer.rows)) == (6, 12, 12)


async def test_an_approval_never_raises_the_amount(lending: Lending) -> None:
    application = await lending.application(await lending.borrower(), amount="5000")
    with pytest.raises(MoreThanAskedFor) as refused:
        await lending.decisions.approve(MANAGER, application, amount=cny("5100"))
    assert refused.value.params["asked"] == cny("5000")
    assert await status_of(lending, application) == "in_review"


@pytest.mark.parametrize(
    ("amount", "term", "refusal"),
    [
        ("0", None, AmountTooSmall),
        ("900", None, AmountTooSmall),
        ("1050", None, AmountNotAMultiple),
        ("4000", 5, TermNotOffered),
    ],
)
async def test_an_approval_stays_within_the_product(
    lending: Lending, amount: str, term: int | None, refusal: type[Exception]
) -> None:
    application = await lending.application(await lending.borrower())
    with pytest.raises(refusal):
        await lending.decisions.approve(MANAGER, application, amount=cny(amount), term=term)


async def test_a_price_above_the_cap_of_the_day_is_refused_and_nothing_is_written(lending: Lending) -> None:
    capped = Decisions(
        lending.database,
        lending.clock,
        lending.lender,
        lending.products,
        RateCap(rates_of("1")),
        staff(),
    )
    application = await lending.application(await lending.borrower())
    with pytest.raises(RateCapExceeded) as refused:
        await capped.approve(MANAGER, application)
    assert refused.value.params["cap"] == Percent(Decimal("4"))
    assert await status_of(lending, application) == "in_review"
    async with lending.database.reading() as session:
        assert (await session.scalars(select(OfferRow))).all() == []


async def test_a_second_decision_on_the_same_application_is_refused(lending: Lending) -> None:
    application = await lending.application(await lending.borrower())
    await lending.decisions.approve(MANAGER, application)
    with pytest.raises(ApplicationMoved):
        await lending.decisions.approve(MANAGER, application)
    with pytest.raises(ApplicationMoved):
        await lending.decisions.decline(MANAGER, application, DeclineReason.INCOME)
    async with lending.database.reading() as session:
        assert len((await session.scalars(select(OfferRow))).all()) == 1


@pytest.mark.parametrize("status", ["draft", "collecting_documents", "declined", "withdrawn", "expired", "disbursed"])
async def test_only_an_application_under_review_is_decided(lending: Lending, status: str) -> None:
    application = await lending.application(await lending.borrower(), status=status)
    with pytest.raises(ApplicationMoved):
        await lending.decisions.approve(MANAGER, application)
    with pytest.raises(ApplicationMoved):
        await lending.decisions.decline(MANAGER, application, DeclineReason.POLICY)


async def test_a_decline_names_its_reason_to_the_borrower_and_closes_the_card(lending: Lending) -> None:
    borrower = await lending.borrower()
    application = await lending.application(borrower)
    async with lending.database.transaction() as session:
        handoff = await open_handoff(
            session,
            now=lending.clock.now(),
            kind=HandoffKind.APPLICATION,
            borrower_id=borrower,
            application_id=application,
        )
    await lending.decisions.decline(MANAGER, application, DeclineReason.EXISTING_DEBT)
    assert await status_of(lending, application) == "declined"
    told = await message(lending, "application_declined")
    assert decode_params(told.params)["reason"] == Label("terms.decline_reason_existing_debt")
    async with lending.database.reading() as session:
        closed = await session.get_one(HandoffRow, handoff.id)
        assert (closed.status, closed.closed_by) == ("closed", MANAGER)
        decision = (await session.scalars(select(DecisionRow))).one()
        assert (decision.outcome, decision.reason, decision.staff_id) == ("declined", "existing_debt", MANAGER)


async def test_a_preview_shows_the_offer_and_writes_nothing(lending: Lending) -> None:
    application = await lending.application(await lending.borrower(), amount="5000")
    preview = await lending.decisions.preview(MANAGER, application, amount=cny("3000"))
    assert preview.amount == cny("3000")
    assert preview.installment is not None
    assert await status_of(lending, application) == "in_review"
    async with lending.database.reading() as session:
        assert (await session.scalars(select(OfferRow))).all() == []


async def test_only_those_who_may_decide_do(lending: Lending) -> None:
    application = await lending.application(await lending.borrower())
    with pytest.raises(NotPermitted):
        await lending.decisions.approve(OPERATOR, application)
    with pytest.raises(NotStaff):
        await lending.decisions.decline(STRANGER, application, DeclineReason.INCOME)


async def test_an_application_that_is_not_there_is_not_found(lending: Lending) -> None:
    with pytest.raises(NotFound):
        await lending.decisions.approve(MANAGER, 4711)


async def test_a_price_exactly_at_the_cap_is_allowed_and_a_hundredth_above_is_not(lending: Lending) -> None:
    application = await lending.application(await lending.borrower())
    apr = (await lending.decisions.preview(MANAGER, application)).apr.value
    terms = lending.products.terms(lending.products.get("personal"), cny("5000"), 6, "equal_installment", lending.today)
    RateCap(rates_of(str(apr / 4))).check(terms, lending.today)
    with pytest.raises(RateCapExceeded):
        RateCap(rates_of(str((apr - Decimal("0.01")) / 4))).check(terms, lending.today)
