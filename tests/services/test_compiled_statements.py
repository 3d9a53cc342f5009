"""What one engine of a process has compiled, the next need not compile again."""

from pathlib import Path

import pytest
from sqlalchemy import Select, literal, select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler

from services.compiled_statements import CompiledStatements
from services.db import Database


def echoed(word: str) -> Select[tuple[str]]:
    """A statement that nobody else asks, answered by the word that is its parameter."""
    return select(literal(word).label("echoed_by_this_test"))


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The selects that are compiled while the test runs."""
    seen: list[str] = []
    visit = SQLiteCompiler.visit_select

    def told(compiler: SQLiteCompiler, statement: Select[tuple[str]], *args: object, **named: object) -> str:
        text: str = visit(compiler, statement, *args, **named)
        seen.append(text)
        return text

    monkeypatch.setattr(SQLiteCompiler, "visit_select", told)
    return seen


async def test_engines_after_one_another_compile_a_statement_once_and_ask_with_values_of_their_own(
    tmp_path: Path, compiled: list[str]
) -> None:
    for name in ("one", "another"):
        database = Database(f"sqlite+aiosqlite:///{tmp_path / name}.db")
        async with database.reading() as session:
            assert await session.scalar(echoed(f"looked at {name}")) == f"looked at {name}"
        async with database.transaction() as session:
            assert await session.scalar(echoed(f"changed {name}")) == f"changed {name}"
        await database.close()
    assert len([text for text in compiled if "echoed_by_this_test" in text]) == 1


def test_what_is_compiled_for_one_database_is_not_for_another() -> None:
    kept = CompiledStatements(most=10)
    kept[(SQLiteDialect_aiosqlite(), "key")] = "compiled"
    assert kept.get((SQLiteDialect_aiosqlite(), "key")) == "compiled"
    assert kept.get((PGDialect_asyncpg(), "key")) is None
    assert kept.get((SQLiteDialect_aiosqlite(), "another key")) is None
