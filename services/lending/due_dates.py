"""Due dates over the whole portfolio."""

from datetime import date

from sqlalchemy import func, select

from services.db import Database
from services.models import InstallmentRow


class DueDates:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def next_after(self, day: date) -> date | None:
        """The first due date after `day` on which somebody still has to pay; None when there is none."""
        query = select(func.min(InstallmentRow.due_on)).where(
            InstallmentRow.due_on > day, InstallmentRow.settled_on.is_(None)
        )
        async with self._database.reading() as session:
            found: date | None = await session.scalar(query)
            return found
