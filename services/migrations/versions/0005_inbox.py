"""Updates are stored before they are handled, and each person's place in the dialogues in one row"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CONTRACT = "the release from which several processes may serve: the one process before it stops for the upgrade"

_OPEN = sa.text("done_at IS NULL")
_CLAIMED = sa.text("claimed_by IS NOT NULL")

_KEEP_PLACES = """
    INSERT INTO conversations (user_id, step, place)
    SELECT p.user_id, s.step, p.place
    FROM conversation_places p
    LEFT JOIN conversation_steps s ON s.dialogue = 'borrower' AND s.chat_id = p.user_id AND s.user_id = p.user_id
"""
_KEEP_STEPS = """
    INSERT INTO conversations (user_id, step, place)
    SELECT s.user_id, s.step, '{}'
    FROM conversation_steps s
    WHERE s.dialogue = 'borrower' AND s.chat_id = s.user_id
      AND NOT EXISTS (SELECT 1 FROM conversation_places p WHERE p.user_id = s.user_id)
"""


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_open", "inbox", ["lane", "update_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index(
        "uq_inbox_claimed_lane", "inbox", ["lane"], unique=True, sqlite_where=_CLAIMED, postgresql_where=_CLAIMED
    )
    op.create_index("ix_inbox_done_at", "inbox", ["done_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "conversations",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=64), nullable=True),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_conversations")),
    )
    op.execute(_KEEP_PLACES)
    op.execute(_KEEP_STEPS)
    op.drop_table("conversation_places")
    op.drop_table("conversation_steps")


def downgrade() -> None:
    op.create_table(
        "conversation_steps",
        sa.Column("dialogue", sa.String(length=32), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("dialogue", "chat_id", "user_id", name=op.f("pk_conversation_steps")),
    )
    op.create_table(
        "conversation_places",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_conversation_places")),
    )
    op.execute(
        "INSERT INTO conversation_steps (dialogue, chat_id, user_id, step) "
        "SELECT 'borrower', user_id, user_id, step FROM conversations WHERE step IS NOT NULL"
    )
    op.execute("INSERT INTO conversation_places (user_id, place) SELECT user_id, place FROM conversations")
    for table in ("conversations", "leases", "inbox"):
        op.drop_table(table)
