"""The accountants' commands over a database: what they write, and what they refuse."""

import asyncio
import csv
import json
import shutil
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from main import app
from services.db import Database
from services.engine.jsonio import run
from tests.services.beans import figures_of
from tests.services.desk import CONFIG
from tests.services.lending import open_lending

SCENARIO = {
    "terms": {
        "currency": "CNY",
        "principal": "6000",
        "annual_rate": "12",
        "disbursed_on": "2026-01-10",
        "installments": 6,
    },
    "events": [{"on": "2026-02-10", "type": "repay", "amount": "500"}],
    "as_of": "2026-05-11",
}


@pytest.fixture
def configured(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lender with one loan of twenty days; answers the folder of its configuration."""
    shutil.copy(migrated, tmp_path / "loanline.db")
    url = f"sqlite+aiosqlite:///{tmp_path / 'loanline.db'}"
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    monkeypatch.setenv("LOANLINE_DATABASE_URL", url)
    monkeypatch.setenv("LOANLINE_CONFIG_DIR", str(folder))

    async def lend() -> None:
        database = Database(url)
        lending = open_lending(database)
        await lending.loan(await lending.borrower(), amount="5000", term=6)
        lending.clock.advance(timedelta(days=20))
        await lending.loans.accrue_all()
        await database.close()

    asyncio.run(lend())
    return folder


def said(*arguments: str, document: object = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=None if document is None else json.dumps(document))


def test_a_journal_of_days_goes_to_standard_output_as_csv(configured: Path) -> None:
    result = said("journal", "--from", "2025-11-10", "--to", "2025-11-12")
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader(StringIO(result.stdout)))
    assert [row["date"] for row in rows] == [f"2025-11-{day}" for day in (10, 10, 11, 11, 12, 12)]
    assert [row["account"] for row in rows[:2]] == ["应收利息——贷款利息", "利息收入——贷款利息"]
    assert "3 entries" in result.stderr


def test_a_journal_in_a_file_appears_whole(configured: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.beancount"
    result = said("journal", "--format", "beancount", str(file))
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert figures_of(file.read_text(encoding="utf-8"))
    assert [path.name for path in tmp_path.glob("all*")] == ["all.beancount"]


def test_a_csv_file_is_marked_for_spreadsheets(configured: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    assert said("journal", str(file)).exit_code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfentry,date,")


def test_a_journal_by_recording_holds_what_was_recorded_then(configured: Path) -> None:
    result = said("journal", "--recorded", "--from", "2025-11-25", "--to", "2025-11-25", "--effective-by", "2025-11-07")
    assert [row["date"] for row in csv.DictReader(StringIO(result.stdout))] == ["2025-11-06"] * 2 + ["2025-11-07"] * 2


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--from", "2026-02-01", "--to", "2026-01-01"], "it lies after --to"),
        (["--from", "yesterday"], "--from"),
        (["--recorded", "--recorded-by", "2026-01-01"], "--recorded has --to"),
        (["--effective-by", "2026-01-01"], "unless --recorded is given"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(configured: Path, arguments: list[str], problem: str) -> None:
    result = said("journal", *arguments)
    assert result.exit_code == 2
    assert problem in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""


def test_a_trial_balance_of_the_month_so_far(configured: Path) -> None:
    result = said("trial-balance", "--on", "2025-11-25", "--format", "csv")
    assert result.exit_code == 0, result.stderr
    rows = {row["code"]: row for row in csv.DictReader(StringIO(result.stdout))}
    assert list(rows) == ["1002", "113201", "1303", "601101"]
    assert rows["1303"]["debits"] == rows["1303"]["closing_debit"] == "5000.00"
    assert rows["113201"]["debits"] == rows["601101"]["closing_credit"] == "30.00"


def test_a_trial_balance_is_read_on_a_screen(configured: Path) -> None:
    result = said("trial-balance", "--on", "2025-11-25", "--from", "2025-11-10")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert next(line.split() for line in lines if line.startswith("1303"))[:4] == ["1303", "贷款", "CNY", "5000.00"]
    assert lines[-1].split() == ["CNY", "5006.00", "5006.00", "24.00", "24.00", "5030.00", "5030.00"]


def test_a_mistake_in_the_chart_is_told_and_nothing_is_written(configured: Path, tmp_path: Path) -> None:
    (configured / "accounts.toml").write_text("[accounts]\n", encoding="utf-8")
    for command in (["journal", str(tmp_path / "j.csv")], ["trial-balance", "--on", "2025-11-25"], ["ledger"]):
        result = said(*command, document=SCENARIO)
        assert result.exit_code == 1
        assert "accounts.toml: accounts.cash" in result.stderr
        assert result.stdout == ""
    assert not (tmp_path / "j.csv").exists()


def test_a_database_that_was_not_migrated_is_told(
    configured: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOANLINE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    result = said("journal")
    assert result.exit_code == 1
    assert "main.py migrate" in result.stderr


def test_the_ledger_of_a_scenario_is_the_replays(configured: Path) -> None:
    result = said("ledger", "--format", "csv", document=SCENARIO)
    assert result.exit_code == 0
    rows = list(csv.DictReader(StringIO(result.stdout)))
    _, answer, _ = run("replay", json.dumps(SCENARIO))
    replayed = json.loads(answer)["ledger"]
    assert [(row["date"], row["debit"]) for row in rows[::2]] == [(entry["on"], entry["amount"]) for entry in replayed]
    assert [row["cause"] for row in rows[1::2]] == [entry["memo"] for entry in replayed]
    assert figures_of(said("ledger", document=[SCENARIO, SCENARIO]).stdout)


def test_a_scenario_that_is_refused_answers_as_replay_does(configured: Path) -> None:
    wrong = SCENARIO | {"as_of": "soon"}
    result = said("ledger", document=wrong)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == run("replay", json.dumps(wrong))[2]
