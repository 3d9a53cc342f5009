"""How often a person has done what costs much."""

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base


class AllowanceRow(Base):
    """What one person has spent of one allowance, as a single instant: see `services.people.allowances`."""

    __tablename__ = "allowances"

    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), primary_key=True, autoincrement=False)
    costly: Mapped[str] = mapped_column(String(24), primary_key=True)
    whole_at_us: Mapped[int] = mapped_column(BigInteger)
    """When the allowance is whole again, in microseconds since 1970 UTC."""
