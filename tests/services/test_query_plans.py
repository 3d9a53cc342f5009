"""No turn of a borrower and no step of the day reads a large table from one end to the other."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text, update

from services.accounting.selection import Days, Selection
from services.assembly import Configuration, Services, Surroundings, build_services
from services.db import Database
from services.desk.handoff_states import HandoffKind
from services.documents.document_access import receipts_of
from services.many_rows import expect_many_rows
from services.models import (
    DocumentRow,
    LedgerEntryRow,
    LoanEventRow,
    LoanRow,
    OutboxRow,
)
from services.repayment.payment_views import Aim
from tests.builders import SHANGHAI
from tests.fakes import InvoiceGateway, PlainPapers
from tests.services.crowd import multiply, scanned
from tests.services.desk import MANAGER, staff
from tests.services.lending import Lending, open_lending

CLONES = 1_500
DESK = -1001234567890


@dataclass(frozen=True)
class Town:
    """One borrower with a loan among many others, and all services over their database."""

    lending: Lending
    services: Services
    borrower_id: int
    telegram_id: int
    loan_id: int
    payment_id: int
    handoff_id: int
    large: frozenset[str]
    """Tables with a row or more for each borrower."""


@pytest.fixture
async def town(either: Database) -> Town:
    database, lending = either, open_lending(either)
    services = build_services(
        Configuration(lending.lender, lending.rates, lending.products, staff()),
        Surroundings(database, lending.clock, lending.vault, lending.store, PlainPapers(), InvoiceGateway()),
    )
    me = await lending.borrower()
    loan = await lending.loan(me)
    lending.clock.advance(timedelta(days=5))
    await lending.loans.accrue_all()
    payment = await lending.repayments.open(me, loan.id, Aim.DUE, "100")
    await lending.repayments.confirm(payment.reference, "BANK-1", payment.amount.minor, "CNY")
    handoff = await services.handoffs.ask(me, HandoffKind.QUESTION, "还能延期吗")
    await services.handoffs.card_sent(handoff.id, DESK, 11, 11)
    await services.handoffs.claim(MANAGER, handoff.id)
    await services.handoffs.close(MANAGER, handoff.id)
    async with database.transaction() as session:
        session.add(_document(lending, me, "0" * 32, payment_id=payment.id))
        session.add(
            _document(lending, me, "1" * 32, application_id=(await session.get_one(LoanRow, loan.id)).application_id)
        )
        await session.execute(update(OutboxRow).values(status="sent", sent_at=lending.clock.now()))
    large = await multiply(database, CLONES)
    telegram_id = await services.borrowers.telegram_id_of(me)
    return Town(lending, services, me, telegram_id, loan.id, payment.id, handoff.id, large)


def _document(
    lending: Lending, borrower_id: int, key: str, payment_id: int | None = None, application_id: int | None = None
) -> DocumentRow:
    return DocumentRow(
        borrower_id=borrower_id,
        payment_id=payment_id,
        application_id=application_id,
        requirement="receipt" if payment_id else "id_front",
        status="received",
        media_type="image/jpeg",
        size_bytes=1,
        pages=1,
        sha256=2 * key,
        storage_key=key,
        received_at=lending.clock.now(),
    )


Asked = list[tuple[str, Any]]


@contextmanager
def listening() -> Iterator[Asked]:
    """Every statement that any engine executes meanwhile, with its parameters."""
    asked: Asked = []

    def hear(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        several = many and not isinstance(parameters, tuple)
        asked.append((statement, parameters[0] if several else parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN (FORMAT JSON) "}


async def whole_tables(database: Database, asked: Asked, large: frozenset[str]) -> list[tuple[str, str]]:
    """Large tables that were read from one end to the other, each with the end of the statement that did."""
    dialect, found = database.engine.dialect.name, []
    async with database.engine.connect() as connection:
        for statement, parameters in asked:
            if statement.split(maxsplit=1)[0] not in ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH"):
                continue
            explained = await connection.exec_driver_sql(EXPLAIN[dialect] + statement, parameters or None)
            rows = explained.all()
            plan = rows if dialect == "sqlite" else _parsed(rows[0][0])
            found += [(table, _from(statement)) for table in scanned(plan, dialect) if table in large]
        await connection.rollback()
    return found


def _from(statement: str) -> str:
    return " ".join(statement[max(statement.find("FROM"), 0) :].split())


def _parsed(plan: Any) -> Any:
    return json.loads(plan) if isinstance(plan, str) else plan


Act = Callable[[Town], Awaitable[object]]


async def a_turn(town: Town) -> None:
    """What any message of a borrower asks for."""
    me = (await town.services.borrowers.meet(town.telegram_id)).id
    await town.services.overview.of(me)
    await town.services.talks.current(me)


async def looking_at_a_loan(town: Town) -> None:
    loans = town.services.loans
    await loans.list(town.borrower_id)
    await loans.get(town.borrower_id, town.loan_id)
    await loans.interest(town.borrower_id, town.loan_id)
    await loans.statement(town.borrower_id, town.loan_id)
    await loans.trial_balance(town.loan_id)
    await town.services.due_dates.next_after(town.lending.today)


async def repaying(town: Town) -> None:
    repayments, me = town.services.repayments, town.borrower_id
    await repayments.options(me, town.loan_id)
    payment = await repayments.open(me, town.loan_id, Aim.DUE, "50")
    await repayments.checkout(me, payment.id)
    await repayments.check(payment.reference, payment.amount.minor, "CNY", me)
    await repayments.confirm(payment.reference, "BANK-2", payment.amount.minor, "CNY")
    await repayments.list(me, town.loan_id)


async def applying(town: Town) -> None:
    me = await town.lending.borrower()
    applications = town.services.applications
    application = await applications.start(me, "personal")
    await town.services.documents.checklist(me, application.id)
    await applications.current(me)
    await applications.list(me)
    await town.services.offers.open(me)
    await applications.withdraw(me, application.id)


async def the_desk(town: Town) -> None:
    handoffs = town.services.handoffs
    await handoffs.waiting(MANAGER)
    opened = await handoffs.ask(town.borrower_id, HandoffKind.COMPLAINT, "等了太久")
    await handoffs.claim(MANAGER, opened.id)
    await handoffs.card(opened.id)
    await handoffs.card_messages(town.handoff_id)
    assert await handoffs.handoff_of_message(DESK, 11) is not None
    assert await handoffs.handoff_of_thread(DESK, 11) is not None
    async with town.lending.database.reading() as session:
        assert len(await receipts_of(session, town.payment_id)) == 1


async def what_runs_out(town: Town) -> None:
    services = town.services
    await services.offers.expire_due()
    await services.applications.expire_stale()
    await services.repayments.expire_due()
    await services.draws.expire_due()
    await services.extensions.expire_due()


async def accruing_a_loan(town: Town) -> None:
    async with town.lending.database.reading() as session:
        entry = LedgerEntryRow
        await session.scalar(select(func.max(entry.effective_on)).where(entry.loan_id == town.loan_id))
        events = select(LoanEventRow).where(LoanEventRow.loan_id == town.loan_id).order_by(LoanEventRow.position)
        assert (await session.scalars(events)).all()


async def a_month_of_the_journal(town: Town) -> None:
    month = Days(town.lending.today - timedelta(days=61), town.lending.today - timedelta(days=31))
    entry, zone = LedgerEntryRow, str(SHANGHAI)
    by_effect, by_recording = Selection(effective=month), Selection(recorded=month, by_recording=True)
    async with town.lending.database.reading() as session:
        for selection, day in ((by_effect, entry.effective_on), (by_recording, entry.recorded_at)):
            query = select(entry).where(*selection.conditions(zone)).order_by(day, entry.id)
            assert (await session.scalars(query)).all()


# How the outbox is read is held by test_outbox_plans, with as many rows as a bulk run has.
ACTS: tuple[Act, ...] = (
    a_turn,
    looking_at_a_loan,
    repaying,
    applying,
    the_desk,
    what_runs_out,
    accruing_a_loan,
    a_month_of_the_journal,
)


async def test_no_large_table_is_read_whole(town: Town) -> None:
    assert {"loans", "ledger_entries", "installments", "payments", "documents", "outbox", "handoffs"} <= town.large
    found = {}
    for act in ACTS:
        with listening() as asked:
            await act(town)
        assert asked
        if whole := await whole_tables(town.lending.database, asked, town.large):
            found[act.__name__] = whole
    assert found == {}


async def test_a_query_without_its_index_is_noticed(town: Town) -> None:
    async with town.lending.database.engine.begin() as connection:
        await connection.execute(text("DROP INDEX ix_ledger_entries_effective_on"))
    with listening() as asked:
        await a_month_of_the_journal(town)
    found = await whole_tables(town.lending.database, asked, town.large)
    assert [table for table, _ in found] == ["ledger_entries"]


@pytest.mark.postgres
async def test_a_statement_is_planned_for_its_parameters_however_often_it_was_executed(postgres: Database) -> None:
    """A plan for any parameters takes the batch of a queue for a share of all that waits, which it then reads and
    sorts."""
    asked = text("SELECT count(*) FROM (SELECT id FROM outbox ORDER BY next_attempt_at LIMIT :most) batch")
    plans = text("SELECT sum(custom_plans), sum(generic_plans) FROM pg_prepared_statements WHERE statement LIKE :what")
    async with postgres.transaction() as session:
        for most in range(8):
            await session.execute(asked, {"most": most})
        custom, generic = (await session.execute(plans, {"what": "%FROM outbox ORDER BY%"})).one()
    assert (custom, generic) == (8, 0)


@pytest.mark.postgres
async def test_what_many_rows_refer_to_is_looked_up_without_planning_each_time(postgres: Database) -> None:
    plans = text("SHOW plan_cache_mode")
    async with postgres.transaction() as session:
        await expect_many_rows(session)
        assert await session.scalar(plans) == "auto"
    async with postgres.transaction() as session:
        assert await session.scalar(plans) == "force_custom_plan"
