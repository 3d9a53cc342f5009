"""Alembic's entry point: migrations run on the connection that `services.schema` hands over."""

from alembic import context

from services.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
