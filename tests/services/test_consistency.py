"""Each defect that the nightly check is for is planted, and found; a lender at work has none."""

import logging
from datetime import datetime

import pytest
from sqlalchemy import select

from services.configuration.staff import Staff
from services.consistency.consistency_check import ConsistencyCheck
from services.consistency.findings import Kind, Report
from services.consistency.replay_check import todays_loans
from services.db import Database
from services.engine.events import Event, EventType
from services.lending import loan_record
from services.messages.message_params import decode_params
from services.models import DocumentRow, OutboxRow
from services.repayment.payment_views import Aim
from services.wording import Label
from tests.fakes import MemoryStore
from tests.services.desk import CASHIER, staff
from tests.services.lending import Lending, open_lending
from tests.services.planted_defects import (
    DEFECTS,
    Defect,
    a_claim_left_on_a_loan_that_is_over,
    a_handoff_that_nobody_takes,
    a_payment_booked_short,
    open_small,
    pay,
    plant,
    settle,
)

ANNOUNCEMENT = "consistency_findings"


def checking(lending: Lending, *, officers: Staff | None = None, loans_a_night: int = 100) -> ConsistencyCheck:
    return ConsistencyCheck(
        lending.database,
        lending.clock,
        lending.lender,
        officers or staff(),
        lending.store,
        loans_a_night=loans_a_night,
    )


@pytest.fixture
async def small(database: Database) -> Lending:
    return await open_small(database)


def kinds_of(report: Report) -> set[Kind]:
    return {finding.kind for finding in report.findings}


async def test_a_lender_at_work_has_no_defect(either: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Loans that are paid in part, reversed, paid off, prepaid and written off, and what waits for today."""
    lending = open_lending(either)
    me = await lending.borrower()
    loans = [await lending.loan(await lending.borrower()) for _ in range(4)]
    lending.wait_days(40)
    await lending.loans.accrue_all()
    paid = [await pay(lending, loan, Aim.DUE, "300") for loan in loans]
    lending.wait_days(3)
    await lending.reversals.reverse(CASHIER, paid[1].id)
    await pay(lending, loans[2], Aim.PAYOFF)
    await pay(lending, loans[3], Aim.EARLY, "2000")
    written_off = await lending.loan(me)
    lending.wait_days(2)
    await lending.loans.accrue_all()
    async with either.transaction() as session:
        row = await loan_record.lock_loan(session, written_off.id)
        event = Event(on=lending.today, type=EventType.WRITE_OFF)
        await loan_record.record(session, row, event, lending.clock.now())
    await lending.repayments.open(loans[0].borrower_id, loans[0].id, Aim.DUE, "10")
    await settle(lending)
    report = await checking(lending).run()
    assert report.findings == ()
    assert report.replayed == 5
    assert sum(report.counts().values()) == 0
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    async with either.reading() as session:
        assert await session.scalar(select(OutboxRow.id).where(OutboxRow.kind == ANNOUNCEMENT)) is None


@pytest.mark.parametrize(("defect", "kind"), DEFECTS.items(), ids=lambda each: getattr(each, "__name__", ""))
async def test_a_defect_is_found(small: Lending, defect: Defect, kind: Kind) -> None:
    await plant(small, defect)
    assert kind in kinds_of(await checking(small).run())


@pytest.mark.postgres
async def test_defects_are_found_on_postgresql_too(postgres: Database) -> None:
    lending = await open_small(postgres)
    await plant(lending, *(defect for defect in DEFECTS if defect is not a_claim_left_on_a_loan_that_is_over))
    report = await checking(lending).run()
    assert kinds_of(report) == set(Kind) - {Kind.DAMAGE}


async def test_a_row_that_points_to_nothing_is_found(small: Lending) -> None:
    async with small.database.engine.connect() as connection:
        await connection.exec_driver_sql("ROLLBACK")
        await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        await connection.exec_driver_sql("DELETE FROM offers")
        await connection.invalidate()
    report = await checking(small).run()
    assert Kind.DAMAGE in kinds_of(report)


class Shrinking(MemoryStore):
    """A store out of which a paper is deleted while it is being looked through."""

    def __init__(self, lending: Lending, document_id: int) -> None:
        super().__init__(lending.clock)
        self.files = lending.store.files
        self._lending = lending
        self._document_id = document_id

    async def stored_before(self, instant: datetime) -> list[str]:
        async with self._lending.database.transaction() as session:
            row = await session.get_one(DocumentRow, self._document_id)
            row.deleted_at = self._lending.clock.now()
            self.files.pop(row.storage_key, None)
        return list(self.files)


async def test_a_paper_that_is_deleted_meanwhile_is_no_defect(small: Lending) -> None:
    async with small.database.transaction() as session:
        paper = DocumentRow(
            borrower_id=1,
            requirement="id_front",
            status="received",
            media_type="image/jpeg",
            size_bytes=1,
            pages=1,
            sha256="0" * 64,
            storage_key=await small.store.put(b"a paper"),
            received_at=small.clock.now(),
        )
        session.add(paper)
    checks = ConsistencyCheck(small.database, small.clock, small.lender, staff(), Shrinking(small, paper.id))
    assert (await checks.run()).findings == ()


async def test_what_is_found_is_logged_counted_and_told_to_the_desk_once(
    small: Lending, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Report] = []
    checks = checking(small)
    checks.on_report(told.append)
    await plant(small, a_payment_booked_short, a_handoff_that_nobody_takes)
    report = await checks.run()
    await checks.run()
    assert {kind: count for kind, count in report.counts().items() if count} == {
        Kind.PAYMENT: 1,
        Kind.WAITING_HANDOFF: 1,
    }
    assert len(told) == 2
    errors = [vars(record) for record in caplog.records if record.levelno == logging.ERROR]
    assert [(each["check"], each["subject"]) for each in errors[:1]] == [("payment", "payment:1")]
    async with small.database.reading() as session:
        (message,) = (await session.scalars(select(OutboxRow).where(OutboxRow.kind == ANNOUNCEMENT))).all()
    assert (message.message_class, message.borrower_id, message.status) == ("desk", None, "pending")
    assert decode_params(message.params)["findings"] == (
        (Label("terms.check_payment"), 1),
        (Label("terms.check_waiting_handoff"), 1),
    )


async def test_another_defect_on_the_same_day_is_told_as_well(small: Lending) -> None:
    for defect in (a_payment_booked_short, a_handoff_that_nobody_takes):
        await plant(small, defect)
        await checking(small).run()
    async with small.database.reading() as session:
        assert len((await session.scalars(select(OutboxRow).where(OutboxRow.kind == ANNOUNCEMENT))).all()) == 2


async def test_a_lender_without_a_desk_has_the_log(small: Lending) -> None:
    await plant(small, a_payment_booked_short)
    assert (await checking(small, officers=staff(None)).run()).findings
    async with small.database.reading() as session:
        assert await session.scalar(select(OutboxRow.id).where(OutboxRow.kind == ANNOUNCEMENT)) is None


async def test_over_the_nights_every_loan_is_replayed(database: Database) -> None:
    lending = open_lending(database)
    for _ in range(5):
        await lending.loan(await lending.borrower())
    seen: set[int] = set()
    for _ in range(3):
        async with database.reading() as session:
            seen |= set(await todays_loans(session, lending.today, 2))
        lending.wait_days(1)
    assert seen == {1, 2, 3, 4, 5}
