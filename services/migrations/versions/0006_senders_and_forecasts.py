"""Who claimed a message of the outbox, and what the coming days bring each loan"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("claimed_by", sa.String(length=32), nullable=True))
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


def downgrade() -> None:
    op.drop_table("accrual_forecasts")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("claimed_by")
