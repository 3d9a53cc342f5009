"""The lender's own account codes, each valid from a day on."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.configuration.chart_of_accounts import (
    FILE,
    AccountsFile,
    ChartOfAccounts,
    load_chart_of_accounts,
)
from services.configuration.reading import ConfigurationError, check, read_toml
from services.engine.ledger import Account
from tests.services.desk import CONFIG

SAMPLE = read_toml(CONFIG / FILE)
CHANGES = [
    {"since": date(2027, 1, 1), "code": "130301"},
    {"since": date(2028, 7, 1), "code": "1303.02", "name": {"en": "Loans, principal"}},
]


def chart_with(**changes: Any) -> ChartOfAccounts:
    """The sample chart, with other values for some of the loan account's keys."""
    content = deepcopy(SAMPLE)
    content["accounts"]["loan_principal"].update(changes)
    return ChartOfAccounts(check(AccountsFile, content, Path(FILE)))


def test_the_sample_chart_has_a_code_and_names_for_every_account() -> None:
    chart = load_chart_of_accounts(CONFIG)
    assert len(chart) == len(Account)
    for account in Account:
        booked = chart.on(account, date(2026, 1, 1))
        assert booked.code
        assert {"zh_Hans", "en"} <= set(booked.name.by_language)


@pytest.mark.parametrize(
    ("day", "code", "name"),
    [
        (date(1990, 1, 1), "1303", "Loans"),
        (date(2026, 12, 31), "1303", "Loans"),
        (date(2027, 1, 1), "130301", "Loans"),
        (date(2028, 6, 30), "130301", "Loans"),
        (date(2028, 7, 1), "1303.02", "Loans, principal"),
        (date(2100, 1, 1), "1303.02", "Loans, principal"),
    ],
)
def test_a_code_holds_from_its_day_until_the_next_one(day: date, code: str, name: str) -> None:
    booked = chart_with(changes=CHANGES).on(Account.LOAN_PRINCIPAL, day)
    assert (booked.code, booked.name.in_language("en")) == (code, name)


def test_the_accounts_of_a_span_are_all_that_are_valid_within_it() -> None:
    chart = chart_with(changes=CHANGES)
    codes = [b.code for b in chart.between(date(2026, 12, 1), date(2027, 1, 1)) if b.account is Account.LOAN_PRINCIPAL]
    assert codes == ["1303", "130301"]
    assert [b.code for b in chart.changes(date(2026, 1, 1), date(2030, 1, 1))] == ["130301", "1303.02"]
    assert chart.changes(date(2027, 1, 1), date(2028, 6, 30)) == []


Edit = Callable[[dict[str, Any]], object]

MISTAKES: list[tuple[Edit, str]] = [
    (lambda it: it.pop("loss"), "accounts.loss: expected this account to have a code, a name and a type."),
    (
        lambda it: it.update(los=it.pop("loss")),
        "accounts.los: expected an account of the ledger, perhaps loss.",
    ),
    (
        lambda it: it["cash"].update(code="1303"),
        "accounts.loan_principal.code: expected a code that cash has never had, found '1303'.",
    ),
    (
        lambda it: it["loss"].update(changes=[{"since": date(2027, 1, 1), "code": "1002"}]),
        "accounts.loss.changes.1.code: expected a code that cash has never had, found '1002'.",
    ),
    (
        lambda it: (it["loss"].update(code="67.01"), it["recovery_income"].update(code="67-01")),
        "accounts.recovery_income.code: expected a code that loss has never had, found '67-01'.",
    ),
    (
        lambda it: it["cash"].update(
            changes=[{"since": date(2027, 1, 1), "code": "1"}, {"since": date(2028, 1, 1), "code": "1002"}]
        ),
        "accounts.cash.changes: expected each code once.",
    ),
    (
        lambda it: it["cash"].update(
            changes=[{"since": date(2027, 1, 1), "code": "1"}, {"since": date(2027, 1, 1), "code": "2"}]
        ),
        "accounts.cash.changes.2.since: expected a date after 2027-01-01, found '2027-01-01'.",
    ),
    (
        lambda it: it["cash"].update(code="=1+1"),
        'accounts.cash.code: expected digits and Latin letters, with dots or hyphens within, such as "113201", '
        "found '=1+1'.",
    ),
    (lambda it: it["cash"].update(code=1002), "accounts.cash.code: expected text in quotes, found 1002."),
    (
        lambda it: it["cash"].update(type="till"),
        "accounts.cash.type: expected one of 'asset', 'liability', 'equity', 'income' or 'expense', found 'till'.",
    ),
    (
        lambda it: it["cash"].update(changes=[{"since": "2027-01-01", "code": "1"}]),
        "accounts.cash.changes.1.since: expected a date without quotes, such as 2025-05-20, found '2027-01-01'.",
    ),
    (lambda it: it["cash"].update(kode="1"), "accounts.cash.kode: expected only known keys"),
]


@pytest.mark.parametrize(("edit", "sentence"), MISTAKES)
def test_a_mistake_is_refused_where_it_stands(edit: Edit, sentence: str) -> None:
    content = deepcopy(SAMPLE)
    edit(content["accounts"])
    with pytest.raises(ConfigurationError) as refusal:
        check(AccountsFile, content, Path(FILE))
    assert str(refusal.value).startswith(f"accounts.toml: {sentence}")


def test_a_folder_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"accounts\.toml: expected the file to exist"):
        load_chart_of_accounts(tmp_path)
