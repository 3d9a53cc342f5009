"""docs/accounting.md shows the accounts and the postings as they are."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.configuration.chart_of_accounts import load_chart_of_accounts
from services.engine import jsonio
from services.engine.ledger import Account

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "accounting.md").read_text(encoding="utf-8")
CHART = load_chart_of_accounts(ROOT / "config")
LIVES = re.findall(r"```json\n(.*?)```\n\n(\| day .*?)\n\n", TEXT, re.DOTALL)


def rows_of(table: str) -> list[list[str]]:
    """The cells of a table below its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


@pytest.mark.parametrize(("block", "table"), LIVES, ids=lambda text: text.split('"')[3] if "{" in text else "")
def test_a_life_is_posted_as_the_page_says(block: str, table: str) -> None:
    state = jsonio.replayed(json.loads(block)["input"])
    posted: list[Any] = [
        [
            entry.on.isoformat(),
            CHART.on(entry.debit, entry.on).code,
            CHART.on(entry.credit, entry.on).code,
            str(entry.amount.amount),
        ]
        for entry in state.ledger
    ]
    assert [[day, debit, credit, amount] for day, _, debit, credit, amount in rows_of(table)] == posted


def test_the_page_lists_the_whole_chart_as_delivered() -> None:
    table = re.search(r"\| code \| account of the ledger.*?\n\n", TEXT, re.DOTALL)
    assert table
    booked = [CHART.on(account, date(2026, 1, 1)) for account in Account]
    shown = {(code, name.strip("`"), kind) for code, name, kind, _ in rows_of(table[0].strip())}
    assert shown == {(each.code, each.account.value, each.type.value) for each in booked}


def test_the_lives_of_the_page_move_every_account() -> None:
    assert len(LIVES) == 2
    states = [jsonio.replayed(json.loads(block)["input"]) for block, _ in LIVES]
    moved = {account for state in states for entry in state.ledger for account in (entry.debit, entry.credit)}
    assert moved == set(Account)


def test_every_link_of_the_page_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert links
    assert all((ROOT / "docs" / link).exists() for link in links)
