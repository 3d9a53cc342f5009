"""A database in which a bulk of reminders is due: each to a borrower of its own, about a loan of its own."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Integer, String, cast, insert, literal, select

from benchmarks.sandbox_process import FIRST_PERSON
from services.db import Database
from services.messages.message_params import MessageParams, encode_params
from services.models import ApplicationRow, Base, BorrowerRow, InstallmentRow, LoanRow, OfferRow, OutboxRow
from services.money import Money

ZONE: Final = "Asia/Shanghai"


async def owe_reminders(database: Database, count: int, now: datetime, today: date) -> None:
    """Owe `count` reminders that are due at `now`, whose local date is `today`. The tables are empty before."""
    due_on = today + timedelta(days=3)
    params: MessageParams = {
        "loan_reference": "L0000001",
        "number": 1,
        "amount": Money.of("1234.56", "CNY"),
        "due_on": due_on,
        "days_left": 3,
        "revolving": False,
    }
    n = _numbers(count)
    same = n.c.n
    made = {"product_code": "personal", "product_version": 1, "currency": "CNY", "created_at": now}
    person = {"time_zone": ZONE, "language": "zh_Hans", "reminder_hour": 9, "created_at": now}
    tables: tuple[tuple[type[Base], Mapping[str, Any]], ...] = (
        (BorrowerRow, {"telegram_id": same + (FIRST_PERSON - 1), **person}),
        (
            ApplicationRow,
            {"reference": _name("A", n), "borrower_id": same, "status": "disbursed", "updated_at": now, **made},
        ),
        (
            OfferRow,
            {
                "reference": _name("O", n),
                "application_id": same,
                "borrower_id": same,
                "status": "accepted",
                "terms": {},
                "policy": {},
                "product_code": "personal",
                "product_version": 1,
                "made_at": now,
                "expires_at": now,
            },
        ),
        (
            LoanRow,
            {
                "reference": _name("L", n),
                "borrower_id": same,
                "application_id": same,
                "offer_id": same,
                "status": "active",
                "terms": {},
                "policy": {},
                "disbursed_on": today,
                "disbursed_by": 1,
                **made,
            },
        ),
        (InstallmentRow, {"loan_id": same, "number": 1, "due_on": due_on, "due_minor": 123456, "paid_minor": 0}),
        (
            OutboxRow,
            {
                "dedupe_key": _name("N", n),
                "kind": "reminder",
                "message_class": "reminder",
                "borrower_id": same,
                "loan_id": same,
                "params": encode_params(params),
                "status": "pending",
                "attempts": 0,
                "created_at": now,
                "next_attempt_at": now,
            },
        ),
    )
    async with database.transaction() as session:
        for table, values in tables:
            columns = {"id": same, **values}
            typed = [_value(table, name, value) for name, value in columns.items()]
            await session.execute(insert(table).from_select(list(columns), select(*typed).select_from(n)))
    await _analyze(database)


async def _analyze(database: Database) -> None:
    """Tell the planner how full the tables are, which PostgreSQL would find out within a minute."""
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("ANALYZE")
        await connection.commit()


def _numbers(count: int) -> CTE:
    first = select(literal(1, Integer).label("n")).cte("numbers", recursive=True)
    return first.union_all(select(first.c.n + 1).where(first.c.n < count))


def _name(letter: str, numbers: CTE) -> ColumnElement[str]:
    return literal(letter, String) + cast(numbers.c.n, String)


def _value(table: type[Base], name: str, value: Any) -> ColumnElement[Any]:
    if isinstance(value, ColumnElement):
        return value
    return literal(value, table.__table__.c[name].type)
