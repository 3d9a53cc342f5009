"""Inserting under a unique key, the same on SQLite and PostgreSQL."""

from typing import TypeAlias

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from services.models import Base

Insert: TypeAlias = sqlite.Insert | postgresql.Insert
"""An INSERT that knows ON CONFLICT."""


def insert_into(session: AsyncSession, table: type[Base]) -> Insert:
    """An INSERT in the dialect of the session's database."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
