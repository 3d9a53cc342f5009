"""Revolving lines and their draws"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("applications", sa.Column("first_draw_minor", sa.BigInteger(), nullable=True))
    op.create_table(
        "credit_lines",
        sa.Column("loan_id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("minimum_draw_minor", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_credit_lines_loan_id_loans")),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_credit_lines")),
    )
    op.create_table(
        "draws",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("loan_id", IDENTITY, nullable=False),
        sa.Column("borrower_id", IDENTITY, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_attempts", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_how", sa.String(length=16), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_out_on", sa.Date(), nullable=True),
        sa.Column("paid_out_by", sa.BigInteger(), nullable=True),
        sa.Column("payout_reference", sa.String(length=64), nullable=True),
        sa.Column("event_position", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrowers.id"], name=op.f("fk_draws_borrower_id_borrowers")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_draws_loan_id_loans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
        sa.UniqueConstraint("payout_reference", name=op.f("uq_draws_payout_reference")),
        sa.UniqueConstraint("reference", name=op.f("uq_draws_reference")),
    )
    for column in ("borrower_id", "loan_id", "status"):
        op.create_index(op.f(f"ix_draws_{column}"), "draws", [column])


def downgrade() -> None:
    op.drop_table("draws")
    op.drop_table("credit_lines")
    op.drop_column("applications", "first_draw_minor")
