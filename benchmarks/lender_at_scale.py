"""The loans of a large lender, made in a PostgreSQL by a few statements."""

from datetime import date, datetime, timedelta
from typing import Final

import asyncpg

TODAY: Final = date(2026, 3, 10)
ZONE: Final = "Asia/Shanghai"
TOLD_DAYS: Final = 46

_TERMS = '{"currency": "CNY", "principal": "5000.00", "annual_rate": "10.8", "disbursed_on": "%s", "installments": 12}'
_POLICY = (
    '{"prepayment": "next_installments", "penalty": {"multiple_of_rate": "1.5", "base": "overdue_principal",'
    ' "grace_days": 0, "grace_free": false, "compound": false, "round": "total"}}'
)
_LONG_AGO = datetime.fromisoformat("2025-12-01T00:00:00+00:00")

_ORIGINS = (
    """INSERT INTO borrowers (id, telegram_id, language, time_zone, reminder_hour, created_at)
    SELECT i, 1000000 + i, 'zh_Hans', $2::text, (ARRAY[8, 9, 10, 12, 14, 18, 20, 21])[1 + i % 8], $3
    FROM generate_series(1, $1::int) i""",
    """INSERT INTO applications (id, reference, borrower_id, status, product_code, product_version, currency,
        created_at, updated_at)
    SELECT i, 'A' || i, i, 'approved', 'personal', 1, 'CNY', $2, $2 FROM generate_series(1, $1::int) i""",
    """INSERT INTO offers (id, reference, application_id, borrower_id, status, terms, policy, product_code,
        product_version, made_at, expires_at)
    SELECT i, 'O' || i, i, i, 'accepted', '{}', '{}', 'personal', 1, $2, $2 FROM generate_series(1, $1::int) i""",
)
_LOANS = """INSERT INTO loans (id, reference, borrower_id, application_id, offer_id, product_code, product_version,
        status, currency, terms, policy, disbursed_on, disbursed_by, oldest_unpaid_due_on, created_at)
    SELECT i, 'L' || i, i, i, i, 'personal', 1, 'active', 'CNY',
        replace($4, '%s', ($2::date - $3::int * (i % 30 + 30))::text)::json, $5::json,
        $2::date - $3::int * (i % 30 + 30), 9001,
        $2::date - i % 30 + CASE WHEN i % 30 > 0 AND i / 30 % 33 > 0 THEN 30 ELSE 0 END, $6
    FROM generate_series(1, $1::int) i"""

# Loan i has a due date every thirty days, one of them i % 30 days before today. One loan in thirty-three owes the
# one that has passed.
_INSTALLMENTS = """INSERT INTO installments (loan_id, number, due_on, due_minor, paid_minor, settled_on)
    SELECT i, n, due_on, 44168, CASE WHEN paid THEN 44168 ELSE 0 END, CASE WHEN paid THEN due_on END
    FROM generate_series(1, $1::int) i, generate_series(1, 3) n,
        LATERAL (SELECT $2::date - i % 30 + 30 * (n - 1) AS due_on) d,
        LATERAL (SELECT n = 1 AND i % 30 > 0 AND i / 30 % 33 > 0 AS paid) p"""
_FORECASTS = """INSERT INTO accrual_forecasts (loan_id, since, until, interest, fees, penalty, due, penalty_due)
    SELECT i, $2::date - i % 20, $2::date - i % 20 + $3::int, $4::json, '[]',
        CASE WHEN late THEN $4::json ELSE '[]' END,
        CASE WHEN late THEN $5::json ELSE '[]' END, CASE WHEN late THEN $4::json ELSE '[]' END
    FROM generate_series(1, $1::int) i, LATERAL (SELECT i % 30 > 0 AND i / 30 % 33 = 0 AS late) l"""

# What the days before have sent: a reminder of the last due date to everybody, those of the coming one whose rung was
# reached before today, and the overdue notices and handoffs of earlier days.
_HISTORY = (
    """INSERT INTO outbox (dedupe_key, kind, message_class, borrower_id, loan_id, params, status, attempts, created_at,
        next_attempt_at, sent_at)
    SELECT 'loan:' || i || ':installment:1:reminder:' || CASE WHEN i % 30 = 0 THEN 1 ELSE 0 END, 'reminder', 'reminder',
        i, i, '{}', 'sent', 0, $3, $3, $3
    FROM generate_series(1, $1::int) i WHERE $2::date IS NOT NULL""",
    """INSERT INTO outbox (dedupe_key, kind, message_class, borrower_id, loan_id, params, status, attempts, created_at,
        next_attempt_at, sent_at)
    SELECT 'loan:' || i || ':installment:2:reminder:' || CASE WHEN i % 30 = 28 THEN 3 ELSE 7 END,
        'reminder', 'reminder', i, i, '{}', 'sent', 0, $3, $3, $3
    FROM generate_series(1, $1::int) i WHERE i % 30 IN (24, 25, 26, 28) AND $2::date IS NOT NULL""",
    """INSERT INTO outbox (dedupe_key, kind, message_class, borrower_id, loan_id, params, status, attempts, created_at,
        next_attempt_at, sent_at)
    SELECT 'loan:' || i || ':overdue:' || ($2::date - i % 30) || ':' || rung, 'overdue', 'dunning', i, i, '{}', 'sent',
        0, $3, $3, $3
    FROM generate_series(1, $1::int) i, unnest(ARRAY[1, 3, 7, 15]) rung WHERE i / 30 % 33 = 0 AND rung < i % 30""",
    """INSERT INTO handoffs (reference, kind, status, dedupe_key, borrower_id, loan_id, details, opened_at, talking)
    SELECT 'H' || i, 'escalation', 'open', 'loan:' || i || ':escalation:' || ($2::date - i % 30), i, i, '{}', $3, false
    FROM generate_series(1, $1::int) i WHERE i / 30 % 33 = 0 AND i % 30 > 7""",
)
_PAYOUTS = """INSERT INTO ledger_entries (loan_id, effective_on, recorded_at, debit, credit, amount_minor, currency,
        memo)
    SELECT i, $2::date, $3, 'loan_principal', 'cash', 500000, 'CNY', 'disbursement'
    FROM generate_series(1, $1::int) i"""


async def fill_portfolio(connection: asyncpg.Connection, loans: int) -> None:
    """So many borrowers with a loan of three installments each, and what the days before today have sent them."""
    await _fill_loans(connection, loans, since=1)
    await connection.execute(_INSTALLMENTS, loans, TODAY)
    gains, due = _list_of(150), _list_of(44_500)
    await connection.execute(_FORECASTS, loans, TODAY, TOLD_DAYS - 1, gains, due)
    for statement in _HISTORY:
        await connection.execute(statement, loans, TODAY, _LONG_AGO)
    await _come_to_rest(connection)


async def fill_books(connection: asyncpg.Connection, loans: int) -> None:
    """So many loans paid out today, each with the entry of its payout."""
    await _fill_loans(connection, loans, since=0)
    await connection.execute(_PAYOUTS, loans, TODAY, _LONG_AGO)
    await _come_to_rest(connection)


async def _fill_loans(connection: asyncpg.Connection, loans: int, *, since: int) -> None:
    """`since` 0 pays all of them out today, 1 between one and two months ago."""
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(_ORIGINS[0], loans, ZONE, _LONG_AGO)
    for statement in _ORIGINS[1:]:
        await connection.execute(statement, loans, _LONG_AGO)
    await connection.execute(_LOANS, loans, TODAY, since, _TERMS, _POLICY, _LONG_AGO)


async def _come_to_rest(connection: asyncpg.Connection) -> None:
    await connection.execute("RESET session_replication_role")
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")


def _list_of(minor: int) -> str:
    """A forecast's list that has the same amount on every day."""
    return f"[{', '.join([str(minor)] * TOLD_DAYS)}]"


def noon(days: int = 0) -> datetime:
    """Noon of so many days after today."""
    return datetime.fromisoformat(f"{TODAY + timedelta(days=days)}T04:00:00+00:00")
