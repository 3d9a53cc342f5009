"""Offers as the borrower meets them."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from services.db import Database
from services.errors import NotFound
from services.models import ApplicationRow, OutboxRow
from services.money import Money
from services.origination.offer_states import IllegalOfferMove, OfferExpired, OfferStatus
from services.wording import Percent
from tests.builders import cny
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def application_status(lending: Lending, application_id: int) -> str:
    async with lending.database.reading() as session:
        return (await session.get_one(ApplicationRow, application_id)).status


async def messages(lending: Lending, kind: str) -> list[tuple[str, str]]:
    async with lending.database.reading() as session:
        rows = await session.scalars(select(OutboxRow).where(OutboxRow.kind == kind))
        return [(row.dedupe_key, row.status) for row in rows]


async def test_the_figures_of_an_offer_add_up(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.offer(borrower, amount="5000", term=6)
    assert Money.total((row.principal for row in offer.rows), "CNY") == offer.amount
    assert Money.total((row.total for row in offer.rows), "CNY") == offer.total_to_repay
    assert offer.total_cost == offer.total_to_repay - offer.net_payout
    assert offer.installment == offer.rows[0].total == cny("859.78")
    assert offer.annual_rate == Percent(Decimal("10.8"))
    assert offer.apr.value > offer.annual_rate.value


async def test_an_offer_says_what_a_day_of_delay_costs(lending: Lending) -> None:
    offer = await lending.offer(await lending.borrower(), amount="5000", term=6)
    late = offer.late_cost
    assert late.annual_rate == Percent(Decimal("16.2"))
    assert late.example_overdue == offer.rows[0].principal
    assert late.example_per_day == cny("0.36")


async def test_a_harvest_loan_names_the_delay_of_the_first_row_that_bears_it(lending: Lending) -> None:
    offer = await lending.offer(await lending.borrower(), product="farm", amount="20000", term=12, method="custom")
    assert not offer.rows[0].principal
    assert offer.late_cost.example_overdue
    assert offer.late_cost.grace_days == 3


async def test_the_open_offer_is_the_one_that_waits(lending: Lending) -> None:
    borrower = await lending.borrower()
    assert await lending.offers.open(borrower) is None
    offer = await lending.offer(borrower)
    assert await lending.offers.open(borrower) == offer
    await lending.offers.decline_offer(borrower, offer.id)
    assert await lending.offers.open(borrower) is None


async def test_declining_an_offer_ends_its_application_and_withdraws_its_message(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    declined = await lending.offers.decline_offer(borrower, offer.id)
    assert declined.status is OfferStatus.DECLINED
    assert await application_status(lending, offer.application_id) == "withdrawn"
    assert await messages(lending, "offer_ready") == [(f"offer:{offer.id}:ready", "withdrawn")]
    with pytest.raises(IllegalOfferMove):
        await lending.offers.decline_offer(borrower, offer.id)


async def test_an_offer_ends_when_its_days_are_over_and_the_borrower_is_told_once(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    lending.wait_days(lending.lender.offer_valid_days)
    assert await lending.offers.open(borrower) is None
    with pytest.raises(OfferExpired):
        await lending.offers.decline_offer(borrower, offer.id)
    assert await lending.offers.expire_due() == 1
    assert await lending.offers.expire_due() == 0
    assert (await lending.offers.get(borrower, offer.id)).status is OfferStatus.EXPIRED
    assert await application_status(lending, offer.application_id) == "expired"
    assert len(await messages(lending, "offer_expired")) == 1


async def test_an_offer_in_its_time_does_not_expire(lending: Lending) -> None:
    await lending.offer(await lending.borrower())
    lending.wait_days(lending.lender.offer_valid_days - 1)
    assert await lending.offers.expire_due() == 0


async def test_the_offer_of_somebody_else_is_not_found(lending: Lending) -> None:
    offer = await lending.offer(await lending.borrower())
    stranger = await lending.borrower()
    with pytest.raises(NotFound):
        await lending.offers.get(stranger, offer.id)
    with pytest.raises(NotFound):
        await lending.offers.decline_offer(stranger, offer.id)
