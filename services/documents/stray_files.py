"""Sweeping out bytes that nobody names.

Bytes go into the store before the row that names them and leave it after the row says so, so a crash in between leaves
bytes behind. Nothing young is touched: its row may be about to be written.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from services.clock import Clock
from services.db import Database
from services.gateways import DocumentStore
from services.models import ContractRow, DocumentRow, ExtensionRow, LoanRow

YOUNG: Final = timedelta(days=1)
"""Between storing bytes and naming them lie seconds."""
MOST_STRAYS: Final = 500
"""More than crashes can leave behind: the deletions of one day's `Documents.forget_abandoned`, cut short."""
_AT_ONCE: Final = 500

Name = tuple[InstrumentedAttribute[str] | InstrumentedAttribute[str | None], ColumnElement[bool] | None]
NAMES: Final[Sequence[Name]] = (
    (DocumentRow.storage_key, DocumentRow.deleted_at.is_(None)),
    (ContractRow.storage_key, None),
    (ContractRow.signed_storage_key, None),
    (LoanRow.certificate_storage_key, None),
    (ExtensionRow.paper_storage_key, None),
)
"""Every column that names bytes in the store, and when it means it: those of a deleted paper are to be gone."""


class TooManyStrays(RuntimeError):
    """So many nameless files mean another database than the store's, or an old copy of it. Nothing was deleted."""


class StrayFiles:
    """The store, compared with the database."""

    def __init__(self, database: Database, clock: Clock, store: DocumentStore) -> None:
        self._database = database
        self._clock = clock
        self._store = store

    async def sweep(self) -> int:
        """Delete what was stored more than a day ago and has no name; answers how many. Raises TooManyStrays."""
        # The store is read before the database: what is named meanwhile is found there.
        strays = await self._nameless(await self._store.stored_before(self._clock.now() - YOUNG))
        if len(strays) > MOST_STRAYS:
            raise TooManyStrays(f"{len(strays)} files in the document store are named by no row of the database")
        for key in strays:
            await self._store.delete(key)
        return len(strays)

    async def _nameless(self, keys: Sequence[str]) -> list[str]:
        named: set[str | None] = set()
        async with self._database.reading() as session:
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                for column, meant in NAMES:
                    query = select(column).where(column.in_(some))
                    named.update(await session.scalars(query if meant is None else query.where(meant)))
        return [key for key in keys if key not in named]
