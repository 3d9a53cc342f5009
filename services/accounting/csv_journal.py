"""The journal as CSV: a line for each leg, the debited account first, as accounting programs take vouchers in."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

from services.accounting.journal import Frame, JournalEntry
from services.configuration.chart_of_accounts import ChartOfAccounts
from services.engine.ledger import Account

COLUMNS: Final = (
    "entry",
    "date",
    "recorded_at",
    "loan",
    "cause",
    "event",
    "payment",
    "bank_reference",
    "code",
    "account",
    "debit",
    "credit",
    "currency",
    "memo",
)

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t")


class CsvJournal:
    """Writes entries under the codes of the chart, with the accounts' names in `language`. Amounts have neither sign
    nor thousands separators, the side that an amount does not stand on is empty."""

    def __init__(self, chart: ChartOfAccounts, language: str) -> None:
        self._chart = chart
        self._language = language

    def head(self, frame: Frame) -> str:
        return rows_as_csv([COLUMNS])

    def entry(self, entry: JournalEntry) -> str:
        amount = str(entry.amount.amount)
        return rows_as_csv([self._leg(entry, entry.debit, amount, ""), self._leg(entry, entry.credit, "", amount)])

    def tail(self, frame: Frame) -> str:
        return ""

    def _leg(self, entry: JournalEntry, account: Account, debit: str, credit: str) -> Sequence[str]:
        booked = self._chart.on(account, entry.on)
        return (
            str(entry.number),
            entry.on.isoformat(),
            entry.recorded_at.isoformat(timespec="seconds") if entry.recorded_at else "",
            entry.loan,
            entry.cause,
            "" if entry.event is None else str(entry.event),
            entry.payment,
            entry.bank_reference,
            booked.code,
            booked.name.in_language(self._language),
            debit,
            credit,
            entry.amount.currency,
            entry.memo,
        )


def rows_as_csv(rows: Iterable[Sequence[str]]) -> str:
    """The rows by RFC 4180. A cell that a spreadsheet would compute gets an apostrophe in front of it."""
    text = StringIO()
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe(cell: str) -> str:
    shown = " ".join(cell.splitlines()) if not cell.isprintable() else cell
    return f"'{shown}" if shown.lstrip().startswith(_BEGINS_A_FORMULA) else shown
