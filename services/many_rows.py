"""Inserting many rows in one transaction."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_KEEP_PLANS: Final = text("SET LOCAL plan_cache_mode = auto")


async def expect_many_rows(session: AsyncSession) -> None:
    """To be called in a transaction before it inserts many rows. PostgreSQL looks up what each row refers to by a
    statement of its own, and our connections have every execution planned anew (`services.connections`): without this
    the planning takes longer than the looking up."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_KEEP_PLANS)
