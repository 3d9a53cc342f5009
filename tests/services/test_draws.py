"""Revolving lines: drawn within the limit, repaid at any time, drawn again, until their time is over."""

import asyncio
import random
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from services.configuration.product_definitions import Product
from services.configuration.reading import check, read_toml
from services.db import Database
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.desk.second_officer import SecondOfficerNeeded
from services.errors import DomainError, NotAllowed, NotFound
from services.lending.credit_line_views import CreditLine, Draw
from services.lending.credit_lines import (
    DrawTooLarge,
    DrawTooSmall,
    LineBlocked,
    LineInArrears,
    LineOver,
    NothingAvailable,
)
from services.lending.draw_payouts import DrawPaidOut, DrawRefusal
from services.lending.draw_records import handoff_key
from services.lending.draw_states import MOVES, DrawStatus, IllegalDrawMove
from services.lending.draws import (
    DrawExpired,
    DrawPayoutUnderWay,
    DrawUnreadable,
    NotAConfirmation,
)
from services.lending.loan_states import IllegalLoanMove, LoanStatus
from services.lending.loan_views import Loan, LoanView
from services.models import HandoffRow, LoanEventRow, OutboxRow
from services.origination.disbursement import PayoutReferenceMissing, PayoutReferenceTaken
from services.origination.signing import MOST_ATTEMPTS, CodeExpired, NoCodeSent, TooManyAttempts, WrongCode
from services.repayment.line_endings import LineDrawsOnTheWay, LineNotPaid
from services.repayment.payment_views import Aim
from tests.builders import cny
from tests.services.desk import CASHIER, CONFIG, MANAGER, OPERATOR
from tests.services.lending import Lending, open_lending

PHRASE = "我同意签署"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def lending(request: pytest.FixtureRequest) -> Lending:
    database = request.getfixturevalue("database" if request.param == "sqlite" else "postgres")
    assert isinstance(database, Database)
    return open_lending(database)


async def opened(lending: Lending, borrower: int, *, limit: str = "20000", first: str = "5000") -> Loan:
    """A line of twelve months whose first draw was paid out today."""
    asked = {"product": "line", "method": "revolving", "amount": limit, "first_draw": first, "term": 12}
    return await lending.loan(borrower, **asked)


async def requested(lending: Lending, borrower: int, loan_id: int, amount: str) -> Draw:
    """A draw that waits for its payout."""
    draw = await lending.draws.open(borrower, loan_id, amount)
    return await lending.draws.confirm(borrower, draw.id, PHRASE, "zh_Hans")


async def drawn(lending: Lending, borrower: int, loan_id: int, amount: str) -> Draw:
    """A draw paid out today."""
    draw = await requested(lending, borrower, loan_id, amount)
    return await lending.draw_payouts.pay_out(CASHIER, draw.id, f"BANK-{draw.reference}")


async def repaid(lending: Lending, borrower: int, loan_id: int, aim: Aim, amount: str | None = None) -> None:
    payment = await lending.repayments.open(borrower, loan_id, aim, amount)
    await lending.repayments.confirm(payment.reference, f"TG-{payment.id}", payment.amount.minor, "CNY")


async def seen(lending: Lending, borrower: int, loan_id: int) -> tuple[LoanView, CreditLine]:
    view = await lending.loans.get(borrower, loan_id)
    assert view.line is not None
    return view, view.line


async def books_balance(lending: Lending, borrower: int, loan_id: int) -> None:
    """The ledger holds what the borrower is shown."""
    await lending.loans.accrue_all()
    view = await lending.loans.get(borrower, loan_id)
    held = await lending.loans.trial_balance(loan_id)
    assert held["loan_principal"] == view.outstanding.principal
    assert held["interest_receivable"] == view.outstanding.interest
    assert held["fee_receivable"] == view.outstanding.fees
    assert sum(amount.minor for amount in held.values()) == 0


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
        await lending.draw_payouts.pay_out(CASHIER, draw.id, "B1")
    found = await lending.draw_payouts.find(MANAGER, f" {loan.reference.lower()} ")
    assert (found.loan_id, found.line.blocked) == (loan.id, True)
    assert not (await lending.draw_payouts.block(MANAGER, loan.id, blocked=False)).line.blocked
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "B1")
    assert await kinds_told(lending, borrower) >= {"line_blocked", "line_unblocked", "draw_paid_out"}


async def kinds_told(lending: Lending, borrower: int) -> set[str]:
    async with lending.database.reading() as session:
        told = await session.scalars(select(OutboxRow.kind).where(OutboxRow.borrower_id == borrower))
        return set(told)


async def test_a_draw_is_confirmed_by_the_code_that_was_shown(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await lending.draws.open(borrower, loan.id, "1000")
    with pytest.raises(NoCodeSent):
        await lending.draws.confirm(borrower, draw.id, "123456", "en")
    code = await lending.draws.send_code(borrower, draw.id)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    with pytest.raises(WrongCode) as refusal:
        await lending.draws.confirm(borrower, draw.id, wrong, "en")
    assert refusal.value.params["left"] == MOST_ATTEMPTS - 1
    with pytest.raises(NotAConfirmation) as unlike:
        await lending.draws.confirm(borrower, draw.id, "yes", "en")
    assert unlike.value.params["phrase"] == "I agree to sign"
    confirmed = await lending.draws.confirm(borrower, draw.id, f" {code[:3]} {code[3:]} ", "en")
    assert confirmed.status is DrawStatus.REQUESTED


async def test_a_code_mistyped_too_often_or_too_old_confirms_nothing(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await lending.draws.open(borrower, loan.id, "1000")
    code = await lending.draws.send_code(borrower, draw.id)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(MOST_ATTEMPTS - 1):
        with pytest.raises(WrongCode):
            await lending.draws.confirm(borrower, draw.id, wrong, "en")
    with pytest.raises(TooManyAttempts):
        await lending.draws.confirm(borrower, draw.id, wrong, "en")
    with pytest.raises(TooManyAttempts):
        await lending.draws.confirm(borrower, draw.id, code, "en")
    code = await lending.draws.send_code(borrower, draw.id)
    lending.clock.advance(timedelta(minutes=11))
    with pytest.raises(CodeExpired):
        await lending.draws.confirm(borrower, draw.id, code, "en")


async def test_the_same_confirmation_twice_asks_for_one_payout(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await lending.draws.open(borrower, loan.id, "1000")
    answers = await asyncio.gather(*(lending.draws.confirm(borrower, draw.id, PHRASE, "en") for _ in range(3)))
    assert {each.status for each in answers} == {DrawStatus.REQUESTED}
    assert len(await handoffs_of(lending, draw.id)) == 1
    _, line = await seen(lending, borrower, loan.id)
    assert line.available == cny("14000")


async def handoffs_of(lending: Lending, draw_id: int) -> list[HandoffRow]:
    query = select(HandoffRow).where(HandoffRow.kind == HandoffKind.DRAW, HandoffRow.dedupe_key == handoff_key(draw_id))
    async with lending.database.reading() as session:
        return list(await session.scalars(query))


async def test_two_draws_at_once_never_pass_the_limit(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    first = await requested(lending, borrower, loan.id, "9000")
    second = await lending.draws.open(borrower, loan.id, "6000")
    acts = (
        lending.draw_payouts.pay_out(CASHIER, first.id, "AT-ONCE-1"),
        lending.draws.confirm(borrower, second.id, PHRASE, "en"),
        lending.draws.confirm(borrower, second.id, PHRASE, "en"),
    )
    await asyncio.gather(*acts)
    _, line = await seen(lending, borrower, loan.id)
    assert (line.drawn, line.available) == (cny("14000"), cny("0"))
    assert sum(each.amount.minor for each in line.on_the_way) == cny("6000").minor


async def test_the_same_payout_twice_lends_once(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await requested(lending, borrower, loan.id, "1000")
    payouts = await asyncio.gather(*(lending.draw_payouts.pay_out(CASHIER, draw.id, "ONCE") for _ in range(3)))
    assert all(paid == payouts[0] for paid in payouts)
    with pytest.raises(DrawPaidOut):
        await lending.draw_payouts.pay_out(CASHIER, draw.id, "TWICE")
    async with lending.database.reading() as session:
        events = await session.scalars(select(LoanEventRow.kind).where(LoanEventRow.loan_id == loan.id))
        assert list(events) == ["draw"]
    (handoff,) = await handoffs_of(lending, draw.id)
    assert (handoff.status, handoff.closed_by) == (HandoffStatus.CLOSED, CASHIER)


async def test_a_bank_reference_pays_out_one_loan_or_one_draw_only(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    first = await requested(lending, borrower, loan.id, "1000")
    second = await requested(lending, borrower, loan.id, "1000")
    with pytest.raises(PayoutReferenceMissing):
        await lending.draw_payouts.pay_out(CASHIER, first.id, "  ")
    with pytest.raises(PayoutReferenceTaken):
        await lending.draw_payouts.pay_out(CASHIER, first.id, loan.payout_reference)
    await lending.draw_payouts.pay_out(CASHIER, first.id, "SHARED")
    with pytest.raises(PayoutReferenceTaken) as taken:
        await lending.draw_payouts.pay_out(CASHIER, second.id, "SHARED")
    assert taken.value.params["reference"] == loan.reference
    other = await lending.signed(await lending.borrower())
    with pytest.raises(PayoutReferenceTaken):
        await lending.loans.disburse(CASHIER, other.application_id, "SHARED")


async def test_only_a_cashier_pays_out_and_with_four_eyes_not_who_approved_the_limit(database: Database) -> None:
    lending = open_lending(database, four_eyes=True)
    borrower = await lending.borrower()
    asked = {"product": "line", "method": "revolving", "amount": "20000", "first_draw": "5000", "term": 12}
    offer = await lending.signed(borrower, **asked)
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "FIRST")
    draw = await requested(lending, borrower, loan.id, "1000")
    with pytest.raises(NotAllowed):
        await lending.draw_payouts.pay_out(OPERATOR, draw.id, "X")
    with pytest.raises(SecondOfficerNeeded):
        await lending.draw_payouts.pay_out(MANAGER, draw.id, "X")
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "X")


async def test_a_draw_can_be_cancelled_until_an_officer_has_it_in_hand(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await requested(lending, borrower, loan.id, "1000")
    with pytest.raises(NotFound):
        await lending.draws.cancel(await lending.borrower(), draw.id)
    assert (await lending.draws.cancel(borrower, draw.id)).status is DrawStatus.CANCELLED
    (handoff,) = await handoffs_of(lending, draw.id)
    assert handoff.status == HandoffStatus.CLOSED
    with pytest.raises(IllegalDrawMove):
        await lending.draw_payouts.pay_out(CASHIER, draw.id, "GONE")
    taken = await requested(lending, borrower, loan.id, "1000")
    async with lending.database.transaction() as session:
        (row,) = await session.scalars(select(HandoffRow).where(HandoffRow.dedupe_key == handoff_key(taken.id)))
        row.status, row.claimed_by = HandoffStatus.CLAIMED, CASHIER
    with pytest.raises(DrawPayoutUnderWay):
        await lending.draws.cancel(borrower, taken.id)


async def test_a_refused_draw_is_told_with_its_reason_and_is_available_again(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await requested(lending, borrower, loan.id, "1000")
    await lending.draw_payouts.refuse(CASHIER, draw.id, DrawRefusal.ACCOUNT)
    _, line = await seen(lending, borrower, loan.id)
    assert line.available == cny("15000")
    assert "draw_refused" in await kinds_told(lending, borrower)
    with pytest.raises(IllegalDrawMove):
        await lending.draw_payouts.refuse(CASHIER, draw.id, DrawRefusal.ACCOUNT)


async def test_a_draw_that_is_not_confirmed_in_time_expires_and_a_new_one_takes_the_place_of_the_old(
    lending: Lending,
) -> None:
    borrower = await lending.borrower()
    loan = await opened(lending, borrower)
    first = await lending.draws.open(borrower, loan.id, "1000")
    second = await lending.draws.open(borrower, loan.id, "2000")
    assert (await lending.draws.get(borrower, first.id)).status is DrawStatus.CANCELLED
    lending.clock.advance(timedelta(minutes=31))
    with pytest.raises(DrawExpired):
        await lending.draws.confirm(borrower, second.id, PHRASE, "en")
    assert await lending.draws.expire_due() == 1
    with pytest.raises(DrawExpired):
        await lending.draws.send_code(borrower, second.id)
    assert await lending.draws.list(borrower, loan.id) == []


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
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "AS-SAID")
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
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "FEE")
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


async def test_a_loan_that_is_no_line_is_not_drawn_on(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    assert (await lending.loans.get(borrower, loan.id)).line is None
    with pytest.raises(NotFound):
        await lending.draws.open(borrower, loan.id, "500")


async def test_somebody_elses_line_and_draw_are_not_found(lending: Lending) -> None:
    borrower, stranger = await lending.borrower(), await lending.borrower()
    loan = await opened(lending, borrower)
    draw = await lending.draws.open(borrower, loan.id, "500")
    for act in (
        lending.draws.options(stranger, loan.id),
        lending.draws.open(stranger, loan.id, "500"),
        lending.draws.get(stranger, draw.id),
        lending.draws.send_code(stranger, draw.id),
        lending.draws.confirm(stranger, draw.id, PHRASE, "en"),
    ):
        with pytest.raises(NotFound):
            await act


@pytest.mark.parametrize("status", DrawStatus)
def test_every_state_of_a_draw_has_its_moves_and_only_two_lead_on(status: DrawStatus) -> None:
    assert bool(MOVES[status]) == (status in (DrawStatus.OPEN, DrawStatus.REQUESTED))


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
                await lending.repayments.reverse(MANAGER, payments.pop(chance.randrange(len(payments))))
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
