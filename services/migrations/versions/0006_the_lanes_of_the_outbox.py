"""The lanes of the outbox"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_outbox_due_desk": (["next_attempt_at", "id"], "status = 'pending' AND message_class IN ('desk')"),
    "ix_outbox_due_service": (["next_attempt_at", "id"], "status = 'pending' AND message_class IN ('service')"),
    "ix_outbox_due_bulk": (
        ["next_attempt_at", "id"],
        "status = 'pending' AND message_class IN ('reminder', 'dunning', 'upkeep')",
    ),
    "ix_outbox_claimed": (["claimed_at"], "status = 'claimed'"),
    "ix_outbox_sent_at": (["sent_at"], "sent_at IS NOT NULL"),
}


def upgrade() -> None:
    op.add_column("outbox", sa.Column("claimed_by", sa.String(length=32), nullable=True))
    for name, (columns, condition) in _INDEXES.items():
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
    op.drop_index("ix_outbox_status_next_attempt", table_name="outbox")


def downgrade() -> None:
    op.create_index("ix_outbox_status_next_attempt", "outbox", ["status", "next_attempt_at"])
    for name in _INDEXES:
        op.drop_index(name, table_name="outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("claimed_by")
