"""The audit log with its chain, in the place of the officers' acts; allowances"""

import sqlalchemy as sa
from alembic import op

from services.migrations.immutable import make_immutable, make_mutable

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CONTRACT = "renamed behind a view of the old name, by which the version before goes on recording"

RESEALED = ("id", "handoff_id", "staff_id", "sent_at")
"""Of `handoff_messages` all but the sealed text, which a change of keys seals afresh."""


def upgrade() -> None:
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    make_mutable("staff_actions")
    if op.get_bind().dialect.name == "sqlite":
        _replace_on_sqlite(identity)
    else:
        _rename_on_postgresql()
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"])
    make_immutable("audit_entries")
    op.create_table(
        "audit_seals",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", identity, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_seals_entry_id_audit_entries")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seals_entry_id")),
    )
    make_immutable("audit_seals")
    op.create_table(
        "allowances",
        sa.Column("borrower_id", identity, autoincrement=False, nullable=False),
        sa.Column("costly", sa.String(length=24), nullable=False),
        sa.Column("whole_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_allowances_borrower_id_borrowers")),
        sa.PrimaryKeyConstraint("borrower_id", "costly", name=op.f("pk_allowances")),
    )
    make_mutable("handoff_messages")
    make_immutable("handoff_messages", RESEALED)


def _rename_on_postgresql() -> None:
    """In place, whatever its size. A view lets workers of the version before go on recording until they are gone."""
    op.rename_table("staff_actions", "audit_entries")
    op.alter_column("audit_entries", "staff_id", new_column_name="actor_id", nullable=True)
    op.add_column("audit_entries", sa.Column("actor", sa.String(length=12), server_default="staff", nullable=False))
    op.execute("ALTER INDEX pk_staff_actions RENAME TO pk_audit_entries")
    op.execute("ALTER INDEX ix_staff_actions_staff_id RENAME TO ix_audit_entries_actor_id")
    op.execute("ALTER SEQUENCE staff_actions_id_seq RENAME TO audit_entries_id_seq")
    op.execute(
        "CREATE VIEW staff_actions AS SELECT id, actor_id AS staff_id, action, subject, details, acted_at "
        "FROM audit_entries WHERE actor = 'staff'"
    )


def _replace_on_sqlite(identity: sa.types.TypeEngine[int]) -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", identity, nullable=False),
        sa.Column("actor", sa.String(length=12), server_default="staff", nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.execute(
        "INSERT INTO audit_entries (id, actor, actor_id, action, subject, details, acted_at) "
        "SELECT id, 'staff', staff_id, action, subject, details, acted_at FROM staff_actions"
    )
    op.create_index(op.f("ix_audit_entries_actor_id"), "audit_entries", ["actor_id"])
    op.drop_table("staff_actions")


def downgrade() -> None:
    """Back to the officers' acts alone; what others did, and the chain, are lost."""
    make_mutable("handoff_messages")
    make_immutable("handoff_messages")
    op.drop_table("allowances")
    make_mutable("audit_seals")
    op.drop_table("audit_seals")
    make_mutable("audit_entries")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP VIEW staff_actions")
    op.create_table(
        "staff_actions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_actions")),
    )
    op.create_index(op.f("ix_staff_actions_staff_id"), "staff_actions", ["staff_id"])
    op.execute(
        "INSERT INTO staff_actions (staff_id, action, subject, details, acted_at) "
        "SELECT actor_id, action, subject, details, acted_at FROM audit_entries WHERE actor = 'staff' ORDER BY id"
    )
    op.drop_table("audit_entries")
    make_immutable("staff_actions")
