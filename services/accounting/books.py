"""The books as the database holds them: the journal of a selection of entries, and the trial balance of a day."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, case, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.accounting.journal import CodeMove, Frame, JournalEntry, Positions, together
from services.accounting.selection import Days, Selection
from services.accounting.trial_balance import TrialBalance, Turnover
from services.configuration.chart_of_accounts import ChartOfAccounts
from services.db import Database
from services.engine.events import EventType
from services.engine.ledger import Account
from services.lending.loan_record import DISBURSEMENT
from services.models import LedgerEntryRow, LoanEventRow, LoanRow, PaymentRow
from services.money import Money

BATCH: Final = 1000
"""Entries held in memory at a time."""
BEFORE_ANY_LOAN: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Journal:
    """Entries that can be walked through once, while the journal is open, and what surrounds them."""

    frame: Frame
    entries: AsyncIterator[JournalEntry]


class Books:
    """Reads the ledger for accountants. Each answer is of one moment, whatever the bot writes meanwhile."""

    def __init__(self, database: Database, chart: ChartOfAccounts, time_zone: str) -> None:
        self._database = database
        self._chart = chart
        self._time_zone = time_zone

    @asynccontextmanager
    async def journal(self, selection: Selection) -> AsyncIterator[Journal]:
        """The selected entries: by effective day, or as they were recorded."""
        async with self._database.snapshot() as session:
            yield Journal(await self._frame(session, selection), self._entries(session, selection))

    async def trial_balance(self, since: date, until: date, recorded_by: date | None = None) -> TrialBalance:
        """Each account's balance before `since`, what was posted from then to the end of `until`, and its balance then;
        with `recorded_by` as the books stood at the end of that day."""
        selected = Selection(Days(since, until), Days(last=recorded_by))
        async with self._database.snapshot() as session:
            opening = await self._turnover(session, selected.before())
            posted = await self._turnover(session, selected)
        return TrialBalance.of(self._chart, until, opening, posted)

    async def _frame(self, session: AsyncSession, selection: Selection) -> Frame:
        entry = LedgerEntryRow
        extent = select(func.min(entry.effective_on), func.max(entry.effective_on))
        found = (await session.execute(extent.where(*selection.conditions(self._time_zone)))).one()
        first, last = found
        begins = selection.begins
        opening = {} if begins is None else await self._positions(session, selection.before())
        if not selection.by_recording or first is None:
            first = begins or first or BEFORE_ANY_LOAN
        last = max(first, last or first)
        return Frame(
            first=first,
            last=last,
            opening=opening,
            closing=await self._positions(session, selection.through()),
            moves=[move async for move in self._moves(session, selection, first, last, opening)],
        )

    async def _moves(
        self, session: AsyncSession, selection: Selection, first: date, last: date, opening: Positions
    ) -> AsyncIterator[CodeMove]:
        for booked in self._chart.changes(first, last):
            if booked.since is not None:
                before = await self._positions(session, selection.effective_before(booked.since))
                held = together(opening, before)
                amounts = [figures[booked.account] for figures in held.values() if booked.account in figures]
                yield CodeMove(booked.since, booked, amounts)

    async def _entries(self, session: AsyncSession, selection: Selection) -> AsyncIterator[JournalEntry]:
        entry = LedgerEntryRow
        order = (entry.id,) if selection.by_recording else (entry.effective_on, entry.id)
        query = _with_origins().where(*selection.conditions(self._time_zone)).order_by(*order)
        zone = ZoneInfo(self._time_zone)
        found = await session.stream(query.execution_options(yield_per=BATCH))
        async for row in found:
            yield _entry(row, zone)

    async def _positions(self, session: AsyncSession, selection: Selection) -> Positions:
        turnover = await self._turnover(session, selection)
        return {
            currency: {account: sides.balance for account, sides in of_currency.items()}
            for currency, of_currency in turnover.items()
        }

    async def _turnover(self, session: AsyncSession, selection: Selection) -> dict[str, dict[Account, Turnover]]:
        entry, nought = LedgerEntryRow, literal(0)
        columns = (
            (entry.debit, entry.amount_minor, nought),
            (entry.credit, nought, entry.amount_minor),
        )
        conditions = list(selection.conditions(self._time_zone))
        sides = union_all(
            *(
                select(entry.currency, account.label("account"), debit.label("debits"), credit.label("credits")).where(
                    *conditions
                )
                for account, debit, credit in columns
            )
        ).subquery()
        both = sides.c
        query = select(both.currency, both.account, func.sum(both.debits), func.sum(both.credits))
        query = query.group_by(both.currency, both.account).order_by(both.currency, both.account)
        found: dict[str, dict[Account, Turnover]] = {}
        for currency, account, debits, credits_ in await session.execute(query):
            sums = (Money.from_minor(int(minor), currency) for minor in (debits, credits_))
            found.setdefault(currency, {})[Account(account)] = Turnover(*sums)
        return found


def _with_origins() -> Select[*tuple[Any, ...]]:
    """Entries with their loan's reference, their event's kind, our reference of the payment and the bank's.

    A reversal belongs to the payment of the event that it reverses.
    """
    entry, event, undone = LedgerEntryRow, LoanEventRow, aliased(LoanEventRow)
    reverses = and_(
        event.kind == EventType.REVERSE,
        undone.loan_id == event.loan_id,
        undone.position == event.event["event"].as_integer(),
    )
    payout = case((entry.memo == DISBURSEMENT, LoanRow.payout_reference))
    return (
        select(
            entry.id,
            entry.effective_on,
            entry.recorded_at,
            LoanRow.reference,
            func.coalesce(event.kind, entry.memo),
            entry.event_id,
            func.coalesce(PaymentRow.reference, ""),
            func.coalesce(PaymentRow.provider_reference, payout, ""),
            entry.debit,
            entry.credit,
            entry.amount_minor,
            entry.currency,
            entry.memo,
        )
        .join(LoanRow, LoanRow.id == entry.loan_id)
        .outerjoin(event, event.id == entry.event_id)
        .outerjoin(undone, reverses)
        .outerjoin(PaymentRow, PaymentRow.id == func.coalesce(*_payments_of(event), *_payments_of(undone)))
    )


def _payments_of(event: type[LoanEventRow]) -> tuple[InstrumentedAttribute[int | None], ...]:
    return event.payment_id, event.rebooked_payment_id


def _entry(row: Sequence[Any], zone: ZoneInfo) -> JournalEntry:
    *origin, debit, credit, minor, currency, memo = row
    number, on, recorded_at, loan, cause, event, payment, bank_reference = origin
    return JournalEntry(
        number=number,
        on=on,
        recorded_at=recorded_at.astimezone(zone),
        loan=loan,
        cause=cause,
        event=event,
        payment=payment,
        bank_reference=bank_reference,
        debit=Account(debit),
        credit=Account(credit),
        amount=Money.from_minor(minor, currency),
        memo=memo,
    )
