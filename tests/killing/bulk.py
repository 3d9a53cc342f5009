"""Many borrowers alike, each with a loan on which a reminder is due: they are written to and say nothing."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from sandbox import Sandbox
from services.db import Database
from services.models import Base, LoanRow

FOLLOW_A_LOAN = ("loan_events", "installments", "accrual_forecasts", "ledger_entries")
"""Tables whose rows belong to a loan and are copied with it, as far as they exist."""
UNIQUE = ("reference", "payout_reference")
PERSONAL = ("phone_fingerprint", "id_number_fingerprint")


class Bulk:
    """Copies of one loan, each with a borrower of its own."""

    def __init__(self, sandbox: Sandbox, database: Database, loan_id: int) -> None:
        self._sandbox = sandbox
        self._database = database
        self._loan_id = loan_id
        self._numbers = count(1)
        self.people: list[int] = []

    async def add(self, how_many: int) -> None:
        """So many more."""
        async with self._database.transaction() as session:
            model = await session.get_one(LoanRow, self._loan_id)
            for _ in range(how_many):
                await self._copy(session, model)

    async def _copy(self, session: AsyncSession, model: LoanRow) -> None:
        number = next(self._numbers)
        person = self._sandbox.add_person(f"Quiet {number}", language_code="en")
        self._sandbox.world.chats[person.id].started = True
        self.people.append(person.id)
        unique = dict.fromkeys(UNIQUE, f"Q{number:07}")
        own = {"telegram_id": person.id, **dict.fromkeys(PERSONAL), **unique}
        made: dict[str, dict[int, int]] = {}
        for name, number_of in (
            ("borrowers", model.borrower_id),
            ("applications", model.application_id),
            ("offers", model.offer_id),
            ("loans", model.id),
        ):
            await _copied(session, name, "id", number_of, own, made)
        await _copied(session, "contracts", "offer_id", model.offer_id, own, made)
        for name in FOLLOW_A_LOAN:
            if name in Base.metadata.tables:
                await _copied(session, name, "loan_id", model.id, {}, made)


async def _copied(
    session: AsyncSession,
    name: str,
    key: str,
    value: int,
    own: Mapping[str, Any],
    made: dict[str, dict[int, int]],
) -> None:
    """Copy the rows of a table whose `key` is `value`, pointing at what was copied before."""
    table: Table = Base.metadata.tables[name]
    for row in (await session.execute(select(table).where(table.c[key] == value))).mappings().all():
        values = {column: each for column, each in row.items() if column != "id"}
        for column in table.c:
            for foreign in column.foreign_keys:
                copies = made.get(foreign.column.table.name, {})
                values[column.name] = copies.get(values[column.name], values[column.name])
        values |= {column: each for column, each in own.items() if column in values and row[column] is not None}
        if "id" in row:
            copy = (await session.execute(insert(table).values(values).returning(table.c.id))).scalar_one()
            made.setdefault(name, {})[row["id"]] = copy
        else:
            await session.execute(insert(table).values(values))
