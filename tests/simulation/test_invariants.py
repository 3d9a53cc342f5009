"""Each invariant finds its own violation, planted here, and finds nothing where everything is as it should be."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import select, update

from services.audit.acts import WITHDREW, borrower_did
from services.configuration.contact_policy import ContactWindow
from services.messages import outbox
from services.messages.outbox import MessageClass
from services.models import (
    BorrowerRow,
    CreditLineRow,
    HandoffRow,
    InboxRow,
    InstallmentRow,
    LedgerEntryRow,
    LoanRow,
    OutboxRow,
    PaymentRow,
)
from services.repayment.payment_views import Aim
from simulation.connection import Sent
from simulation.faults import Fault, Fired, Mishaps
from simulation.identities import identity
from simulation.invariants.books import lost_or_doubled_money, senseless_entries, wrong_books
from simulation.invariants.deliveries import matters_nobody_has, stuck_messages, unheard_handoffs
from simulation.invariants.notices import Notices, notices_that_should_be_gone
from simulation.invariants.privacy import leaks, secrets_of
from simulation.invariants.states import contradictions
from simulation.invariants.updates import unhandled_updates
from simulation.phone import Charge
from tests.services.desk import MANAGER
from tests.services.drawing import drawn, opened, repaid
from tests.services.lending import Lending

DESK = -1009000
NOON = datetime(2025, 12, 2, 4, 0, tzinfo=UTC)
"""In Shanghai, three days before the first due date of a loan of the opening day."""


def sent(text: str, *, chat: int = 1, message: int = 7, at: datetime = NOON, tick: int = 10) -> Sent:
    return Sent(at, tick, "sendmessage", chat, message, text, by_sender=True, machine="A")


def mishaps(*fired: Fired) -> Mishaps:
    return cast("Mishaps", SimpleNamespace(between=lambda a, b: any(a <= each.tick <= b for each in fired)))


async def borrowed(lending: Lending) -> tuple[int, int]:
    """Somebody with a loan of today: their id and the loan's."""
    borrower = await lending.borrower()
    return borrower, (await lending.loan(borrower)).id


async def paid(lending: Lending, borrower: int, loan: int, charge: str = "tg_1") -> Charge:
    payment = await lending.repayments.open(borrower, loan, Aim.DUE)
    await lending.repayments.confirm(payment.reference, charge, payment.amount.minor, "CNY")
    return Charge(1, charge, payment.amount.minor, payment.reference)


async def test_nothing_is_found_where_nothing_is_wrong(lending: Lending) -> None:
    borrower, loan = await borrowed(lending)
    charge = await paid(lending, borrower, loan)
    lending.wait_days(40)
    await lending.loans.accrue_all()
    async with lending.database.reading() as session:
        assert await contradictions(session) == []
        assert await wrong_books(session) == []
        assert await senseless_entries(session) == []
        assert await lost_or_doubled_money(session, [charge]) == []
        assert await notices_that_should_be_gone(session) == []


async def test_two_applications_of_one_borrower_are_found(lending: Lending) -> None:
    borrower = await lending.borrower()
    await lending.application(borrower)
    await lending.application(borrower)
    async with lending.database.reading() as session:
        assert "2 applications under way" in "".join(await contradictions(session))


async def test_an_application_that_goes_on_after_its_withdrawal_is_found(lending: Lending) -> None:
    borrower = await lending.borrower()
    application = await lending.application(borrower)
    async with lending.database.transaction() as session:
        borrower_did(session, borrower, WITHDREW, f"application:{application}", now=lending.clock.now())
    async with lending.database.reading() as session:
        assert any(f"application {application} was withdrawn" in each for each in await contradictions(session))


async def test_a_payment_that_no_officer_took_back_is_found(lending: Lending) -> None:
    borrower, loan = await borrowed(lending)
    await paid(lending, borrower, loan)
    async with lending.database.transaction() as session:
        await session.execute(update(PaymentRow).values(status="reversed"))
    async with lending.database.reading() as session:
        assert "others are reversed" in "".join(await contradictions(session))


async def test_a_payment_that_nobody_vouches_for_is_found(lending: Lending) -> None:
    borrower, loan = await borrowed(lending)
    await paid(lending, borrower, loan)
    async with lending.database.transaction() as session:
        await session.execute(update(PaymentRow).values(provider_reference=None))
    async with lending.database.reading() as session:
        assert "on the word of None" in "".join(await contradictions(session))


async def test_an_entry_too_many_is_found(lending: Lending) -> None:
    _, loan = await borrowed(lending)
    async with lending.database.transaction() as session:
        entry = (await session.scalars(select(LedgerEntryRow).where(LedgerEntryRow.loan_id == loan))).first()
        assert entry is not None
        session.add(
            LedgerEntryRow(
                loan_id=loan,
                effective_on=entry.effective_on,
                recorded_at=entry.recorded_at,
                debit=entry.debit,
                credit=entry.credit,
                amount_minor=1,
                currency="CNY",
                memo="planted",
            )
        )
    async with lending.database.reading() as session:
        assert "a replay" in "".join(await wrong_books(session))


async def test_an_installment_that_shows_another_figure_is_found(lending: Lending) -> None:
    await borrowed(lending)
    async with lending.database.transaction() as session:
        await session.execute(update(InstallmentRow).where(InstallmentRow.number == 2).values(paid_minor=1))
    async with lending.database.reading() as session:
        assert "installment 2 shows 1 paid" in "".join(await wrong_books(session))


async def test_a_payment_that_is_settled_and_not_booked_is_found(lending: Lending) -> None:
    borrower, loan = await borrowed(lending)
    payment = await lending.repayments.open(borrower, loan, Aim.DUE)
    async with lending.database.transaction() as session:
        await session.execute(update(PaymentRow).where(PaymentRow.id == payment.id).values(status="settled"))
    async with lending.database.reading() as session:
        assert "are booked" in "".join(await wrong_books(session))


async def test_a_line_drawn_beyond_its_limit_is_found_unless_a_payment_was_taken_back(lending: Lending) -> None:
    borrower = await lending.borrower()
    line = (await opened(lending, borrower)).id
    await repaid(lending, borrower, line, Aim.OTHER, "4000")
    await drawn(lending, borrower, line, "19000")
    payment = (await lending.repayments.list(borrower, line))[0].payment_reference
    await lending.reversals.reverse(MANAGER, (await lending.reversals.find(MANAGER, payment)).payment_id)
    async with lending.database.transaction() as session:
        assert await wrong_books(session) == []
        await session.execute(update(CreditLineRow).values(limit_minor=1_999_900))
        assert "are drawn of a limit of 1999900" in "".join(await wrong_books(session))


async def test_money_that_was_paid_and_not_booked_is_found(lending: Lending) -> None:
    await borrowed(lending)
    async with lending.database.reading() as session:
        (found,) = await lost_or_doubled_money(session, [Charge(1, "tg_lost", 500, "P1234567")])
    assert "booked as None" in found


async def test_money_that_was_booked_and_never_paid_is_found(lending: Lending) -> None:
    borrower, loan = await borrowed(lending)
    await paid(lending, borrower, loan)
    async with lending.database.reading() as session:
        (found,) = await lost_or_doubled_money(session, [])
    assert "never paid" in found


async def reminded(lending: Lending) -> tuple[int, int]:
    """A reminder of the first installment that is marked as sent: the borrower's chat, the loan."""
    borrower, loan = await borrowed(lending)
    async with lending.database.transaction() as session:
        due_on = await session.scalar(select(InstallmentRow.due_on).where(InstallmentRow.number == 1))
        assert due_on is not None
        await outbox.enqueue(
            session,
            now=NOON,
            kind="reminder",
            borrower_id=borrower,
            message_class=MessageClass.REMINDER,
            params={"number": 1, "due_on": due_on},
            dedupe_key="planted",
            loan_id=loan,
        )
        await session.execute(update(OutboxRow).values(status="sent", sent_at=NOON, telegram_message_id=7))
        chat = await session.scalar(select(BorrowerRow.telegram_id))
    assert chat is not None
    return chat, loan


async def improper(lending: Lending, *messages: Sent, faults: tuple[Fired, ...] = ()) -> list[str]:
    window: ContactWindow = lending.lender.contact_window
    async with lending.database.reading() as session:
        return await Notices(window, mishaps(*faults)).improper(session, messages)


async def test_a_notice_inside_its_window_and_once_is_proper(lending: Lending) -> None:
    chat, _ = await reminded(lending)
    assert await improper(lending, sent("Please pay", chat=chat)) == []


async def test_a_notice_at_night_is_found(lending: Lending) -> None:
    chat, _ = await reminded(lending)
    (found,) = await improper(lending, sent("Please pay", chat=chat, at=NOON + timedelta(hours=11)))
    assert "outside the window" in found


async def test_a_notice_sent_twice_is_found(lending: Lending) -> None:
    chat, _ = await reminded(lending)
    twice = sent("Please pay", chat=chat, message=6, tick=4), sent("Please pay", chat=chat, tick=10)
    (found,) = await improper(lending, *twice)
    assert "sent twice" in found


async def test_a_notice_sent_again_after_a_fault_is_forgiven(lending: Lending) -> None:
    chat, _ = await reminded(lending)
    twice = sent("Please pay", chat=chat, message=6, tick=4), sent("Please pay", chat=chat, tick=10)
    assert await improper(lending, *twice, faults=(Fired(5, Fault.KILL, "A"),)) == []


async def test_a_notice_that_reached_no_chat_is_found(lending: Lending) -> None:
    await reminded(lending)
    (found,) = await improper(lending)
    assert "no chat has it" in found


async def test_a_notice_about_what_was_paid_is_found(lending: Lending) -> None:
    chat, loan = await reminded(lending)
    async with lending.database.reading() as session:
        borrower = await session.scalar(select(LoanRow.borrower_id).where(LoanRow.id == loan))
    assert borrower is not None
    await paid(lending, borrower, loan)
    (found,) = await improper(lending, sent("Please pay", chat=chat))
    assert "was paid" in found


async def test_a_notice_about_what_was_paid_until_the_payment_was_taken_back_is_proper(lending: Lending) -> None:
    chat, loan = await reminded(lending)
    async with lending.database.reading() as session:
        borrower = await session.scalar(select(LoanRow.borrower_id).where(LoanRow.id == loan))
    assert borrower is not None
    await paid(lending, borrower, loan)
    lending.clock.advance(NOON - timedelta(hours=1) - lending.clock.now())
    async with lending.database.reading() as session:
        payment = await session.scalar(select(PaymentRow.id))
    assert payment is not None
    await lending.reversals.reverse(MANAGER, payment)
    assert await improper(lending, sent("Please pay", chat=chat)) == []


async def test_a_notice_that_waits_for_nothing_is_found(lending: Lending) -> None:
    await reminded(lending)
    async with lending.database.transaction() as session:
        await session.execute(update(OutboxRow).values(status="pending"))
        await session.execute(update(InstallmentRow).values(settled_on=date(2025, 12, 1)))
    async with lending.database.reading() as session:
        (found,) = await notices_that_should_be_gone(session)
    assert "what it asks for is paid" in found


@pytest.mark.parametrize("status", ["claimed", "failed", "pending"])
async def test_a_message_that_is_stuck_is_found(lending: Lending, status: str) -> None:
    await reminded(lending)
    async with lending.database.transaction() as session:
        await session.execute(update(OutboxRow).values(status=status, next_attempt_at=NOON))
    async with lending.database.reading() as session:
        assert f"is {status}" in "".join(await stuck_messages(session, NOON))


async def test_a_handoff_without_a_card_is_found(lending: Lending) -> None:
    borrower = await lending.borrower()
    async with lending.database.transaction() as session:
        handoff = HandoffRow(
            reference="H2345678", kind="question", status="open", borrower_id=borrower, details={}, opened_at=NOON
        )
        session.add(handoff)
    async with lending.database.reading() as session:
        (found,) = await unheard_handoffs(session, set(), DESK)
    assert "reached nobody" in found


async def test_an_application_that_no_officer_was_told_of_is_found(lending: Lending) -> None:
    application = await lending.application(await lending.borrower(), status="submitted")
    async with lending.database.reading() as session:
        assert await matters_nobody_has(session) == [f"application {application} waits, and nobody was told"]


async def test_an_update_that_vanished_or_was_given_up_is_found(lending: Lending) -> None:
    async with lending.database.transaction() as session:
        session.add(
            InboxRow(
                update_id=1,
                lane="chat:1",
                status="quarantined",
                received_at=NOON,
                next_attempt_at=NOON,
                done_at=NOON,
                failure="KeyError",
            )
        )
    async with lending.database.reading() as session:
        vanished, given_up = await unhandled_updates(session, {1: NOON, 2: NOON, 3: NOON - timedelta(days=4)}, NOON)
    assert vanished == "update 2 was acknowledged and is nowhere"
    assert given_up == "update 1 is quarantined, KeyError"


async def test_somebody_elses_name_or_reference_is_found(lending: Lending) -> None:
    _, loan = await borrowed(lending)
    async with lending.database.reading() as session:
        owner = await session.scalar(select(BorrowerRow.telegram_id))
        reference = await session.scalar(select(LoanRow.reference).where(LoanRow.id == loan))
        assert owner is not None
        secrets = await secrets_of(session, {owner: identity(1), 5: identity(2)})
    assert leaks([sent(f"Loan {reference}", chat=owner), sent("Good morning", chat=5)], secrets) == []
    found = leaks([sent(f"Loan {reference} of {identity(1).name}", chat=5)], secrets)
    assert len(found) == 2
