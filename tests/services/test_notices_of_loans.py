"""Notices of real loans: their figures are the ledger's, and paying stops them."""

from datetime import date, datetime, time, timedelta

import pytest

from services.db import Database
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.engine.dates import Unit, add_periods
from services.lending.accrual_forecast import HORIZON
from services.messages.buttons import BUTTONS_OFF
from services.messages.outbox import MessageClass
from services.messages.outbox_delivery import Outbox, OutboxMessage
from services.reminders.notices import Notices
from services.repayment.payment_views import Aim
from tests.services.desk import MANAGER, staff
from tests.services.lending import SHANGHAI, Lending, open_lending
from tests.services.rows import handoffs_of


class Office:
    """A lender whose notices are planned at midnight and sent at noon."""

    def __init__(self, lending: Lending) -> None:
        self.lending = lending
        self.notices = Notices(lending.database, lending.clock, lending.lender)
        self.outbox = Outbox(lending.database, lending.clock, lending.vault, staff(), lending.lender)
        self.bare: list[object] = []
        """Ids of the notices that lost their buttons; a message has its outbox entry's id."""
        self.sent: set[object] = set()

    async def day(self, day: date) -> list[OutboxMessage]:
        """The notices that borrowers receive on that day."""
        self.lending.clock.advance_to(datetime.combine(day, time(0, 1), SHANGHAI))
        await self.notices.plan()
        self.lending.go_to(day)
        return await self.send()

    async def send(self) -> list[OutboxMessage]:
        sent = []
        while batch := await self.outbox.claim_batch(50):
            for message in batch:
                if await self.outbox.recheck(message.id):
                    await self.outbox.mark_sent({message.id: message.id})
                    sent.append(message)
        notices = [each for each in sent if each.message_class in (MessageClass.REMINDER, MessageClass.DUNNING)]
        self.sent |= {each.id for each in notices}
        bare = [each.params["message_id"] for each in sent if each.kind == BUTTONS_OFF]
        self.bare += [number for number in bare if number in self.sent]
        return notices

    async def pay(self, borrower_id: int, loan_id: int, aim: Aim, amount: str | None = None) -> None:
        payment = await self.lending.repayments.open(borrower_id, loan_id, aim, amount)
        await self.lending.repayments.confirm(payment.reference, f"P{payment.id}", payment.amount.minor, "CNY")


@pytest.fixture
def office(database: Database) -> Office:
    return Office(open_lending(database))


async def test_a_loans_life_in_notices(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    due = loan.first_due_on
    kinds = []
    for days in range(-8, 8):
        kinds += [(days, message.kind) for message in await office.day(due + timedelta(days=days))]
    assert kinds == [
        (-7, "reminder"),
        (-3, "reminder"),
        (-1, "reminder"),
        (0, "reminder"),
        (1, "overdue"),
        (3, "overdue"),
        (7, "overdue"),
        (7, "escalated"),
    ]


async def test_a_reminder_names_the_installment_of_the_schedule(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    [message] = await office.day(loan.first_due_on - timedelta(days=3))
    assert (message.params["amount"], message.params["due_on"]) == (loan.first_due, loan.first_due_on)


async def test_an_overdue_notice_names_what_the_loans_own_screen_shows(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    [message] = await office.day(loan.first_due_on + timedelta(days=3))
    shown = (await office.lending.loans.get(borrower, loan.id)).due_now
    assert (message.params["total"], message.params["penalty"]) == (shown.total, shown.penalty)
    assert message.params["amount"] == shown.total - shown.penalty
    assert shown.penalty


@pytest.mark.parametrize("accrued", [-2, 0, 2, 3])
async def test_a_foretold_overdue_notice_names_what_the_loans_own_screen_shows(office: Office, accrued: int) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    office.lending.go_to(loan.first_due_on + timedelta(days=accrued))
    await office.lending.loans.accrue_all()
    [message] = [each for each in await office.day(loan.first_due_on + timedelta(days=3)) if each.kind == "overdue"]
    shown = (await office.lending.loans.get(borrower, loan.id)).due_now
    assert (message.params["total"], message.params["penalty"]) == (shown.total, shown.penalty)
    assert message.params["amount"] == shown.total - shown.penalty
    assert shown.penalty


async def test_a_notice_after_the_end_of_a_forecast_names_the_figures_of_its_own_day(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    office.lending.wait_days(1)
    await office.lending.loans.accrue_all()
    day = loan.disbursed_on + timedelta(days=HORIZON + 15)
    [message] = [each for each in await office.day(day) if each.kind == "overdue"]
    shown = (await office.lending.loans.get(borrower, loan.id)).due_now
    assert (message.params["total"], message.params["penalty"]) == (shown.total, shown.penalty)


async def test_a_part_payment_before_the_notice_changes_its_figures(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    office.lending.clock.advance_to(datetime.combine(loan.first_due_on + timedelta(days=3), time(0, 1), SHANGHAI))
    await office.notices.plan()
    await office.pay(borrower, loan.id, Aim.OTHER, "100")
    await office.notices.plan()
    office.lending.go_to(loan.first_due_on + timedelta(days=3))
    [message] = await office.send()
    assert message.params["amount"] == (await office.lending.loans.get(borrower, loan.id)).due_now.total


async def test_paying_up_withdraws_the_overdue_notice(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    office.lending.clock.advance_to(datetime.combine(loan.first_due_on + timedelta(days=3), time(0, 1), SHANGHAI))
    await office.notices.plan()
    await office.pay(borrower, loan.id, Aim.DUE)
    assert await office.day(loan.first_due_on + timedelta(days=4)) == []


async def test_a_settled_loan_is_never_heard_of_again(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    await office.day(loan.first_due_on + timedelta(days=8))
    await office.pay(borrower, loan.id, Aim.PAYOFF)
    for days in (9, 20, 30, 60):
        assert await office.day(loan.first_due_on + timedelta(days=days)) == []


async def test_arrears_of_a_week_bring_an_officer(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    await office.day(loan.first_due_on + timedelta(days=7))
    escalations = [
        row for row in await handoffs_of(office.lending.database, borrower) if row.kind == HandoffKind.ESCALATION
    ]
    assert [(row.loan_id, row.status) for row in escalations] == [(loan.id, HandoffStatus.OPEN)]


async def test_a_loan_with_one_payment_at_the_end_is_late_only_after_its_end(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower, product="business", amount="6000", method="bullet")
    assert [row.total for row in (await office.lending.loans.get(borrower, loan.id)).rows] == [loan.first_due]
    assert await office.day(add_periods(loan.disbursed_on, 2, Unit.MONTH)) == []
    assert (await office.lending.loans.get(borrower, loan.id)).days_past_due == 0


async def test_a_later_notice_takes_the_buttons_off_the_one_before(office: Office) -> None:
    loan = await office.lending.loan(await office.lending.borrower())
    seen: dict[int, list[OutboxMessage]] = {}
    for days in (-7, -3, 1, 3):
        seen[days] = await office.day(loan.first_due_on + timedelta(days=days))
    shown = [seen[days][0].id for days in (-7, -3, 1, 3)]
    assert office.bare == shown[:-1]


async def test_the_message_that_an_officer_is_called_in_leaves_the_way_to_pay_above_it(office: Office) -> None:
    loan = await office.lending.loan(await office.lending.borrower())
    overdue, escalated = await office.day(loan.first_due_on + timedelta(days=7))
    assert (overdue.kind, escalated.kind, office.bare) == ("overdue", "escalated", [])
    await office.day(loan.first_due_on + timedelta(days=15))
    assert office.bare == [overdue.id, escalated.id]


async def test_paying_an_installment_takes_the_buttons_off_what_asked_for_it(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    [reminder] = await office.day(loan.first_due_on - timedelta(days=3))
    await office.pay(borrower, loan.id, Aim.OTHER, "100")
    await office.send()
    assert office.bare == []
    await office.pay(borrower, loan.id, Aim.DUE)
    await office.send()
    assert office.bare == [reminder.id]


async def test_paying_up_takes_the_buttons_off_notice_and_escalation(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    notices = await office.day(loan.first_due_on + timedelta(days=7))
    await office.pay(borrower, loan.id, Aim.DUE)
    await office.send()
    assert office.bare == [each.id for each in notices]


async def test_closing_the_loan_takes_the_buttons_off_every_notice_once(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    [reminder] = await office.day(loan.first_due_on - timedelta(days=3))
    payment = await office.lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
    await office.lending.repayments.confirm(payment.reference, "P1", payment.amount.minor, "CNY")
    await office.lending.reversals.reverse(MANAGER, payment.id)
    await office.send()
    await office.pay(borrower, loan.id, Aim.PAYOFF)
    await office.send()
    assert office.bare == [reminder.id]


async def test_a_notice_that_was_on_its_way_when_the_money_came_loses_its_buttons(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    [reminder] = await office.day(loan.first_due_on)
    office.lending.go_to(loan.first_due_on + timedelta(days=3))
    await office.notices.plan()
    [overdue] = [each for each in await office.outbox.claim_batch(50) if each.kind == "overdue"]
    assert await office.outbox.recheck(overdue.id)
    await office.pay(borrower, loan.id, Aim.DUE)
    await office.outbox.mark_sent({overdue.id: overdue.id})
    office.sent.add(overdue.id)
    await office.send()
    assert office.bare == [reminder.id, overdue.id]


async def test_buttons_go_at_night_and_beside_what_waits_for_the_borrower(office: Office) -> None:
    borrower = await office.lending.borrower()
    loan = await office.lending.loan(borrower)
    [reminder] = await office.day(loan.first_due_on - timedelta(days=3))
    office.lending.clock.advance(timedelta(hours=11))
    await office.pay(borrower, loan.id, Aim.DUE)
    claimed = {each.kind: each for each in await office.outbox.claim_batch(50) if each.borrower_id}
    upkeep, receipt = claimed[BUTTONS_OFF], claimed["payment_received"]
    assert upkeep.params == {"message_id": reminder.id}
    await office.outbox.retry_later(upkeep.id, why="TimedOut")
    await office.outbox.mark_sent({receipt.id: receipt.id})
    await office.pay(borrower, loan.id, Aim.OTHER, "100")
    assert [each.kind for each in await office.outbox.claim_batch(50) if each.borrower_id] == ["payment_received"]
