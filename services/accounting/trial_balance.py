"""The trial balance 试算表: what each account held, what moved it, what it holds; the two sides of each agree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.configuration.chart_of_accounts import BookAccount, ChartOfAccounts
from services.engine.ledger import Account
from services.money import Money

COLUMNS: Final = (
    "code",
    "account",
    "currency",
    "opening_debit",
    "opening_credit",
    "debits",
    "credits",
    "closing_debit",
    "closing_credit",
)


@dataclass(frozen=True, slots=True)
class Turnover:
    """What was posted to an account on either side."""

    debits: Money
    credits: Money

    @property
    def balance(self) -> Money:
        """Debits less credits."""
        return self.debits - self.credits


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """An account in one currency; balances are debit positive."""

    booked: BookAccount
    opening: Money
    posted: Turnover

    @property
    def closing(self) -> Money:
        """What the account holds at the end."""
        return self.opening + self.posted.balance

    @property
    def sides(self) -> Sequence[Money]:
        """Debit and credit of the opening balance, of what was posted, and of the closing balance."""
        return (*_sides(self.opening), self.posted.debits, self.posted.credits, *_sides(self.closing))

    def cells(self, language: str) -> Sequence[str]:
        """As shown, an amount on each side that is not nil."""
        nil = Money.zero(self.opening.currency)
        shown = ["" if side == nil else str(side.amount) for side in self.sides]
        return (self.booked.code, self.booked.name.in_language(language), self.opening.currency, *shown)


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Every account that was ever posted to, under the codes of the last day."""

    rows: Sequence[TrialBalanceRow]

    @classmethod
    def of(
        cls,
        chart: ChartOfAccounts,
        on: date,
        opening: Mapping[str, Mapping[Account, Turnover]],
        posted: Mapping[str, Mapping[Account, Turnover]],
    ) -> "TrialBalance":
        """From what was posted before and within a span that ends `on`."""
        rows = []
        for currency in sorted({*opening, *posted}):
            nil = Turnover(Money.zero(currency), Money.zero(currency))
            before, within = opening.get(currency, {}), posted.get(currency, {})
            rows += [
                TrialBalanceRow(chart.on(account, on), before.get(account, nil).balance, within.get(account, nil))
                for account in Account
                if account in before or account in within
            ]
        return cls(sorted(rows, key=lambda row: (row.opening.currency, row.booked.code)))

    def totals(self) -> Iterator[Sequence[str]]:
        """A line for each currency with the sum of every column, in the shape of a row's cells."""
        for currency in dict.fromkeys(row.opening.currency for row in self.rows):
            mine = [row for row in self.rows if row.opening.currency == currency]
            columns = zip(*(row.sides for row in mine), strict=True)
            yield ("", "", currency, *(str(Money.total(column, currency).amount) for column in columns))

    @property
    def balances(self) -> Mapping[str, Mapping[Account, Money]]:
        """The closing balances by currency and account, debit positive."""
        found: dict[str, dict[Account, Money]] = {}
        for row in self.rows:
            found.setdefault(row.opening.currency, {})[row.booked.account] = row.closing
        return found


def _sides(balance: Money) -> tuple[Money, Money]:
    """The balance as a debit and as a credit, the one that it is not being nil."""
    nil = Money.zero(balance.currency)
    return max(balance, nil), max(-balance, nil)
