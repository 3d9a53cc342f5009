"""Notices of real loans: their figures are the ledger's, and paying stops them."""

from datetime import date, datetime, time, timedelta

import pytest

from services.db import Database
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.engine.dates import Unit, add_periods
from services.messages.outbox import MessageClass
from services.messages.outbox_delivery import Outbox, OutboxMessage
from services.reminders.notices import Notices
from services.repayment.payment_views import Aim
from tests.services.desk import staff
from tests.services.lending import SHANGHAI, Lending, open_lending
from tests.services.rows import handoffs_of


class Office:
    """A lender whose notices are planned at midnight and sent at noon."""

    def __init__(self, lending: Lending) -> None:
        self.lending = lending
        self.notices = Notices(lending.database, lending.clock, lending.lender)
        self.outbox = Outbox(lending.database, lending.clock, lending.vault, staff(), lending.lender)

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
                    await self.outbox.mark_sent(message.id, 1)
                    sent.append(message)
        return [each for each in sent if each.message_class in (MessageClass.REMINDER, MessageClass.DUNNING)]

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
