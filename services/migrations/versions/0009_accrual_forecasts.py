"""What the coming days bring each loan, and indexes for planning a day"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accrual_forecasts",
        sa.Column("loan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("interest", sa.JSON(), nullable=False),
        sa.Column("fees", sa.JSON(), nullable=False),
        sa.Column("penalty", sa.JSON(), nullable=False),
        sa.Column("due", sa.JSON(), nullable=False),
        sa.Column("penalty_due", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_accrual_forecasts_loan_id_loans")),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_accrual_forecasts")),
    )
    op.create_index(op.f("ix_borrowers_time_zone"), "borrowers", ["time_zone"])
    op.create_index("ix_offers_status_expires", "offers", ["status", "expires_at"])
    op.create_index(op.f("ix_information_requests_answer_by"), "information_requests", ["answer_by"])


def downgrade() -> None:
    op.drop_index(op.f("ix_information_requests_answer_by"), table_name="information_requests")
    op.drop_index("ix_offers_status_expires", table_name="offers")
    op.drop_index(op.f("ix_borrowers_time_zone"), table_name="borrowers")
    op.drop_table("accrual_forecasts")
