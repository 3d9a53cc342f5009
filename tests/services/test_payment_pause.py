"""A pause: interest alone for some installments, then the principal as before, and the end later by as many."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.db import Database
from services.extensions.extension_limits import ExtensionNotOffered, LengthNotOffered, TransferUnderWay
from services.extensions.extension_plans import Comparison, Kind
from services.repayment.payment_rules import DateOutOfRange
from services.repayment.payment_views import Aim, RejectReason
from tests.builders import cny
from tests.services.desk import MANAGER
from tests.services.extending import Debtor, debtor, rules
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def pauses(owing: Debtor) -> list[Comparison]:
    options = await owing.lending.extensions.options(owing.borrower_id, owing.loan_id)
    return [choice for choice in options.choices if choice.change.kind is Kind.PAUSE]


async def test_interest_alone_comes_first_and_then_the_installments_that_there_were(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.go_to(owing.loan.first_due_on)
    await owing.pay_due()
    lending.wait_days(10)
    one, two = await pauses(owing)
    before, after = two.before, two.after
    assert (one.change.installments, two.change.installments) == (1, 2)
    assert [row.principal for row in after.rows[:2]] == [cny("0")] * 2
    assert [row.principal for row in after.rows[2:]] == [row.principal for row in before.rows]
    assert [row.total for row in after.rows[2:]] == [row.total for row in before.rows]
    assert (before.last.due_on, after.last.due_on) == (date(2026, 5, 5), date(2026, 7, 5))
    assert two.extra == after.rows[0].interest + after.rows[1].interest


async def test_a_pause_between_two_due_dates_lets_no_interest_fall_due_at_once(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.go_to(owing.loan.first_due_on)
    await owing.pay_due()
    lending.wait_days(10)
    before = await lending.loans.get(owing.borrower_id, owing.loan_id)
    await owing.extended(2, Kind.PAUSE)
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert (view.due_now.total, view.days_past_due) == (cny("0"), 0)
    assert view.outstanding == before.outstanding
    assert view.next_due is not None
    assert view.next_due.on == date(2026, 1, 5)
    assert view.rows[1].interest == before.rows[1].interest
    assert view.rows[1].principal == cny("0")


async def test_a_paused_loan_is_repaid_to_the_last_cent_and_its_ledger_agrees(lending: Lending) -> None:
    owing = await debtor(lending, term=3)
    lending.wait_days(3)
    await owing.extended(1, Kind.PAUSE)
    for row in (await lending.loans.get(owing.borrower_id, owing.loan_id)).rows:
        lending.go_to(row.due_on)
        await owing.pay_due()
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert (view.status, view.outstanding.total, view.surplus) == ("closed", cny("0"), cny("0"))
    held = await lending.loans.trial_balance(owing.loan_id)
    assert not sum(amount.minor for amount in held.values())
    assert not held["loan_principal"]


async def test_principal_that_is_overdue_stays_due_during_a_pause(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.go_to(owing.loan.first_due_on + timedelta(days=5))
    due = (await lending.loans.get(owing.borrower_id, owing.loan_id)).due_now
    await owing.pay_due(due.interest + due.penalty)
    await owing.extended(1, Kind.PAUSE)
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert view.due_now.principal == due.principal
    assert view.rows[1].principal == cny("0")


async def test_a_pause_after_an_extension_keeps_the_longer_plan(lending: Lending) -> None:
    owing = await debtor(lending)
    await owing.extended(3)
    longer = await lending.loans.get(owing.borrower_id, owing.loan_id)
    await owing.extended(1, Kind.PAUSE)
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert (len(longer.rows), len(view.rows)) == (9, 10)
    assert [row.total for row in view.rows[1:]] == [row.total for row in longer.rows]


async def test_a_pause_within_a_pause_adds_to_it(lending: Lending) -> None:
    owing = await debtor(lending)
    once = await lending.loans.get(owing.borrower_id, owing.loan_id)
    await owing.extended(2, Kind.PAUSE)
    lending.go_to(owing.loan.first_due_on)
    await owing.pay_due()
    lending.wait_days(3)
    await owing.extended(1, Kind.PAUSE)
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert [row.principal for row in view.rows] == [*[cny("0")] * 3, *(row.principal for row in once.rows)]


async def test_another_rate_holds_from_the_day_of_the_pause_and_not_before(lending: Lending) -> None:
    dearer = open_lending(lending.database, extension=rules(most_paused=2, rate_supplement="0.5"))
    owing = await debtor(dearer)
    dearer.go_to(owing.loan.first_due_on + timedelta(days=15))
    due = (await dearer.loans.get(owing.borrower_id, owing.loan_id)).due_now
    await owing.pay_due(due.interest + due.penalty)
    before = await dearer.loans.get(owing.borrower_id, owing.loan_id)
    (one, _) = await pauses(owing)
    assert (one.before.annual_rate.value, one.after.annual_rate.value) == (Decimal("10.8"), Decimal("11.3"))
    await owing.extended(1, Kind.PAUSE)
    after = await dearer.loans.get(owing.borrower_id, owing.loan_id)
    assert (after.outstanding, after.due_now) == (before.outstanding, before.due_now)
    assert before.rows[1].interest < after.rows[1].interest < after.rows[2].interest


async def test_after_an_extension_a_pause_waits_for_the_next_due_date(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.wait_days(10)
    await owing.extended(2)
    assert await pauses(owing) == []
    lending.go_to(owing.loan.first_due_on)
    await owing.pay_due()
    (one, _) = await pauses(owing)
    assert len(one.after.rows) == len(one.before.rows) + 1 == 8


async def test_a_loan_without_principal_in_its_installments_has_nothing_to_pause(lending: Lending) -> None:
    owing = await debtor(lending, method="interest_only")
    assert await pauses(owing) == []
    with pytest.raises(ExtensionNotOffered):
        await owing.ask(1, kind=Kind.PAUSE)


async def test_whoever_paid_coming_installments_in_advance_is_offered_no_pause(lending: Lending) -> None:
    owing = await debtor(lending)
    await owing.pay_due()
    assert await pauses(owing) == []


async def test_after_maturity_there_is_nothing_left_to_pause(lending: Lending) -> None:
    lenient = open_lending(
        lending.database, extension=rules(arrears_paid_first=False, most_paused=2, until_days_after=20)
    )
    owing = await debtor(lenient, term=3)
    lenient.go_to(date(2026, 2, 10))
    assert await pauses(owing) == []


async def test_a_pause_longer_than_the_product_allows_is_refused(lending: Lending) -> None:
    owing = await debtor(lending)
    with pytest.raises(LengthNotOffered) as refused:
        await owing.ask(3, kind=Kind.PAUSE)
    assert refused.value.params["most"] == 2
    never = open_lending(lending.database, extension=rules())
    with pytest.raises(LengthNotOffered):
        await (await debtor(never)).ask(1, kind=Kind.PAUSE)


async def test_an_officer_grants_a_pause_in_the_place_of_more_installments(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask(3)
    granted = await lending.extension_decisions.approve(MANAGER, asked.id, 1, Kind.PAUSE)
    assert (granted.asked, granted.wanted) == ((Kind.LONGER, 3), (Kind.PAUSE, 1))
    agreement = await lending.extension_agreements.read(owing.borrower_id, asked.id)
    assert agreement.comparison.after.rows[0].principal == cny("0")


async def test_a_pause_counts_as_an_extension(lending: Lending) -> None:
    owing = await debtor(lending)
    await owing.extended(1, Kind.PAUSE)
    await owing.extended(1, Kind.PAUSE)
    assert not await lending.extensions.offered(owing.borrower_id, owing.loan_id)


async def test_a_pause_waits_until_a_transfer_is_booked(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted(1, Kind.PAUSE)
    payment = await lending.repayments.open(owing.borrower_id, owing.loan_id, Aim.DUE)
    await lending.repayments.attach_receipt(owing.borrower_id, payment.id, b"photo")
    with pytest.raises(TransferUnderWay):
        await lending.extension_agreements.send_code(owing.borrower_id, granted.id)
    await lending.repayments.reject_transfer(MANAGER, payment.id, RejectReason.NOT_RECEIVED)
    await lending.extension_agreements.send_code(owing.borrower_id, granted.id)


async def test_no_money_is_booked_on_a_day_before_the_new_terms_began(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.go_to(owing.loan.first_due_on)
    await owing.pay_due()
    lending.wait_days(10)
    await owing.extended(1, Kind.PAUSE)
    payment = await lending.repayments.open(owing.borrower_id, owing.loan_id, Aim.OTHER, "3000")
    await lending.repayments.attach_receipt(owing.borrower_id, payment.id, b"photo")
    first = owing.loan.first_due_on
    with pytest.raises(DateOutOfRange) as refused:
        await lending.repayments.confirm_transfer(MANAGER, payment.id, first - timedelta(days=1))
    assert refused.value.params["earliest"] == first
    before = await lending.loans.get(owing.borrower_id, owing.loan_id)
    await lending.repayments.confirm_transfer(MANAGER, payment.id, first)
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert view.paid_total == before.paid_total + cny("3000")
    held = await lending.loans.trial_balance(owing.loan_id)
    assert held["cash"] == view.paid_total - view.principal
