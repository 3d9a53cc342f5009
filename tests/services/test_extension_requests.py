"""Asking for more time: what can be had, what it costs, when it cannot be had, and what becomes of a request."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.db import Database
from services.desk.handoff_states import HandoffStatus
from services.desk.officer_text import EmptyText
from services.engine.errors import EngineError
from services.engine.events import Event, EventType
from services.engine.policy import Policy
from services.engine.terms import Terms
from services.errors import NotFound
from services.extensions.extension_limits import (
    ArrearsFirst,
    AskedTooEarly,
    AskedTooLate,
    ExtendedTooOften,
    ExtensionNotOffered,
    LengthNotOffered,
)
from services.extensions.extension_plans import Change, Kind, compare, event_of
from services.extensions.extension_requests import ExtensionAlreadyAsked
from services.extensions.extension_states import ExtensionExpired, ExtensionStatus, IllegalExtensionMove
from services.lending.loan_record import LoanRecord
from services.lending.loan_states import IllegalLoanMove
from services.repayment.payment_views import Aim
from tests.builders import cny
from tests.services.desk import MANAGER
from tests.services.extending import debtor, handoffs, messages, rules
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def test_each_choice_moves_the_end_shrinks_the_installment_and_names_its_cost(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.go_to(owing.loan.first_due_on)
    await owing.pay_due()
    lending.wait_days(1)
    options = await lending.extensions.options(owing.borrower_id, owing.loan_id)
    longer = [choice for choice in options.choices if choice.change.kind is Kind.LONGER]
    assert [choice.change.installments for choice in longer] == [1, 2, 3]
    before = options.choices[0].before
    assert (len(before.rows), before.last.due_on) == (5, date(2026, 5, 5))
    assert [choice.after.last.due_on for choice in longer] == [
        date(2026, 6, 5),
        date(2026, 7, 5),
        date(2026, 8, 5),
    ]
    installments = [before.rows[0].total, *(choice.after.rows[0].total for choice in longer)]
    assert installments == sorted(installments, reverse=True)
    for choice in options.choices:
        assert choice.extra == choice.after.interest - before.interest > cny("0")
        assert sum(row.principal.minor for row in choice.after.rows) == sum(row.principal.minor for row in before.rows)
    assert options.times_left == 2


async def test_a_product_that_is_not_extended_offers_nothing(lending: Lending) -> None:
    never = open_lending(lending.database, extension=rules(times=0))
    owing = await debtor(never)
    assert not await never.extensions.offered(owing.borrower_id, owing.loan_id)
    with pytest.raises(ExtensionNotOffered):
        await never.extensions.options(owing.borrower_id, owing.loan_id)
    with pytest.raises(ExtensionNotOffered):
        await owing.ask()


async def test_a_loan_is_extended_several_times_and_no_more_than_the_product_allows(lending: Lending) -> None:
    owing = await debtor(lending)
    for count in (1, 2):
        await owing.extended(1)
        left = 2 - count
        assert await lending.extensions.offered(owing.borrower_id, owing.loan_id) is bool(left)
    with pytest.raises(ExtendedTooOften) as refused:
        await owing.ask(1)
    assert refused.value.params["count"] == 2
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert len(view.rows) == 8


async def test_interest_and_penalty_that_are_due_come_first(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.go_to(owing.loan.first_due_on + timedelta(days=5))
    due = (await lending.loans.get(owing.borrower_id, owing.loan_id)).due_now
    with pytest.raises(ArrearsFirst) as refused:
        await owing.ask()
    assert refused.value.params["amount"] == due.interest + due.penalty
    await owing.pay_due(due.interest + due.penalty)
    options = await lending.extensions.options(owing.borrower_id, owing.loan_id)
    assert options.arrears == due.principal
    assert (await owing.ask()).status is ExtensionStatus.REQUESTED


async def test_a_lender_may_extend_without_the_arrears_being_paid(lending: Lending) -> None:
    lenient = open_lending(lending.database, extension=rules(arrears_paid_first=False))
    owing = await debtor(lenient)
    lenient.go_to(owing.loan.first_due_on + timedelta(days=5))
    assert (await owing.ask()).status is ExtensionStatus.REQUESTED


async def test_it_is_asked_for_within_the_days_that_the_product_names(lending: Lending) -> None:
    strict_rules = rules(from_days_before=30, until_days_after=3)
    strict = open_lending(lending.database, extension=strict_rules)
    owing = await debtor(strict, term=3)
    end = date(2026, 2, 5)
    with pytest.raises(AskedTooEarly) as early:
        await owing.ask(1)
    assert early.value.params["since"] == end - timedelta(days=30)
    strict.go_to(end + timedelta(days=4))
    with pytest.raises(AskedTooLate) as late:
        await owing.ask(1)
    assert late.value.params["until"] == end + timedelta(days=3)


@pytest.mark.parametrize("installments", [0, 4, -1])
async def test_a_length_beyond_the_product_is_refused_with_the_most(lending: Lending, installments: int) -> None:
    owing = await debtor(lending)
    with pytest.raises(LengthNotOffered) as refused:
        await owing.ask(installments)
    assert refused.value.params["most"] == 3


async def test_a_request_calls_an_officer_once_with_a_day_to_decide_by(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask(2, note="店里这个月没开门")
    assert asked.decide_by == lending.clock.now() + timedelta(hours=24)
    assert asked.valid_until == lending.clock.now() + timedelta(days=7)
    (handoff,) = await handoffs(lending)
    assert (handoff.loan_id, handoff.status) == (owing.loan_id, HandoffStatus.OPEN)
    assert handoff.text_sealed is not None
    assert lending.vault.unseal_text(handoff.text_sealed) == "店里这个月没开门"
    with pytest.raises(ExtensionAlreadyAsked) as refused:
        await owing.ask(1)
    assert refused.value.params["reference"] == asked.reference
    current = await lending.extensions.current(owing.borrower_id, owing.loan_id)
    assert current == asked


async def test_an_empty_note_is_refused_and_nothing_is_asked(lending: Lending) -> None:
    owing = await debtor(lending)
    with pytest.raises(EmptyText):
        await owing.ask(note="  ")
    assert await lending.extensions.current(owing.borrower_id, owing.loan_id) is None


async def test_a_request_can_be_taken_back_and_made_again(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask(2)
    taken_back = await lending.extensions.withdraw(owing.borrower_id, asked.id)
    assert taken_back.status is ExtensionStatus.WITHDRAWN
    (handoff,) = await handoffs(lending)
    assert handoff.status == HandoffStatus.CLOSED
    with pytest.raises(IllegalExtensionMove):
        await lending.extensions.withdraw(owing.borrower_id, asked.id)
    again = await owing.ask(3)
    file = await lending.extensions.for_staff(again.id)
    assert (file.asked_before, file.extended_before) == (1, 0)


async def test_a_request_that_nobody_decides_runs_out_and_the_borrower_is_told(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask()
    lending.wait_days(7)
    with pytest.raises(ExtensionExpired):
        await lending.extension_decisions.approve(MANAGER, asked.id)
    assert await lending.extensions.expire_due() == 1
    assert await lending.extensions.expire_due() == 0
    assert (await lending.extensions.get(owing.borrower_id, asked.id)).status is ExtensionStatus.EXPIRED
    (told,) = await messages(lending, "extension_expired")
    assert (told["reference"], told["decided"]) == (asked.reference, False)
    (handoff,) = await handoffs(lending)
    assert handoff.status == HandoffStatus.CLOSED


async def test_a_request_whose_time_is_over_stands_in_nobodys_way(lending: Lending) -> None:
    owing = await debtor(lending)
    await owing.ask()
    lending.wait_days(7)
    assert await lending.extensions.current(owing.borrower_id, owing.loan_id) is None
    assert (await owing.ask(1)).asked_installments == 1


async def test_a_request_ends_silently_with_its_loan(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask()
    payment = await lending.repayments.open(owing.borrower_id, owing.loan_id, Aim.PAYOFF)
    await lending.repayments.confirm(payment.reference, "TG-all", payment.amount.minor, "CNY")
    with pytest.raises(IllegalLoanMove):
        await lending.extension_decisions.approve(MANAGER, asked.id)
    assert await lending.extensions.expire_due() == 1
    assert await messages(lending, "extension_expired") == []
    with pytest.raises(IllegalLoanMove):
        await owing.ask()


async def test_nobody_sees_or_asks_for_anybody_else(lending: Lending) -> None:
    owing, stranger = await debtor(lending), await lending.borrower()
    asked = await owing.ask()
    with pytest.raises(NotFound):
        await lending.extensions.options(stranger, owing.loan_id)
    with pytest.raises(NotFound):
        await lending.extensions.get(stranger, asked.id)
    with pytest.raises(NotFound):
        await lending.extensions.withdraw(stranger, asked.id)
    with pytest.raises(NotFound):
        await lending.extension_agreements.send_code(stranger, asked.id)


@pytest.mark.parametrize("installments", [1, 3])
def test_what_is_owed_on_the_day_is_the_same_after_every_change_that_is_offered(installments: int) -> None:
    """Also for a bullet loan on its last day: either nothing more is owed by it, or it is not offered."""
    terms = {"currency": "CNY", "principal": "12000", "annual_rate": "12", "disbursed_on": "2026-01-10"}
    day = date(2026, 3, 10)
    for method in ("bullet", "interest_only", "equal_installment"):
        agreed = Terms.from_json({**terms, "installments": 2, "method": method})
        plain = LoanRecord(agreed, Policy.from_json({}, "CNY"), [])
        due = plain.state(day).due_now
        paid = plain.after(Event(on=day, type=EventType.REPAY, amount=due.interest))
        change = Change(Kind.LONGER, installments)
        try:
            compared = compare(paid, change, day)
        except EngineError:
            continue
        extended = paid.after(event_of(paid, change, day))
        assert extended.state(day).outstanding == paid.state(day).outstanding
        assert compared.after.last.due_on > compared.before.last.due_on


async def test_a_supplement_is_part_of_the_cost(lending: Lending) -> None:
    dearer = open_lending(lending.database, extension=rules(rate_supplement="0.2"))
    plain, priced = await debtor(lending), await debtor(dearer)
    cheap = (await lending.extensions.options(plain.borrower_id, plain.loan_id)).choices[0]
    dear = (await dearer.extensions.options(priced.borrower_id, priced.loan_id)).choices[0]
    assert (cheap.after.annual_rate.value, dear.after.annual_rate.value) == (Decimal("10.8"), Decimal("11.0"))
    assert dear.extra > cheap.extra
