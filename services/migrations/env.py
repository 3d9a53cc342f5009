"""Alembic's entry point: migrations run on the connection that `services.schema` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from services.models import Base
from services.models.base import UtcInstant


def render(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Migrations name database types only, so that an old one still runs when our own types have changed."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcInstant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
