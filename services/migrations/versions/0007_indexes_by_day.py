"""Indexes by which the journal and the day's work find their rows"""

from services.migrations.online import create_index, drop_index

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_ledger_entries_effective_on", "ledger_entries", ("effective_on", "id")),
    ("ix_ledger_entries_recorded_at", "ledger_entries", ("recorded_at", "id")),
    ("ix_offers_status", "offers", ("status", "expires_at")),
    ("ix_documents_payment_id", "documents", ("payment_id",)),
    ("ix_desk_messages_thread", "desk_messages", ("chat_id", "thread_id")),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in INDEXES:
        drop_index(name, table)
