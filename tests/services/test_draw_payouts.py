"""One draw from its confirmation by code to its payout: each once, by whom, refused, taken back, run out."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.db import Database
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.desk.second_officer import SecondOfficerNeeded
from services.errors import NotAllowed, NotFound
from services.lending.draw_payouts import DrawPaidOut, DrawRefusal
from services.lending.draw_records import handoff_key
from services.lending.draw_states import MOVES, DrawStatus, IllegalDrawMove
from services.lending.draws import DrawExpired, DrawPayoutUnderWay, NotAConfirmation
from services.models import HandoffRow, LoanEventRow
from services.origination.disbursement import PayoutReferenceMissing, PayoutReferenceTaken
from services.origination.signing import MOST_ATTEMPTS, CodeExpired, NoCodeSent, TooManyAttempts, WrongCode
from tests.builders import cny
from tests.services.desk import CASHIER, MANAGER, OPERATOR
from tests.services.drawing import PHRASE, kinds_told, opened, requested, seen
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


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
    payouts = await asyncio.gather(*(lending.draw_payouts.pay_out(CASHIER, draw.id, "ONCE-0001") for _ in range(3)))
    assert all(paid == payouts[0] for paid in payouts)
    with pytest.raises(DrawPaidOut):
        await lending.draw_payouts.pay_out(CASHIER, draw.id, "TWICE-0001")
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
    await lending.draw_payouts.pay_out(CASHIER, first.id, "SHARED-0001")
    with pytest.raises(PayoutReferenceTaken) as taken:
        await lending.draw_payouts.pay_out(CASHIER, second.id, "SHARED-0001")
    assert taken.value.params["reference"] == loan.reference
    other = await lending.signed(await lending.borrower())
    with pytest.raises(PayoutReferenceTaken):
        await lending.loans.disburse(CASHIER, other.application_id, "SHARED-0001")


async def test_only_a_cashier_pays_out_and_with_four_eyes_not_who_approved_the_limit(database: Database) -> None:
    lending = open_lending(database, four_eyes=True)
    borrower = await lending.borrower()
    asked = {"product": "line", "method": "revolving", "amount": "20000", "first_draw": "5000", "term": 12}
    offer = await lending.signed(borrower, **asked)
    loan = await lending.loans.disburse(CASHIER, offer.application_id, "FIRST-0001")
    draw = await requested(lending, borrower, loan.id, "1000")
    with pytest.raises(NotAllowed):
        await lending.draw_payouts.pay_out(OPERATOR, draw.id, "X-0001")
    with pytest.raises(SecondOfficerNeeded):
        await lending.draw_payouts.pay_out(MANAGER, draw.id, "X-0001")
    await lending.draw_payouts.pay_out(CASHIER, draw.id, "X-0001")


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
        await lending.draw_payouts.pay_out(CASHIER, draw.id, "GONE-0001")
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
