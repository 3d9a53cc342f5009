"""Signing an extension: what was read is what is signed, and then the plan, the dates and the ledger follow."""

import asyncio
import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from services.db import Database
from services.documents.stray_files import StrayFiles
from services.errors import NotFound
from services.extensions.extension_agreements import PlanChanged, fingerprint
from services.extensions.extension_limits import ArrearsFirst
from services.extensions.extension_states import ExtensionExpired, ExtensionStatus, IllegalExtensionMove
from services.lending.loan_states import IllegalLoanMove
from services.models import ExtensionRow, InstallmentRow, LoanEventRow, LoanRow
from services.origination.signing import CodeExpired, NoCodeSent, NotASignature, TooManyAttempts, WrongCode
from services.repayment.payment_views import Aim
from services.wording import Percent
from tests.builders import cny
from tests.services.extending import PHRASE, Debtor, debtor, rules
from tests.services.lending import CHAT, Lending, open_lending


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def row_of(lending: Lending, extension_id: int) -> ExtensionRow:
    async with lending.database.reading() as session:
        return await session.get_one(ExtensionRow, extension_id)


async def code_for(owing: Debtor, extension_id: int) -> str:
    _, code = await owing.lending.extension_agreements.send_code(owing.borrower_id, extension_id)
    return code


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_the_code_signs_and_the_loan_has_its_new_plan(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted(3)
    agreement, code = await lending.extension_agreements.send_code(owing.borrower_id, granted.id)
    signed = await lending.extension_agreements.sign(owing.borrower_id, granted.id, code, CHAT)
    assert signed.extension.status is ExtensionStatus.AGREED
    assert signed.last_due_on == date(2026, 8, 5)
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert [row.due_on for row in view.rows] == [row.due_on for row in agreement.comparison.after.rows]
    assert [row.total for row in view.rows] == [row.total for row in agreement.comparison.after.rows]
    assert (signed.next.due_on, signed.next.total) == (view.rows[0].due_on, view.rows[0].total)


async def test_reminders_and_due_dates_follow_the_new_plan(lending: Lending) -> None:
    owing = await debtor(lending, term=3)
    await owing.extended(2)
    async with lending.database.reading() as session:
        loan = await session.get_one(LoanRow, owing.loan_id)
        rows = (await session.scalars(select(InstallmentRow).order_by(InstallmentRow.number))).all()
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert [row.due_on for row in rows] == [row.due_on for row in view.rows]
    assert [row.due_minor for row in rows] == [row.total.minor for row in view.rows]
    assert (len(rows), loan.next_due_on) == (5, date(2025, 12, 5))


async def test_the_ledger_agrees_after_the_extension(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.wait_days(12)
    await owing.extended(2)
    lending.wait_days(40)
    await lending.loans.accrue_all()
    held = await lending.loans.trial_balance(owing.loan_id)
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    owed = ("loan_principal", "interest_receivable", "fee_receivable", "penalty_receivable")
    assert sum(held[account].minor for account in owed) == view.outstanding.total.minor
    assert not sum(amount.minor for amount in held.values())


async def test_what_was_signed_is_kept_with_fingerprint_time_and_event(lending: Lending) -> None:
    owing = await debtor(lending)
    signed = await owing.extended(2)
    row = await row_of(lending, signed.id)
    assert row.agreement is not None
    assert fingerprint(row.agreement) == row.agreement_sha256 == signed.agreement_sha256
    assert (row.signed_at, row.signed_how, row.signed_chat_id) == (lending.clock.now(), "phrase", CHAT)
    assert (row.agreement["from"], row.agreement["installments"]) == ("2025-11-05", 2)
    assert len(row.agreement["new"]["rows"]) == len(row.agreement["old"]["rows"]) + 2
    async with lending.database.reading() as session:
        (event,) = (await session.scalars(select(LoanEventRow).where(LoanEventRow.loan_id == owing.loan_id))).all()
    assert (event.position, event.kind) == (row.event_position, "extend")


async def test_a_supplement_holds_from_the_signature_on(lending: Lending) -> None:
    dearer = open_lending(lending.database, extension=rules(rate_supplement="0.2"))
    owing = await debtor(dearer)
    await owing.extended(2)
    view = await dearer.loans.get(owing.borrower_id, owing.loan_id)
    assert view.rows[0].interest == cny("45.83")  # 5,000 at 11 % over a month


async def test_each_extension_adds_its_supplement_to_the_rate_that_holds(lending: Lending) -> None:
    dearer = open_lending(lending.database, extension=rules(times=2, rate_supplement="0.2"))
    owing = await debtor(dearer)
    await owing.extended(1)
    again = await dearer.extensions.options(owing.borrower_id, owing.loan_id)
    assert again.choices[0].before.annual_rate == Percent(Decimal("11.0"))
    assert again.choices[0].after.annual_rate == Percent(Decimal("11.2"))


async def test_after_maturity_the_last_principal_moves_and_the_loan_is_no_longer_late(lending: Lending) -> None:
    owing = await debtor(lending, method="interest_only", term=3)
    for due_on in (date(2025, 12, 5), date(2026, 1, 5)):
        lending.go_to(due_on)
        await owing.pay_due()
    lending.go_to(date(2026, 2, 7))
    due = (await lending.loans.get(owing.borrower_id, owing.loan_id)).due_now
    await owing.pay_due(due.interest + due.penalty)
    await owing.extended(3)
    view = await lending.loans.get(owing.borrower_id, owing.loan_id)
    assert (view.days_past_due, view.due_now.total) == (0, cny("0"))
    assert (view.rows[-1].due_on, view.rows[-1].principal) == (date(2026, 5, 5), cny("5000"))
    assert view.next_due is not None
    assert view.next_due.on == date(2026, 3, 5)


async def test_the_signed_paper_is_kept_under_its_fingerprint_and_no_other_is(lending: Lending) -> None:
    owing = await debtor(lending)
    kept = set(lending.store.files)
    signed = await owing.extended(2)
    paper = await lending.extension_agreements.paper(owing.borrower_id, signed.id)
    assert hashlib.sha256(paper).hexdigest() == signed.paper_sha256
    assert signed.reference.encode() in paper
    (key,) = set(lending.store.files) - kept
    assert (await row_of(lending, signed.id)).paper_storage_key == key
    assert await lending.extension_agreements.signed(owing.borrower_id, owing.loan_id) == [signed]
    lending.wait_days(2)
    assert await StrayFiles(lending.database, lending.clock, lending.store).sweep() == 0


async def test_an_unsigned_extension_and_somebody_elses_have_no_paper(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted()
    with pytest.raises(NotFound):
        await lending.extension_agreements.paper(owing.borrower_id, granted.id)
    await code_for(owing, granted.id)
    await lending.extension_agreements.sign(owing.borrower_id, granted.id, PHRASE, CHAT)
    with pytest.raises(NotFound):
        await lending.extension_agreements.paper(await lending.borrower(), granted.id)


async def test_a_wrong_code_counts_and_after_five_it_is_void(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted()
    code = await code_for(owing, granted.id)
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCode) as wrong:
            await lending.extension_agreements.sign(owing.borrower_id, granted.id, other(code), CHAT)
        assert wrong.value.params["left"] == left
    with pytest.raises(TooManyAttempts):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, other(code), CHAT)
    with pytest.raises(TooManyAttempts):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, code, CHAT)
    fresh = await code_for(owing, granted.id)
    signed = await lending.extension_agreements.sign(owing.borrower_id, granted.id, fresh, CHAT)
    assert signed.extension.status is ExtensionStatus.AGREED


async def test_a_code_runs_out_with_its_minutes(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted()
    code = await code_for(owing, granted.id)
    lending.clock.advance(timedelta(minutes=10))
    with pytest.raises(CodeExpired):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, code, CHAT)


async def test_nothing_is_signed_unread_and_not_by_just_any_words(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted()
    with pytest.raises(NoCodeSent):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, PHRASE, CHAT)
    await code_for(owing, granted.id)
    with pytest.raises(NotASignature):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, "好的", CHAT)


async def test_a_plan_that_a_payment_changed_must_be_read_again(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted()
    code = await code_for(owing, granted.id)
    await owing.pay_due(cny("1000"))
    with pytest.raises(PlanChanged):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, code, CHAT)
    with pytest.raises(NoCodeSent):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, PHRASE, CHAT)
    await code_for(owing, granted.id)
    signed = await lending.extension_agreements.sign(owing.borrower_id, granted.id, PHRASE, CHAT)
    assert signed.extension.status is ExtensionStatus.AGREED


async def test_a_plan_that_was_read_yesterday_must_be_read_again(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted()
    await code_for(owing, granted.id)
    lending.wait_days(1)
    with pytest.raises(PlanChanged):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, PHRASE, CHAT)


async def test_what_is_not_granted_cannot_be_signed(lending: Lending) -> None:
    owing = await debtor(lending)
    asked = await owing.ask()
    with pytest.raises(IllegalExtensionMove):
        await lending.extension_agreements.read(owing.borrower_id, asked.id)


async def test_what_was_granted_is_signed_once_and_within_its_days(lending: Lending) -> None:
    owing = await debtor(lending)
    signed = await owing.extended(1)
    with pytest.raises(IllegalExtensionMove):
        await lending.extension_agreements.sign(owing.borrower_id, signed.id, PHRASE, CHAT)
    granted = await owing.granted(1)
    lending.wait_days(7)
    with pytest.raises(ExtensionExpired):
        await lending.extension_agreements.send_code(owing.borrower_id, granted.id)


async def test_arrears_that_arose_since_the_approval_come_before_the_signature(lending: Lending) -> None:
    owing = await debtor(lending)
    lending.go_to(owing.loan.first_due_on - timedelta(days=1))
    granted = await owing.granted()
    lending.wait_days(1)
    with pytest.raises(ArrearsFirst):
        await lending.extension_agreements.send_code(owing.borrower_id, granted.id)
    await owing.pay_due()
    await code_for(owing, granted.id)


async def test_a_loan_that_was_paid_off_meanwhile_is_not_extended(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted()
    await code_for(owing, granted.id)
    payment = await lending.repayments.open(owing.borrower_id, owing.loan_id, Aim.PAYOFF)
    await lending.repayments.confirm(payment.reference, "TG-all", payment.amount.minor, "CNY")
    with pytest.raises(IllegalLoanMove):
        await lending.extension_agreements.sign(owing.borrower_id, granted.id, PHRASE, CHAT)


async def test_two_signatures_at_once_extend_the_loan_once(lending: Lending) -> None:
    owing = await debtor(lending)
    granted = await owing.granted(2)
    code = await code_for(owing, granted.id)
    sign = lending.extension_agreements.sign
    answers = await asyncio.gather(
        *(sign(owing.borrower_id, granted.id, code, CHAT) for _ in range(3)), return_exceptions=True
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1, answers
    assert (await row_of(lending, granted.id)).paper_storage_key in lending.store.files
    assert len((await lending.loans.get(owing.borrower_id, owing.loan_id)).rows) == 8
