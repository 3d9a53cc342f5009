"""The database file itself, and the document store beside the rows that name its files."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.consistency.findings import MOST_OF_A_KIND, Finding, Kind
from services.documents.stray_files import NAMES, YOUNG
from services.gateways import DocumentStore

SWEPT_BY: Final = 2 * YOUNG
"""Older than that, a file without a name should be gone."""
EVERYTHING: Final = timedelta(days=1)
"""What was stored before then is all that is there, whatever a moved clock may have written on it."""


async def missing_files(session: AsyncSession, store: DocumentStore, now: datetime) -> AsyncIterator[Finding]:
    """Rows whose file is not there. Names are read before the store and once more after it: a file that comes or goes
    meanwhile is no finding."""
    named = await _named(session)
    stored = set(await store.stored_before(now + EVERYTHING))
    gone = sorted(named.keys() - stored)[:MOST_OF_A_KIND]
    # What was deleted since the snapshot shows in another transaction.
    await session.rollback()
    still_named = await _named(session, gone)
    for key in sorted(still_named):
        yield Finding(Kind.MISSING_FILE, still_named[key], f"file {key} is not in the store")


async def stray_files(session: AsyncSession, store: DocumentStore, now: datetime) -> AsyncIterator[Finding]:
    """Files without a row that the daily sweep should have taken."""
    old = await store.stored_before(now - SWEPT_BY)
    named = await _named(session)
    for key in _first(key for key in old if key not in named):
        yield Finding(Kind.STRAY_FILE, f"file:{key}", "no row names it, and it was not swept out")


async def damage(session: AsyncSession) -> AsyncIterator[Finding]:
    """SQLite reads its own file and follows every reference. PostgreSQL has sums of its own for that."""
    if session.get_bind().dialect.name != "sqlite":
        return
    for (said,) in await session.execute(text("PRAGMA quick_check")):
        if said != "ok":
            yield Finding(Kind.DAMAGE, "database", str(said))
    for table, row, parent, _ in _first(await session.execute(text("PRAGMA foreign_key_check"))):
        yield Finding(Kind.DAMAGE, f"{table}:{row}", f"it points to a row of {parent} that is not there")


async def _named(session: AsyncSession, keys: Sequence[str] | None = None) -> dict[str, str]:
    """Every file that a row names, with that row; with `keys` those among them."""
    found: dict[str, str] = {}
    for column, meant in NAMES:
        row = column.class_
        query = select(column, row.id).where(column.is_not(None) if keys is None else column.in_(keys))
        for key, identity in await session.execute(query if meant is None else query.where(meant)):
            found[key] = f"{row.__tablename__}:{identity}"
    return found


def _first(found: Iterable[Any]) -> list[Any]:
    return [each for each, _ in zip(found, range(MOST_OF_A_KIND), strict=False)]
