"""The payment whose money an event of a loan books anew"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("loan_events", sa.Column("rebooked_payment_id", number, nullable=True))


def downgrade() -> None:
    op.drop_column("loan_events", "rebooked_payment_id")
