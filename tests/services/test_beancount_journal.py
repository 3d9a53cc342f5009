"""Beancount adds up what we write as we do, and would say so if it did not."""

import json
import subprocess
import sys
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounting.beancount_journal import BeancountJournal
from services.accounting.journal import JournalEntry
from services.accounting.scenario_journal import RefusedScenario, replayed_loans, written
from services.configuration.chart_of_accounts import (
    FILE,
    AccountsFile,
    ChartOfAccounts,
    load_chart_of_accounts,
)
from services.configuration.reading import check, read_toml
from services.engine import jsonio
from services.engine.errors import EngineError
from services.engine.ledger import Account, balances
from tests.builders import cny
from tests.engine.profiles import examples
from tests.engine.strategies import scenarios
from tests.services.beans import errors_of, figures, figures_of, postings_of
from tests.services.desk import CONFIG

CHART = load_chart_of_accounts(CONFIG)
LIFE = {
    "terms": {
        "currency": "CNY",
        "principal": "6000",
        "annual_rate": "12",
        "disbursed_on": "2026-01-10",
        "installments": 6,
    },
    "policy": {"penalty": {"annual_rate": "18", "base": "overdue_principal"}},
    "events": [
        {"on": "2026-02-10", "type": "repay", "amount": "500"},
        {"on": "2026-03-20", "type": "repay", "amount": "9000"},
        {"on": "2026-03-21", "type": "refund", "amount": "10"},
    ],
    "as_of": "2026-05-11",
}


def beancount(document: Any, chart: ChartOfAccounts = CHART) -> str:
    return "".join(written(replayed_loans(json.dumps(document)), chart, BeancountJournal(chart, "test")))


def chart_changing(changes: dict[date, Account]) -> ChartOfAccounts:
    content = deepcopy(read_toml(CONFIG / FILE))
    for number, (day, account) in enumerate(sorted(changes.items())):
        content["accounts"][account].setdefault("changes", []).append({"since": day, "code": f"9{number}"})
    return ChartOfAccounts(check(AccountsFile, content, Path(FILE)))


def is_accepted(document: Any) -> bool:
    try:
        jsonio.replayed(jsonio.parse(json.dumps(document)))
    except EngineError:
        return False
    return True


@given(document=scenarios().filter(is_accepted))
@examples(60)
def test_beancount_finds_no_error_and_the_engines_balances(document: Any) -> None:
    state = jsonio.replayed(jsonio.parse(json.dumps(document)))
    currency = document["terms"]["currency"]
    assert figures_of(beancount(document)) == figures(balances(state.ledger, currency))


@given(
    document=scenarios().filter(is_accepted),
    changes=st.dictionaries(
        st.dates(date(2023, 12, 1), date(2027, 12, 1)), st.sampled_from(list(Account)), min_size=1, max_size=5
    ),
)
@examples(30)
def test_whatever_codes_change_meanwhile_the_balances_stay(document: Any, changes: dict[date, Account]) -> None:
    state = jsonio.replayed(jsonio.parse(json.dumps(document)))
    currency = document["terms"]["currency"]
    assert figures_of(beancount(document, chart_changing(changes))) == figures(balances(state.ledger, currency))


@given(documents=st.lists(scenarios().filter(is_accepted), min_size=2, max_size=4))
@examples(10)
def test_several_loans_in_several_currencies_make_one_journal(documents: list[Any]) -> None:
    loans = replayed_loans(json.dumps(documents))
    expected: dict[Any, Any] = {}
    for loan in loans:
        for place, amount in figures(balances(loan.state.ledger, loan.currency)).items():
            expected[place] = expected.get(place, 0) + amount
    assert figures_of(beancount(documents)) == {place: amount for place, amount in expected.items() if amount}


def test_from_the_day_of_a_change_postings_stand_under_the_new_code_and_the_balance_with_them() -> None:
    changed_on = date(2026, 3, 1)
    posted = postings_of(beancount(LIFE, chart_changing({changed_on: Account.LOAN_PRINCIPAL})))
    under_old = [(day, amount) for day, account, amount in posted if account == "Assets:1303"]
    under_new = [(day, amount) for day, account, amount in posted if account == "Assets:90"]
    assert [day for day, _ in under_old] == [date(2026, 1, 10), date(2026, 2, 10), changed_on]
    assert sum(amount for _, amount in under_old) == 0
    assert under_new[0] == (changed_on, -under_old[-1][1])
    assert {day for day, _ in under_new[1:]} == {date(2026, 3, 20)}


def test_a_cent_too_much_is_an_error_to_beancount() -> None:
    text = beancount(LIFE)
    asserted = next(line for line in text.splitlines() if " balance Assets:1002 " in line)
    figure = asserted.split()[3]
    wrong = asserted.replace(figure, str(cny(figure).amount + cny("0.01").amount))
    assert len(errors_of(text.replace(asserted, wrong))) == 1


def test_bean_check_accepts_the_file(tmp_path: Path) -> None:
    file = tmp_path / "life.beancount"
    file.write_text(beancount(LIFE), encoding="utf-8")
    assert file.stat().st_size > 1000
    bean_check = Path(sys.executable).with_name("bean-check")
    checked = subprocess.run([bean_check, file], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_an_entry_names_its_event_and_links_its_loan() -> None:
    text = beancount(LIFE)
    assert '2026-02-10 * "repay" ^scenario-1\n' in text
    assert '  event: "0"\n' in text


def test_what_others_wrote_cannot_break_out_of_its_quotes() -> None:
    entry = JournalEntry(
        number=1,
        on=date(2026, 1, 10),
        recorded_at=None,
        loan='L1" ; 甲',
        cause="repay",
        event=3,
        payment="P1",
        bank_reference='a\\"\n2026-01-01 open Assets:Theirs',
        debit=Account.CASH,
        credit=Account.LOAN_PRINCIPAL,
        amount=cny("1"),
        memo='say "hello"\\',
    )
    opened = "".join(f"2026-01-01 open Assets:{code}\n" for code in ("1002", "1303"))
    assert errors_of(opened + BeancountJournal(CHART, "test").entry(entry)) == []


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (LIFE | {"as_of": "soon"}, "as_of"),
        ([LIFE, LIFE | {"as_of": "soon"}], "[1].as_of"),
        ([LIFE | {"as_of": "soon"}], "[0].as_of"),
        ([], "$"),
    ],
)
def test_a_document_that_replay_refuses_makes_no_journal(document: Any, field: str) -> None:
    with pytest.raises(RefusedScenario) as refusal:
        replayed_loans(json.dumps(document))
    assert json.loads(str(refusal.value))["field"] == field
