"""How much lies under which key."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.db import Database
from services.safekeeping.sealed_columns import (
    FingerprintColumn,
    SealedColumn,
    fingerprint_columns,
    sealed_columns,
)
from services.safekeeping.sealed_folder import SealedFolder

NO_KEY: Final = ""
"""In place of a key id: what no key that is here opens or made."""
FILES: Final = "documents"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """By place (`table/column`, or `documents` for the files): how many values by key id."""

    places: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def of(self, key_id: str) -> int:
        """How many values need that key."""
        return sum(counts.get(key_id, 0) for counts in self.places.values())

    @property
    def key_ids(self) -> frozenset[str]:
        """Every key that something lies under."""
        return frozenset(key_id for counts in self.places.values() for key_id, count in counts.items() if count)


async def key_use(database: Database, folder: SealedFolder, key_ids: Sequence[str]) -> KeyUse:
    """Count everything. Reads each table once for each of its sealed columns."""
    places: dict[str, Mapping[str, int]] = {}
    columns: list[SealedColumn | FingerprintColumn] = [*sealed_columns(), *fingerprint_columns()]
    async with database.snapshot() as session:
        for place in columns:
            places[place.name] = await _counted(session, place, key_ids)
    places[FILES] = Counter(key_id if key_id in key_ids else NO_KEY for key_id in await folder.key_ids())
    return KeyUse(places)


async def _counted(
    session: AsyncSession, place: SealedColumn | FingerprintColumn, key_ids: Sequence[str]
) -> dict[str, int]:
    """NO_KEY counts what none of them fits. A fingerprint from before fingerprints named their key is among it."""
    each = [func.count().filter(place.under(key_id)) for key_id in key_ids]
    row = (await session.execute(select(func.count(place.column), *each).select_from(place.table))).one()
    in_all, *by_key = (int(count) for count in row)
    counts = {key_id: count for key_id, count in zip(key_ids, by_key, strict=True) if count}
    if left := in_all - sum(by_key):
        counts[NO_KEY] = left
    return counts
