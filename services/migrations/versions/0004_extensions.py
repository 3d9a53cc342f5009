"""Extensions of loans"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "extensions",
        sa.Column("id", identity, nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("loan_id", identity, nullable=False),
        sa.Column("borrower_id", identity, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("asked_kind", sa.String(length=16), nullable=False),
        sa.Column("asked_installments", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decide_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("installments", sa.Integer(), nullable=True),
        sa.Column("annual_rate", sa.String(length=16), nullable=True),
        sa.Column("declined_because", sa.String(length=32), nullable=True),
        sa.Column("agreement", sa.JSON(), nullable=True),
        sa.Column("agreement_sha256", sa.String(length=64), nullable=True),
        sa.Column("code_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_attempts", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_how", sa.String(length=16), nullable=True),
        sa.Column("signed_chat_id", sa.BigInteger(), nullable=True),
        sa.Column("paper_sha256", sa.String(length=64), nullable=True),
        sa.Column("paper_storage_key", sa.String(length=64), nullable=True),
        sa.Column("event_position", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_extensions_borrower_id_borrowers")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_extensions_loan_id_loans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
        sa.UniqueConstraint("reference", name=op.f("uq_extensions_reference")),
    )
    op.create_index(op.f("ix_extensions_loan_id"), "extensions", ["loan_id"])
    op.create_index(op.f("ix_extensions_borrower_id"), "extensions", ["borrower_id"])
    op.create_index(op.f("ix_extensions_status"), "extensions", ["status"])
    op.create_index(
        "uq_extensions_open_loan",
        "extensions",
        ["loan_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_table("extensions")
