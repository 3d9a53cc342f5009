"""Migrations leave the version before them at work: docs/decisions/0013."""

from pathlib import Path

import pytest

from services.schema import MIGRATIONS
from tests.services.migration_rules import forbidden_in

VERSIONS = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
HEAD = "from alembic import op\nimport sqlalchemy as sa\n\n\ndef upgrade() -> None:\n    "


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_no_migration_takes_away_what_the_version_before_it_uses(path: Path) -> None:
    assert forbidden_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "step",
    [
        'op.drop_column("loans", "terms")',
        'op.drop_table("loans")',
        'op.rename_table("loans", "credits")',
        'op.add_column("loans", sa.Column("color", sa.String(8), nullable=False))',
        'op.alter_column("loans", "closed_on", nullable=False)',
        'op.alter_column("loans", "closed_on", new_column_name="ended_on")',
        'op.create_index("ix_loans_terms", "loans", ["terms"])',
        'op.create_unique_constraint("uq_loans_terms", "loans", ["terms"])',
        'op.create_foreign_key("fk", "loans", "borrowers", ["a"], ["b"])',
        'op.execute("ALTER TABLE loans ALTER COLUMN terms SET NOT NULL")',
        'op.execute("CREATE INDEX ix ON loans (terms)")',
        'with op.batch_alter_table("loans") as batch:\n        batch.drop_column("terms")',
        'with op.batch_alter_table("loans") as batch:\n        batch.create_index("ix", ["terms"])',
    ],
)
def test_a_step_that_would_break_or_block_it_is_found(step: str) -> None:
    (found,) = forbidden_in(HEAD + step)
    assert "loans" in found or "by hand" in found


@pytest.mark.parametrize(
    "step",
    [
        'op.add_column("loans", sa.Column("color", sa.String(8), nullable=True))',
        'op.add_column("loans", sa.Column("color", sa.String(8), nullable=False, server_default="red"))',
        'op.create_table("colors", sa.Column("id", sa.Integer()))\n    op.create_index("ix_colors", "colors", ["id"])',
        'op.execute("UPDATE loans SET color = NULL WHERE false")',
        "pass\n\ndef downgrade() -> None:\n    op.drop_table('colors')",
    ],
)
def test_a_step_that_adds_is_allowed(step: str) -> None:
    assert forbidden_in(HEAD + step) == []


def test_an_index_built_beside_writers_has_a_migration_of_its_own() -> None:
    build = 'create_index("ix_loans_terms", "loans", ["terms"])'
    assert forbidden_in(HEAD + build) == []
    column = 'op.add_column("loans", sa.Column("color", sa.String(8), nullable=True))'
    (found,) = forbidden_in(f"{HEAD}{column}\n    {build}")
    assert "a migration of its own" in found


def test_a_contract_step_says_why_and_is_allowed() -> None:
    drop = HEAD + 'op.drop_column("loans", "color")\n'
    assert forbidden_in(drop + '\nCONTRACT = "nothing reads loans.color since 0.9"\n') == []
    assert forbidden_in(drop + '\nCONTRACT = ""\n')
