"""The chart of accounts: the lender's own codes for the accounts of the ledger. Read from `accounts.toml`."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from services.configuration.reading import Configured, Inconsistent, Words, load
from services.engine.ledger import Account
from services.wording import LocalizedText

FILE = "accounts.toml"

_CODE: Final = re.compile(r"[0-9A-Z][0-9A-Za-z.-]{0,31}")


class AccountType(StrEnum):
    """What an account tells of: what the lender owns, owes, is worth, earned or spent."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        raise ValueError('digits and Latin letters, with dots or hyphens within, such as "113201"')
    return value


Code = Annotated[str, AfterValidator(_code)]


class CodeChange(Configured):
    """Another code, from a day on, and another name if the account is renamed with it."""

    since: Annotated[date, Field(strict=True)]
    code: Code
    name: Words | None = None


class AccountEntry(Configured):
    """An account as the file has it: `code` holds until the first of the changes."""

    type: AccountType
    code: Code
    name: Words
    changes: list[CodeChange] = Field(default_factory=list)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for number, (earlier, later) in enumerate(pairwise(self.changes), start=2):
            if later.since <= earlier.since:
                raise Inconsistent(f"changes.{number}.since", f"a date after {earlier.since}", str(later.since))
        return self

    def codes(self) -> Iterator[tuple[str, str]]:
        """Every code with the key that it stands at."""
        yield "code", self.code
        for number, change in enumerate(self.changes, start=1):
            yield f"changes.{number}.code", change.code


class AccountsFile(Configured):
    """The file as it is written."""

    accounts: dict[str, AccountEntry]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        known = [account.value for account in Account]
        for name in self.accounts:
            if name not in known:
                close = get_close_matches(name, known, 1)
                instead = f", perhaps {close[0]}" if close else f": {', '.join(known)}"
                raise Inconsistent(f"accounts.{name}", f"an account of the ledger{instead}")
        for account in Account:
            if account not in self.accounts:
                raise Inconsistent(f"accounts.{account}", "this account to have a code, a name and a type")
        self._each_code_once()
        return self

    def _each_code_once(self) -> None:
        # Codes that differ in punctuation alone would be one account in Beancount, which knows no dots.
        owners: dict[str, str] = {}
        for name, entry in self.accounts.items():
            for key, code in entry.codes():
                if owners.setdefault(_plain(code), name) != name:
                    other = owners[_plain(code)]
                    raise Inconsistent(f"accounts.{name}.{key}", f"a code that {other} has never had", code)
            if len(set(map(_plain, dict(entry.codes()).values()))) <= len(entry.changes):
                raise Inconsistent(f"accounts.{name}.changes", "each code once")


def _plain(code: str) -> str:
    return code.replace(".", "-")


@dataclass(frozen=True, slots=True)
class BookAccount:
    """An account of the lender's own books; `since` is None for the code that held from the beginning."""

    account: Account
    type: AccountType
    code: str
    name: LocalizedText
    since: date | None = None


class ChartOfAccounts:
    """Finds the lender's account for an account of the ledger on a day."""

    def __init__(self, file: AccountsFile) -> None:
        self._held: dict[Account, list[BookAccount]] = defaultdict(list)
        for account in Account:
            entry = file.accounts[account]
            name = entry.name
            self._held[account].append(BookAccount(account, entry.type, entry.code, name))
            for change in entry.changes:
                name = change.name or name
                self._held[account].append(BookAccount(account, entry.type, change.code, name, change.since))

    def on(self, account: Account, day: date) -> BookAccount:
        """The account that a posting effective on `day` stands under."""
        return next(held for held in reversed(self._held[account]) if held.since is None or held.since <= day)

    def between(self, first: date, last: date) -> Sequence[BookAccount]:
        """Every account that is valid on any day from `first` to `last`."""
        return [
            held
            for account, all_held in self._held.items()
            for held in all_held
            if held == self.on(account, first) or (held.since is not None and first < held.since <= last)
        ]

    def changes(self, first: date, last: date) -> Sequence[BookAccount]:
        """The accounts that take another's place after `first` and by `last`, in the order of their days."""
        taking = [held for held in self.between(first, last) if held.since is not None and held.since > first]
        return sorted(taking, key=lambda held: held.since or first)

    def __len__(self) -> int:
        return len(self._held)


def load_chart_of_accounts(folder: Path) -> ChartOfAccounts:
    """Read `accounts.toml`. Raises ConfigurationError."""
    return ChartOfAccounts(load(AccountsFile, folder / FILE))
