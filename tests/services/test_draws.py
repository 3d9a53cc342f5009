"""Revolving lines: drawn within the limit, repaid at any time, drawn again, until their time is over."""

import random
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from services.configuration.product_definitions import Product
from services.configuration.reading import check, read_toml
from services.db import Database
from services.errors import DomainError, NotAllowed, NotFound
from services.lending.credit_lines import (
    DrawTooLarge,
    DrawTooSmall,
    LineBlocked,
    LineInArrears,
    LineOver,
    NothingAvailable,
)
from services.lending.draw_states import DrawStatus
from services.lending.draws import DrawUnreadable
from services.lending.loan_states import IllegalLoanMove, LoanStatus
from services.repayment.line_endings import LineDrawsOnTheWay, LineNotPaid
from services.repayment.payment_views import Aim
from tests.builders import cny
from tests.services.desk import CASHIER, CONFIG, MANAGER
from tests.services.drawing import PHRASE, books_balance, drawn, kinds_told, opened, repaid, requested, seen
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def test_the_first_payout_is_what_the_borrower_wants_at_once_of_the_limit(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    assert (loan.principal, loan.net_payout, loan.limit) == (cny("5000"), cny("5000"), cny("20000"))
    view, line = await seen(lending, borrower, loan.id)
    assert view.outstanding.principal == line.drawn == cny("5000")
    assert (line.limit, line.available) == (cny("20000"), cny("15000"))
    assert line.valid_until == date(2026, 11, 5)
    assert line.daily_rate.value == Decimal("0.03")
    assert line.interest_a_day == cny("1.50")
    assert line.drawable


async def test_a_limit_lowered_by_the_officer_lowers_the_first_draw_too(lending: Lending) -> None:
    borrower = await lending.borrower()
    asked = {"product": "line", "method": "revolving", "amount": "20000", "first_draw": "15000", "term": 12}
    offer = await lending.decisions.approve(MANAGER, await lending.application(borrower, **asked), cny("8000"))
    assert offer.line is not None
    assert (offer.amount, offer.net_payout, offer.line.first_draw) == (cny("8000"), cny("8000"), cny("8000"))
    assert offer.line.interest_a_day == cny("2.40")


async def test_a_draw_is_lent_only_when_it_is_paid_out_and_bears_interest_from_that_day(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    lending.wait_days(10)
    draw = await requested(lending, borrower, loan.id, "3000")
    view, line = await seen(lending, borrower, loan.id)
    assert (view.outstanding.principal, line.available) == (cny("5000"), cny("12000"))
    assert [each.amount for each in line.on_the_way] == [cny("3000")]
    lending.wait_days(1)
    paid = await lending.draw_payouts.pay_out(CASHIER, draw.id, "ICBC 4711")
    assert (paid.status, paid.paid_out_on, paid.payout_reference) == (DrawStatus.PAID_OUT, lending.today, "ICBC4711")
    view, line = await seen(lending, borrower, loan.id)
    assert (line.drawn, line.available, line.on_the_way) == (cny("8000"), cny("12000"), ())
    assert view.outstanding.interest == cny("16.50")
    lending.wait_days(1)
    assert (await lending.loans.get(borrower, loan.id)).outstanding.interest == cny("18.90")
    assert view.paid_total == cny("0")
    await books_balance(lending, borrower, loan.id)


async def test_what_is_repaid_can_be_drawn_again(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower, limit="10000", first="10000")
    with pytest.raises(NothingAvailable) as refusal:
        await lending.draws.open(borrower, loan.id, "500")
    assert refusal.value.params["available"] == cny("0")
    lending.wait_days(10)
    await repaid(lending, borrower, loan.id, Aim.OTHER, "4030")
    view, line = await seen(lending, borrower, loan.id)
    assert (line.drawn, line.available, view.outstanding.interest) == (cny("6000"), cny("4000"), cny("0"))
    await drawn(lending, borrower, loan.id, "4000")
    _, line = await seen(lending, borrower, loan.id)
    assert (line.drawn, line.available) == (cny("10000"), cny("0"))
    await books_balance(lending, borrower, loan.id)


async def test_interest_falls_due_every_month_and_the_principal_with_the_last_date(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    lending.wait_days(10)
    await drawn(lending, borrower, loan.id, "3000")
    view, _ = await seen(lending, borrower, loan.id)
    assert view.next_due is not None
    assert (view.next_due.on, view.next_due.amount) == (date(2025, 12, 5), cny("63.00"))
    assert [row.principal for row in view.rows[:-1]] == [cny("0")] * 11
    assert (view.rows[-1].due_on, view.rows[-1].principal) == (date(2026, 11, 5), cny("8000"))


async def test_a_line_paid_back_in_full_stays_open_until_its_time_is_over(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    lending.wait_days(3)
    preview = await lending.repayments.preview(borrower, loan.id, Aim.PAYOFF)
    assert not preview.closes_loan
    await repaid(lending, borrower, loan.id, Aim.PAYOFF)
    view, line = await seen(lending, borrower, loan.id)
    assert view.status is LoanStatus.ACTIVE
    assert (view.outstanding.total, line.available, line.drawable) == (cny("0"), cny("20000"), True)
    (receipt,) = await lending.repayments.list(borrower, loan.id)
    assert not receipt.loan_closed
    lending.wait_days(3)
    await drawn(lending, borrower, loan.id, "2000")
    view, _ = await seen(lending, borrower, loan.id)
    assert view.outstanding.principal == cny("2000")
    await repaid(lending, borrower, loan.id, Aim.PAYOFF)
    lending.go_to(date(2026, 11, 4))
    assert await lending.line_endings.end_due() == 0
    lending.go_to(date(2026, 11, 5))
    with pytest.raises(LineOver):
        await lending.draws.open(borrower, loan.id, "500")
    assert await lending.line_endings.end_due() == 1
    assert await lending.line_endings.end_due() == 0
    view = await lending.loans.get(borrower, loan.id)
    assert (view.status, view.closed_on) == (LoanStatus.CLOSED, date(2026, 11, 5))
    assert await lending.loans.certificate(borrower, loan.id)
    await books_balance(lending, borrower, loan.id)


async def test_the_last_repayment_after_the_end_closes_the_line(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    lending.go_to(date(2026, 11, 5))
    assert await lending.line_endings.end_due() == 0
    await repaid(lending, borrower, loan.id, Aim.PAYOFF)
    assert (await lending.loans.get(borrower, loan.id)).status is LoanStatus.CLOSED


async def test_a_borrower_who_owes_nothing_may_end_the_line(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    with pytest.raises(LineNotPaid):
        await lending.line_endings.end(borrower, loan.id)
    await repaid(lending, borrower, loan.id, Aim.PAYOFF)
    waiting = await requested(lending, borrower, loan.id, "500")
    with pytest.raises(LineDrawsOnTheWay):
        await lending.line_endings.end(borrower, loan.id)
    await lending.draws.cancel(borrower, waiting.id)
    with pytest.raises(NotFound):
        await lending.line_endings.end(await lending.borrower(), loan.id)
    await lending.line_endings.end(borrower, loan.id)
    assert (await lending.loans.get(borrower, loan.id)).status is LoanStatus.CLOSED
    with pytest.raises(IllegalLoanMove):
        await lending.draws.open(borrower, loan.id, "500")


async def test_an_amount_must_be_readable_large_enough_and_available(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    with pytest.raises(DrawUnreadable):
        await lending.draws.open(borrower, loan.id, "some")
    with pytest.raises(DrawTooSmall) as small:
        await lending.draws.open(borrower, loan.id, "499.99")
    assert small.value.params["minimum"] == cny("500")
    with pytest.raises(DrawTooLarge) as large:
        await lending.draws.open(borrower, loan.id, "15000.01")
    assert large.value.params["available"] == cny("15000")
    assert (await lending.draws.open(borrower, loan.id, "一万五")).amount == cny("15000")


async def test_draws_on_their_way_count_against_the_limit(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    await requested(lending, borrower, loan.id, "9000")
    with pytest.raises(DrawTooLarge):
        await lending.draws.open(borrower, loan.id, "6001")
    await requested(lending, borrower, loan.id, "6000")
    with pytest.raises(NothingAvailable):
        await lending.draws.options(borrower, loan.id)


async def test_nothing_is_drawn_while_something_is_overdue(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await requested(lending, borrower, loan.id, "1000")
    lending.go_to(date(2025, 12, 6))
    with pytest.raises(LineInArrears) as refusal:
        await lending.draws.open(borrower, loan.id, "500")
    assert refusal.value.params["due"] == cny("45")
    with pytest.raises(LineInArrears):
        await lending.draw_payouts.pay_out(CASHIER, draw.id, "LATE1")
    await repaid(lending, borrower, loan.id, Aim.DUE)
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "LATE1")
    await books_balance(lending, borrower, loan.id)


async def test_an_officer_stops_further_draws_and_lets_them_again(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await requested(lending, borrower, loan.id, "1000")
    with pytest.raises(NotAllowed):
        await lending.draw_payouts.block(CASHIER, loan.id, blocked=True)
    for _ in range(2):
        assert (await lending.draw_payouts.block(MANAGER, loan.id, blocked=True)).line.blocked
    with pytest.raises(LineBlocked):
        await lending.draws.open(borrower, loan.id, "500")
    with pytest.raises(LineBlocked):
        await lending.draw_payouts.pay_out(CASHIER, draw.id, "BANK-1")
    found = await lending.draw_payouts.find(MANAGER, f" {loan.reference.lower()} ")
    assert (found.loan_id, found.line.blocked) == (loan.id, True)
    assert not (await lending.draw_payouts.block(MANAGER, loan.id, blocked=False)).line.blocked
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "BANK-1")
    assert await kinds_told(lending, borrower) >= {"line_blocked", "line_unblocked", "draw_paid_out"}


async def test_the_preview_says_what_a_draw_costs_a_day_and_what_falls_due(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    lending.wait_days(10)
    draw = await lending.draws.open(borrower, loan.id, "3000")
    preview = await lending.draws.preview(borrower, draw.id)
    assert (preview.interest_a_day, preview.interest_a_day_after) == (cny("0.90"), cny("2.40"))
    assert (preview.drawn_after, preview.available_after, preview.fee) == (cny("8000"), cny("12000"), cny("0"))
    assert preview.next_due is not None
    assert (preview.next_due.on, preview.next_due.amount) == (date(2025, 12, 5), cny("63.00"))
    assert preview.last_due_on == date(2026, 11, 5)
    await lending.draws.confirm(borrower, draw.id, PHRASE, "en")
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "AS-SAID-0001")
    view, _ = await seen(lending, borrower, loan.id)
    assert view.next_due == preview.next_due


async def test_a_fee_for_each_draw_is_owed_with_the_next_installment(database: Database) -> None:
    lending = open_lending(database, sold=[line_with_draw_fee()])
    borrower = await lending.borrower()
    asked = {"product": "line", "method": "revolving", "amount": "20000", "first_draw": "5000", "term": 12}
    offer = await lending.decisions.preview(MANAGER, await lending.application(borrower, **asked))
    assert offer.line is not None
    assert offer.line.charge is not None
    assert offer.line.charge.amount == cny("5")
    loan = await opened(lending, borrower)
    lending.wait_days(10)
    draw = await lending.draws.open(borrower, loan.id, "3000")
    preview = await lending.draws.preview(borrower, draw.id)
    assert preview.fee == cny("5")
    await lending.draws.confirm(borrower, draw.id, PHRASE, "en")
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "FEE-0001")
    view, _ = await seen(lending, borrower, loan.id)
    assert (view.next_due, view.due_now.total) == (preview.next_due, cny("0"))
    assert view.rows[0].fees == cny("10")
    await books_balance(lending, borrower, loan.id)


def line_with_draw_fee() -> Product:
    """The sample line, asking five yuan for each draw."""
    file = CONFIG / "products" / "line.toml"
    line = read_toml(file)
    line["revolving"]["draw_fee"] = {"name": {"en": "draw fee", "zh_Hans": "提款手续费"}, "amount": "5"}
    return check(Product, line, file)


@pytest.mark.parametrize("seed", range(4))
async def test_draws_payments_and_reversals_in_any_order_keep_the_books_and_the_limit(
    database: Database, seed: int
) -> None:
    lending, chance = open_lending(database), random.Random(seed)
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    payments: list[int] = []
    for _ in range(25):
        lending.wait_days(chance.choice((0, 0, 1, 3, 9)))
        act = chance.choice(("draw", "draw", "repay", "repay", "due", "all", "reverse"))
        with suppress(DomainError):
            if act == "draw":
                await drawn(lending, borrower, loan.id, str(chance.randrange(500, 9000)))
            elif act == "reverse" and payments:
                await lending.reversals.reverse(MANAGER, payments.pop(chance.randrange(len(payments))))
            elif act != "reverse":
                aim = {"repay": Aim.OTHER, "due": Aim.DUE, "all": Aim.PAYOFF}[act]
                payment = await lending.repayments.open(borrower, loan.id, aim, str(chance.randrange(1, 4000)))
                await lending.repayments.confirm(payment.reference, f"TG-{payment.id}", payment.amount.minor, "CNY")
                payments.append(payment.id)
        view, line = await seen(lending, borrower, loan.id)
        assert view.status is LoanStatus.ACTIVE
        assert line.available == max(line.limit - line.drawn, cny("0"))
        await books_balance(lending, borrower, loan.id)
    assert await lending.draws.list(borrower, loan.id)
