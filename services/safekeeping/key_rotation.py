"""Bringing everything under the first key while the bot runs.

A value is replaced only where it is still the one that was read, so nothing that the bot writes meanwhile is lost, and
what it writes is under the first key already. A run waits for no row: what somebody holds locked is passed over.
Nothing notes how far it came: what is not under the first key is what is left to do, so a run that was cut short, or
passed something over, is simply run again. Every batch is a transaction of its own.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import operator_did
from services.clock import Clock
from services.db import Database
from services.safekeeping.key_use import FILES
from services.safekeeping.sealed_columns import (
    FingerprintColumn,
    SealedColumn,
    fingerprint_columns,
    sealed_columns,
)
from services.safekeeping.sealed_folder import SealedFolder
from services.vault import CannotUnseal, Vault

BATCH: Final = 200
"""Rows of one transaction: on SQLite the bot waits for it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What was done in one batch of one place."""

    place: str
    """`table/column`, or `documents`."""
    moved: int
    unreadable: int = 0
    """Values that no key opens; they stay as they are."""
    twice: int = 0
    """Fingerprints that another row has under the first key: two people gave the same number in the same instant."""


class KeyRotation:
    """One change of keys."""

    def __init__(self, database: Database, vault: Vault, folder: SealedFolder, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._folder = folder
        self._clock = clock

    async def run(self) -> AsyncIterator[Progress]:
        """Seal everything with the first key, and make every fingerprint with it. That it was done is in the audit log
        once it is through. Raises RotationUnderWay."""
        moved = unreadable = 0
        with self._folder.alone():
            async for step in self._everything():
                moved, unreadable = moved + step.moved, unreadable + step.unreadable
                yield step
        async with self._database.transaction() as session:
            operator_did(
                session,
                "changed_keys",
                f"key:{self._vault.key_ids[0]}"[:48],
                now=self._clock.now(),
                details={"moved": moved, "unreadable": unreadable},
            )

    async def _everything(self) -> AsyncIterator[Progress]:
        for sealed in sealed_columns():
            async for step in self._column(sealed, sealed.column):
                yield step
        for made in fingerprint_columns():
            async for step in self._column(made, made.sealed):
                yield step
        async for step in self._files():
            yield step

    async def _column(self, place: SealedColumn | FingerprintColumn, source: Any) -> AsyncIterator[Progress]:
        """Batch by batch in the order of the primary key, each beginning behind the last row of the one before."""
        keys = list(place.table.primary_key.columns)
        query = select(*keys, place.column, source).where(
            place.column.is_not(None), ~place.under(self._vault.key_ids[0])
        )
        behind: Sequence[Any] = ()
        while True:
            after = query if not behind else query.where(tuple_(*keys) > tuple_(*behind))
            async with self._database.transaction() as session:
                batch = after.order_by(*keys).limit(BATCH).with_for_update(skip_locked=True)
                rows = (await session.execute(batch)).all()
                outcomes = [await self._move(session, place, keys, row) for row in rows]
            if not rows:
                return
            behind = rows[-1][: len(keys)]
            yield Progress(place.name, outcomes.count("moved"), outcomes.count("unreadable"), outcomes.count("twice"))

    async def _move(
        self, session: AsyncSession, place: SealedColumn | FingerprintColumn, keys: Sequence[Any], row: Sequence[Any]
    ) -> str:
        *identity, stored, sealed = row
        try:
            replacement = self._replacement(place, sealed)
        except CannotUnseal:
            return "unreadable"
        same_row = and_(*(key == value for key, value in zip(keys, identity, strict=True)))
        change = update(place.table).where(same_row, place.column == stored).values({place.column.name: replacement})
        try:
            async with session.begin_nested():
                await session.execute(change)
        except IntegrityError:
            return "twice"
        return "moved"

    def _replacement(self, place: SealedColumn | FingerprintColumn, sealed: bytes) -> bytes | str:
        if isinstance(place, SealedColumn):
            return self._vault.seal(self._vault.unseal(sealed))
        return self._vault.fingerprint(place.purpose, self._vault.unseal_text(sealed or b""))

    async def _files(self) -> AsyncIterator[Progress]:
        outdated = await self._folder.outdated()
        for start in range(0, len(outdated), BATCH):
            done = [await self._folder.reseal(path) for path in outdated[start : start + BATCH]]
            yield Progress(FILES, moved=done.count(True), unreadable=done.count(False))
