"""Indexes by which the journal, the sender and the day's work find their rows"""

import sqlalchemy as sa

from services.migrations.online import create_index, drop_index

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("ix_ledger_entries_effective_on", "ledger_entries", ("effective_on", "id")),
    ("ix_ledger_entries_recorded_at", "ledger_entries", ("recorded_at", "id")),
    ("ix_offers_status", "offers", ("status", "expires_at")),
    ("ix_documents_payment_id", "documents", ("payment_id",)),
    ("ix_desk_messages_thread", "desk_messages", ("chat_id", "thread_id")),
    ("ix_borrowers_time_zone", "borrowers", ("time_zone",)),
    ("ix_information_requests_answer_by", "information_requests", ("answer_by",)),
)
PARTIAL: dict[str, tuple[tuple[str, ...], str]] = {
    "ix_outbox_due_desk": (("next_attempt_at", "id"), "status = 'pending' AND message_class IN ('desk')"),
    "ix_outbox_due_service": (("next_attempt_at", "id"), "status = 'pending' AND message_class IN ('service')"),
    "ix_outbox_due_bulk": (
        ("next_attempt_at", "id"),
        "status = 'pending' AND message_class IN ('reminder', 'dunning', 'upkeep')",
    ),
    "ix_outbox_claimed": (("claimed_at",), "status = 'claimed'"),
    "ix_outbox_sent_at": (("sent_at",), "sent_at IS NOT NULL"),
}
REPLACED = "ix_outbox_status_next_attempt"


def upgrade() -> None:
    for name, table, columns in INDEXES:
        create_index(name, table, columns)
    for name, (columns, condition) in PARTIAL.items():
        where = sa.text(condition)
        create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
    drop_index(REPLACED, "outbox")


def downgrade() -> None:
    create_index(REPLACED, "outbox", ("status", "next_attempt_at"))
    for name in PARTIAL:
        drop_index(name, "outbox")
    for name, table, _ in INDEXES:
        drop_index(name, table)
