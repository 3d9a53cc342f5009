"""Rows put straight into the database, for tests of what is planned and sent about them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import func, select, update

from services.db import Database
from services.models import (
    ApplicationRow,
    BorrowerRow,
    DocumentRow,
    HandoffRow,
    InformationRequestRow,
    InstallmentRow,
    LoanRow,
    OfferRow,
)

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
_numbers = count(1)


async def add_borrower(
    database: Database,
    *,
    telegram_id: int | None = None,
    language: str | None = "zh_Hans",
    time_zone: str = "Asia/Shanghai",
    reminder_hour: int = 9,
    unreachable_since: datetime | None = None,
) -> int:
    row = BorrowerRow(
        telegram_id=telegram_id or 1_000_000 + next(_numbers),
        language=language,
        time_zone=time_zone,
        reminder_hour=reminder_hour,
        phone_masked="138****8000",
        id_number_masked="1101**********1234",
        unreachable_since=unreachable_since,
        created_at=LONG_AGO,
    )
    async with database.transaction() as session:
        session.add(row)
    return row.id


async def add_application(database: Database, borrower_id: int, status: str = "submitted") -> int:
    row = ApplicationRow(
        reference=f"A{next(_numbers):07}",
        borrower_id=borrower_id,
        status=status,
        product_code="personal",
        product_version=1,
        currency="CNY",
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
        submitted_at=LONG_AGO,
    )
    async with database.transaction() as session:
        session.add(row)
    return row.id


async def add_offer(
    database: Database, borrower_id: int, *, made_at: datetime, expires_at: datetime, status: str = "open"
) -> int:
    row = OfferRow(
        reference=f"O{next(_numbers):07}",
        application_id=await add_application(database, borrower_id, "approved"),
        borrower_id=borrower_id,
        status=status,
        terms={},
        policy={},
        product_code="personal",
        product_version=1,
        made_at=made_at,
        expires_at=expires_at,
    )
    async with database.transaction() as session:
        session.add(row)
    return row.id


async def add_request(database: Database, borrower_id: int, *, asked_at: datetime, answer_by: date) -> int:
    row = InformationRequestRow(
        application_id=await add_application(database, borrower_id, "more_information"),
        staff_id=9001,
        question="请补充工资流水",
        status="open",
        asked_at=asked_at,
        answer_by=answer_by,
    )
    async with database.transaction() as session:
        session.add(row)
    return row.id


async def add_loan(
    database: Database,
    borrower_id: int,
    due: list[date],
    *,
    disbursed_on: date = date(2025, 1, 5),
    due_minor: int = 100_00,
) -> int:
    """An active loan of installments that each ask for `due_minor`, none of them paid."""
    offer_id = await add_offer(database, borrower_id, made_at=LONG_AGO, expires_at=LONG_AGO, status="accepted")
    async with database.transaction() as session:
        offer = await session.get_one(OfferRow, offer_id)
        loan = LoanRow(
            reference=f"L{next(_numbers):07}",
            borrower_id=borrower_id,
            application_id=offer.application_id,
            offer_id=offer.id,
            product_code="personal",
            product_version=1,
            status="active",
            currency="CNY",
            terms={},
            policy={},
            disbursed_on=disbursed_on,
            disbursed_by=9001,
            oldest_unpaid_due_on=min(due, default=None),
            created_at=LONG_AGO,
        )
        session.add(loan)
        await session.flush()
        session.add_all(
            InstallmentRow(loan_id=loan.id, number=number, due_on=due_on, due_minor=due_minor, paid_minor=0)
            for number, due_on in enumerate(due, start=1)
        )
    return loan.id


async def pay(database: Database, loan_id: int, number: int, on: date) -> None:
    """Settle one installment, without the withdrawal that a real repayment brings."""
    paid = update(InstallmentRow).where(InstallmentRow.loan_id == loan_id, InstallmentRow.number == number)
    async with database.transaction() as session:
        await session.execute(paid.values(paid_minor=InstallmentRow.due_minor, settled_on=on))
        unpaid = select(func.min(InstallmentRow.due_on)).where(
            InstallmentRow.loan_id == loan_id, InstallmentRow.settled_on.is_(None)
        )
        (await session.get_one(LoanRow, loan_id)).oldest_unpaid_due_on = await session.scalar(unpaid)


async def papers_of(database: Database) -> Sequence[DocumentRow]:
    """Every paper, oldest first."""
    async with database.reading() as session:
        return (await session.scalars(select(DocumentRow).order_by(DocumentRow.id))).all()


async def handoffs_of(database: Database, borrower_id: int) -> Sequence[HandoffRow]:
    """The borrower's handoffs, oldest first."""
    query = select(HandoffRow).where(HandoffRow.borrower_id == borrower_id).order_by(HandoffRow.id)
    async with database.reading() as session:
        return (await session.scalars(query)).all()


class NoFiles:
    """Stands where applications and loans are looked up, for tests in which what a file says does not matter."""

    async def for_staff(self, identity: int) -> str:
        return f"file {identity}"
