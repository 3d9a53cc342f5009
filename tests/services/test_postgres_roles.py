"""The role that the bot runs as: everything that the bot does works, and nothing that it never does."""

import ast
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from services import schema
from services.audit.audit_chain import AuditChain
from services.db import Database
from services.repayment.payment_views import Aim
from services.safekeeping.key_rotation import KeyRotation
from services.safekeeping.sealed_folder import SealedFolder
from services.vault import Vault
from tests.conversations.consistency import nothing_is_corrupted
from tests.conversations.debtors import line_holder, paid_out, pay
from tests.conversations.desk_matters import asked, sent_receipt
from tests.conversations.town import Town

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
ROLES = ROOT / "deploy" / "postgres" / "roles.sql"
PATIENCE_S = 10
REFUSED = (
    "CREATE TABLE mine (id integer)",
    "ALTER TABLE borrowers ADD COLUMN mine integer",
    "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
    "DROP TABLE allowances",
    "TRUNCATE allowances",
    "TRUNCATE ledger_entries",
    "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "DELETE FROM audit_entries",
    "UPDATE audit_entries SET action = 'nothing'",
    "DELETE FROM audit_seals",
    "UPDATE ledger_entries SET amount_minor = 0",
    "DELETE FROM loan_events",
    "UPDATE decisions SET outcome = 'approved'",
    "UPDATE handoff_messages SET staff_id = 1",
    "DELETE FROM handoff_messages",
    "DELETE FROM borrowers",
    "DELETE FROM payments",
    "UPDATE alembic_version SET version_num = '0001'",
    "COPY borrowers TO PROGRAM 'cat'",
)


async def laid_out(database: Database) -> None:
    """Run the file in the database as its superuser."""
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute(ROLES.read_text(encoding="utf-8"))


def url_as(database: Database, role: str) -> str:
    return make_url(str(database.engine.url)).set(username=role).render_as_string(hide_password=False)


@pytest.fixture
async def as_app(postgres: Database) -> AsyncIterator[Database]:
    """The database, as the bot sees it."""
    await laid_out(postgres)
    database = Database(url_as(postgres, "loanline_app"))
    yield database
    await database.close()


@pytest.mark.parametrize("statement", REFUSED)
async def test_the_bots_role_is_refused_what_the_bot_never_does(as_app: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        async with as_app.transaction() as session:
            await session.execute(text(statement))


async def test_the_bot_lives_a_whole_day_as_its_role(as_app: Database, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        town = Town(tmp_path, stack, database_url=url_as(as_app, "loanline_app"))
        await town.open()
        debtor = await paid_out(town, await town.borrower("en"))
        await pay(town, debtor, Aim.DUE)
        await line_holder(town)
        await sent_receipt(town, await town.borrower())
        await asked(town, await town.borrower())
        await debtor.person.say("/repay")
        await town.restart()
        await debtor.person.say("/loans")
        await town.pass_time(days=40)
        await nothing_is_corrupted(town)
        assert town.errors == []


async def test_keys_are_changed_and_the_audit_log_is_sealed_as_the_bots_role(as_app: Database, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        town = Town(tmp_path, stack, database_url=url_as(as_app, "loanline_app"))
        await town.open()
        await asked(town, await town.borrower())
        keys = f"{Vault.new_key('k2')},{town.process.settings.keys.get_secret_value()}"
        vault = Vault.from_text(keys)
        rotation = KeyRotation(as_app, vault, SealedFolder(tmp_path / "documents", vault), town.clock)
        assert sum([step.moved async for step in rotation.run()]) > 0
        chain = AuditChain(as_app, town.clock)
        assert await chain.seal() > 0
        assert (await chain.verify()).broken is None


async def test_the_file_may_be_run_again_while_somebody_reads(postgres: Database) -> None:
    await laid_out(postgres)
    async with postgres.transaction() as session, asyncio.timeout(PATIENCE_S):
        await session.execute(text("SELECT count(*) FROM borrowers"))
        await laid_out(postgres)


async def test_the_file_may_be_run_again_and_leaves_rights_as_they_are(postgres: Database) -> None:
    rights = text(
        "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname"
    )
    await laid_out(postgres)
    async with postgres.reading() as session:
        once = (await session.execute(rights)).all()
    await laid_out(postgres)
    async with postgres.reading() as session:
        assert (await session.execute(rights)).all() == once


async def test_the_owner_brings_an_empty_database_up_to_date(empty_postgres: Database) -> None:
    await laid_out(empty_postgres)
    owner = Database(url_as(empty_postgres, "loanline_owner"))
    await schema.upgrade(owner)
    assert await schema.is_current(owner)
    await owner.close()
    await laid_out(empty_postgres)
    app = Database(url_as(empty_postgres, "loanline_app"))
    assert await schema.is_current(app)
    await app.close()


def deleted_from() -> set[str]:
    """The tables that some statement of the services deletes from."""
    found = set()
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete":
                if isinstance(node.args[0], ast.Call):
                    # A restore empties what it finds, and is run as the owner.
                    continue
                module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
                of = getattr(module, ast.unparse(node.args[0]))
                found.add(of.name if isinstance(of, Table) else of.__tablename__)
    return found


async def test_the_bot_may_delete_where_the_code_does_and_nowhere_else(as_app: Database) -> None:
    query = text(
        "SELECT table_name FROM information_schema.role_table_grants "
        "WHERE grantee = 'loanline_app' AND privilege_type = 'DELETE'"
    )
    async with as_app.reading() as session:
        allowed = set((await session.execute(query)).scalars())
    assert allowed == deleted_from()
