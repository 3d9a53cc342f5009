"""A loan from payout to settlement certificate."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.clock import local_date
from services.configuration.staff import NotPermitted
from services.db import Database
from services.errors import NotFound
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import Loan, RowStatus
from services.lending.loans import LoanNotClosed
from services.messages.message_params import decode_params
from services.models import HandoffRow, LoanRow, OutboxRow
from services.money import Money
from services.origination.application_states import ApplicationMoved
from services.origination.disbursement import AlreadyPaidOut, PayoutReferenceMissing, PayoutReferenceTaken
from services.repayment.payment_views import Aim
from services.wording import Label
from tests.builders import cny
from tests.services.desk import CASHIER, MANAGER, OPERATOR
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def pay_off(lending: Lending, borrower: int, loan: Loan) -> Money:
    payment = await lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
    await lending.repayments.confirm(payment.reference, f"TG{payment.id}", payment.amount.minor, "CNY")
    return payment.amount


async def test_a_loan_runs_from_approval_to_certificate(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000", term=6)
    lending.go_to(loan.first_due_on)
    for number in range(1, 7):
        view = await lending.loans.get(borrower, loan.id)
        assert view.due_now.total == view.rows[number - 1].total
        payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
        receipt = await lending.repayments.confirm(payment.reference, f"TG{number}", payment.amount.minor, "CNY")
        assert receipt.loan_closed == (number == 6)
        if receipt.next_due:
            lending.go_to(receipt.next_due.on)
    view = await lending.loans.get(borrower, loan.id)
    assert (view.status, view.closed_on) == (LoanStatus.CLOSED, lending.today)
    assert not view.outstanding.total
    assert all(row.status is RowStatus.PAID for row in view.rows)
    assert b"5000" in await lending.loans.certificate(borrower, loan.id)
    assert (await lending.loans.trial_balance(loan.id))["cash"] == view.paid_total - cny("5000")


async def test_a_payout_is_told_to_the_borrower_and_ends_the_cashiers_task(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000")
    assert (loan.principal, loan.net_payout) == (cny("5000"), cny("5000"))
    async with lending.database.reading() as session:
        told = (await session.scalars(select(OutboxRow).where(OutboxRow.kind == "loan_disbursed"))).one()
        task = (await session.scalars(select(HandoffRow).where(HandoffRow.kind == "payout"))).one()
    assert decode_params(told.params)["first_due"] == loan.first_due
    assert (task.status, task.closed_by) == ("closed", MANAGER)


async def test_the_same_payout_twice_makes_one_loan(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.signed(borrower)
    first, second = await asyncio.gather(
        *(lending.loans.disburse(CASHIER, offer.application_id, "ABC 123") for _ in range(2))
    )
    assert first == second
    lending.wait_days(40)
    assert await lending.loans.disburse(CASHIER, offer.application_id, "ABC123") == first


async def test_a_bank_reference_pays_out_one_loan_only(lending: Lending) -> None:
    first = await lending.signed(await lending.borrower())
    second = await lending.signed(await lending.borrower())
    loan = await lending.loans.disburse(CASHIER, first.application_id, "ABC123")
    with pytest.raises(PayoutReferenceTaken) as refused:
        await lending.loans.disburse(CASHIER, second.application_id, "ABC123")
    assert refused.value.params["reference"] == loan.reference
    with pytest.raises(AlreadyPaidOut):
        await lending.loans.disburse(CASHIER, first.application_id, "XYZ789")
    for typed in ("", "   ", "1" * 65, "123", "好的", "paid out"):
        with pytest.raises(PayoutReferenceMissing):
            await lending.loans.disburse(CASHIER, second.application_id, typed)


async def test_nothing_is_paid_out_before_the_contract_is_signed(lending: Lending) -> None:
    offer = await lending.offer(await lending.borrower())
    with pytest.raises(ApplicationMoved):
        await lending.loans.disburse(CASHIER, offer.application_id, "ABC123")
    with pytest.raises(NotFound):
        await lending.loans.disburse(CASHIER, 4711, "ABC123")


async def test_only_a_cashier_pays_out(lending: Lending) -> None:
    offer = await lending.signed(await lending.borrower())
    with pytest.raises(NotPermitted):
        await lending.loans.disburse(OPERATOR, offer.application_id, "ABC123")


async def test_the_dates_count_from_the_payout_and_the_figures_stay(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.signed(borrower)
    lending.wait_days(4)
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "ABC123")
    view = await lending.loans.get(borrower, loan.id)
    assert view.disbursed_on == lending.today
    assert [row.due_on for row in view.rows] == [row.due_on + timedelta(days=4) for row in offer.rows]
    assert [row.total for row in view.rows] == [row.total for row in offer.rows]


async def test_a_harvest_plan_is_laid_out_again_from_the_payout(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.signed(borrower, product="farm", amount="20000", term=12, method="custom")
    lending.wait_days(5)
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "ABC123")
    rows = (await lending.loans.get(borrower, loan.id)).rows
    assert {row.due_on.month: row.principal for row in rows if row.principal} == {6: cny("8000"), 10: cny("12000")}


async def test_a_payout_just_after_midnight_counts_for_the_lenders_new_day(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.signed(borrower)
    lending.clock.advance(timedelta(hours=12, minutes=1))
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "ABC123")
    assert loan.disbursed_on == date(2025, 11, 6)
    assert local_date(lending.clock.now(), "UTC") == date(2025, 11, 5)


async def test_a_payoff_quote_holds_until_the_lenders_day_ends(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(10)
    quote = await lending.loans.payoff_quote(borrower, loan.id)
    assert quote.amount == (await lending.loans.get(borrower, loan.id)).payoff
    assert local_date(quote.valid_until, "Asia/Shanghai") == lending.today
    assert local_date(quote.valid_until + timedelta(seconds=1), "Asia/Shanghai") == lending.today + timedelta(days=1)
    assert await pay_off(lending, borrower, loan) == quote.amount
    assert (await lending.loans.get(borrower, loan.id)).status is LoanStatus.CLOSED


async def test_a_certificate_waits_for_the_last_cent(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    with pytest.raises(LoanNotClosed) as refused:
        await lending.loans.certificate(borrower, loan.id)
    assert refused.value.params["outstanding"] == cny("5000")


async def test_a_certificate_is_rendered_once_in_the_borrowers_language(lending: Lending) -> None:
    borrower = await lending.borrower(language="en")
    loan = await lending.loan(borrower)
    await pay_off(lending, borrower, loan)
    papers_before = len(lending.store.files)
    first = await lending.loans.certificate(borrower, loan.id)
    assert first.startswith(b"en ")
    assert await lending.loans.certificate(borrower, loan.id) == first
    assert len(lending.store.files) == papers_before + 1
    async with lending.database.reading() as session:
        row = await session.get_one(LoanRow, loan.id)
    assert row.certificate_reference is not None
    assert row.certificate_reference in first.decode()


async def test_two_requests_for_a_certificate_at_once_keep_one_paper(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    await pay_off(lending, borrower, loan)
    papers_before = len(lending.store.files)
    first, second = await asyncio.gather(*(lending.loans.certificate(borrower, loan.id) for _ in range(2)))
    assert first == second
    assert len(lending.store.files) == papers_before + 1


async def test_a_statement_tells_every_movement_and_ends_at_what_is_owed(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.go_to(loan.first_due_on)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "500")
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    statement = await lending.loans.statement(borrower, loan.id)
    view = await lending.loans.get(borrower, loan.id)
    assert [line.what for line in statement.lines] == [Label("terms.event_disbursement"), Label("terms.event_repay")]
    assert [line.amount for line in statement.lines] == [cny("5000"), cny("500")]
    assert statement.lines[-1].outstanding_after == statement.outstanding == view.outstanding.total
    assert (await lending.loans.statement_document(borrower, loan.id, "en")).startswith(b"en ")


async def test_an_officer_sees_the_loan_with_its_borrower_and_its_ledger(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    file = await lending.loans.for_staff(loan.id)
    assert (file.borrower_name, file.borrower_phone_masked) == ("李小明", "138****8000")
    assert file.trial_balance["loan_principal"] == cny("5000")
    assert file.payout_reference == loan.payout_reference


async def test_a_list_of_loans_leaves_out_what_is_over_when_asked(lending: Lending) -> None:
    borrower = await lending.borrower()
    closed, running = await lending.loan(borrower), await lending.loan(borrower, amount="3000")
    await pay_off(lending, borrower, closed)
    assert [each.id for each in await lending.loans.list(borrower)] == [running.id, closed.id]
    assert [each.id for each in await lending.loans.list(borrower, open_only=True)] == [running.id]


async def test_days_past_due_and_classes_follow_the_calendar(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    seen = []
    for late in (0, 1, 90, 91):
        lending.go_to(loan.first_due_on + timedelta(days=late))
        view = await lending.loans.get(borrower, loan.id)
        seen.append((view.days_past_due, view.classification))
    assert seen == [(0, "normal"), (1, "special_mention"), (90, "special_mention"), (91, "substandard")]


async def test_nothing_of_somebody_elses_loan_can_be_read(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    stranger = await lending.borrower()
    for attempt in (
        lending.loans.get(stranger, loan.id),
        lending.loans.interest(stranger, loan.id),
        lending.loans.payoff_quote(stranger, loan.id),
        lending.loans.statement(stranger, loan.id),
        lending.loans.statement_document(stranger, loan.id, "en"),
        lending.loans.certificate(stranger, loan.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await lending.loans.list(stranger) == []
    with pytest.raises(NotFound):
        await lending.loans.for_staff(4711)
