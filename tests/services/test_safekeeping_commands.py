"""The commands for keys and the audit log: what they print, and how they end."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from main import app
from services.clock import SystemClock
from services.db import Database
from services.documents.document_store import EncryptedFolder, stored_files
from services.safekeeping.sealed_folder import SealedFolder
from services.vault import Vault
from tests.builders import open_front_office

OLD, NEW = Vault.new_key("k1"), Vault.new_key("k2")


@pytest.fixture
def lender_at_work(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lender with one application and one paper, under the key `k1`; answers the file of its database."""
    file = tmp_path / "loanline.db"
    monkeypatch.setenv("LOANLINE_DATABASE_URL", f"sqlite+aiosqlite:///{file}")
    monkeypatch.setenv("LOANLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LOANLINE_KEYS", OLD)

    async def lend() -> None:
        vault = Vault.from_text(OLD)
        office = open_front_office(Database(f"sqlite+aiosqlite:///{file}"), vault)
        await office.submitted(await office.borrower())
        await EncryptedFolder(tmp_path / "documents", vault, office.clock).put(b"a paper")
        await office.database.close()

    asyncio.run(lend())
    return file


def said(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_keys_are_listed_with_what_lies_under_them(lender_at_work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANLINE_KEYS", f"{NEW},{OLD}")
    result = said("keys")
    assert result.exit_code == 0, result.stderr
    head, *rows = [line.split() for line in result.stdout.splitlines()]
    assert head == ["place", "k2", "(in", "use)", "k1", "none", "of", "them"]
    assert ["borrowers/phone_sealed", "0", "1", "0"] in rows
    assert ["borrowers/phone_fingerprint", "0", "1", "0"] in rows
    assert ["documents", "0", "1", "0"] in rows


def test_a_key_that_is_missing_ends_with_status_1(lender_at_work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANLINE_KEYS", NEW)
    result = said("keys")
    assert result.exit_code == 1
    assert "a key that is not in LOANLINE_KEYS" in " ".join(result.stderr.split())


def test_after_a_change_of_keys_the_old_one_may_go(
    lender_at_work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOANLINE_KEYS", f"{NEW},{OLD}")
    result = said("rotate-keys")
    assert result.exit_code == 0, result.stderr
    assert "nothing is left under k1: it may go" in result.stderr
    monkeypatch.setenv("LOANLINE_KEYS", NEW)
    assert said("keys").exit_code == 0
    (paper,) = stored_files(tmp_path / "documents")
    vault = Vault.from_text(NEW)
    key = paper.name
    assert asyncio.run(EncryptedFolder(tmp_path / "documents", vault, SystemClock()).get(key)) == b"a paper"


def test_two_changes_of_keys_at_once_are_refused(lender_at_work: Path, tmp_path: Path) -> None:
    with SealedFolder(tmp_path / "documents", Vault.from_text(OLD)).alone():
        result = said("rotate-keys")
    assert result.exit_code == 1
    assert "another process" in result.stderr


def test_bad_keys_are_told_of(lender_at_work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANLINE_KEYS", "k1:short")
    result = said("keys")
    assert result.exit_code == 1
    assert "LOANLINE_KEYS" in result.stderr


def test_the_head_is_one_line_that_verification_takes_back(lender_at_work: Path) -> None:
    head = said("audit-head")
    assert head.exit_code == 0, head.stderr
    result = said("verify-audit", "--anchor", head.stdout.strip())
    assert result.exit_code == 0, result.stderr
    assert "The audit log holds" in result.stderr


def test_a_changed_entry_is_named(lender_at_work: Path) -> None:
    said("audit-head")
    with closing(sqlite3.connect(lender_at_work)) as connection:
        connection.execute("DROP TRIGGER audit_entries_no_update")
        connection.execute("UPDATE audit_entries SET action = 'signed_contract' WHERE id = 2")
        connection.commit()
    result = said("verify-audit")
    assert result.exit_code == 1
    assert "does not hold at position 2, entry 2: changed" in result.stderr


def test_entries_that_nobody_sealed_for_an_hour_end_with_status_1(lender_at_work: Path) -> None:
    # The front office of the tests lives in 2025.
    result = said("verify-audit")
    assert result.exit_code == 1
    assert "nobody seals them" in result.stderr


def test_what_is_no_anchor_is_refused(lender_at_work: Path) -> None:
    result = said("verify-audit", "--anchor", "yesterday")
    assert result.exit_code == 2
    assert "position:hash" in result.stderr


def test_an_empty_audit_log_has_no_head(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANLINE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'loanline.db'}")
    result = said("audit-head")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "empty" in result.stderr


def test_a_database_that_is_not_up_to_date_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOANLINE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
    result = said("verify-audit")
    assert result.exit_code == 1
    assert "main.py migrate" in result.stderr
