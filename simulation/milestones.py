"""What the people of a town got to."""

from collections import Counter

from sqlalchemy import func, select

from services.models import (
    ApplicationRow,
    BorrowerRow,
    ContractRow,
    DrawRow,
    ExtensionRow,
    HandoffRow,
    LoanRow,
    OutboxRow,
    PaymentRow,
)
from simulation.town import Town


async def reached(town: Town) -> Counter[str]:
    """How many there are of everything that a lender counts, by what it is and its state."""
    found: Counter[str] = Counter()
    by_status = {
        "application": ApplicationRow.status,
        "loan": LoanRow.status,
        "payment": PaymentRow.status,
        "draw": DrawRow.status,
        "extension": ExtensionRow.status,
        "handoff": HandoffRow.kind,
        "message": OutboxRow.kind,
    }
    async with town.records.reading() as session:
        found["borrowers"] = await session.scalar(select(func.count(BorrowerRow.id))) or 0
        signed = select(func.count(ContractRow.id)).where(ContractRow.signed_at.is_not(None))
        found["contracts signed"] = await session.scalar(signed) or 0
        for name, column in by_status.items():
            counts = await session.execute(select(column, func.count()).group_by(column))
            found.update({f"{name} {value}": count for value, count in counts})
    return found
