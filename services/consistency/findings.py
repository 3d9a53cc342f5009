"""What a check of the books can find."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.wording import Label

MOST_OF_A_KIND: Final = 100
"""No more of one kind are named: beyond that the cause matters, not the cases."""


class Kind(StrEnum):
    """What is wrong."""

    LEDGER = "ledger"
    """A loan's accounts cannot stand as they do."""
    PAYMENT = "payment"
    """A payment and what was booked for it differ."""
    DUE_DATES = "due_dates"
    """A loan's row and its installments disagree."""
    REPLAY = "replay"
    """A replay of the loan says something else than its ledger, its row or its installments."""
    MISSING_FILE = "missing_file"
    """A row names a file that the store has not got."""
    STRAY_FILE = "stray_file"
    """The store holds a file that no row names, and the daily sweep left it."""
    DAMAGE = "damage"
    """The database file itself is damaged, or a row points to none."""
    STUCK_MESSAGE = "stuck_message"
    """A message that nobody sends on, in or out."""
    WAITING_HANDOFF = "waiting_handoff"
    """A person waits for an officer for days."""
    HALF_WAY = "half_way"
    """Something that should have ended by itself is still open."""

    @property
    def label(self) -> Label:
        return Label(f"terms.check_{self}")


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    subject: str
    """What it is about, such as `loan:17`."""
    detail: str
    """For the operator, without anything personal."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one check of everything found."""

    day: date
    """Of the lender's calendar."""
    findings: Sequence[Finding]
    replayed: int
    """Loans that were replayed; the next days take others."""

    def counts(self) -> dict[Kind, int]:
        """Findings of each kind, nought among them."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in Kind}

    def fingerprint(self) -> str:
        """The same for the same findings."""
        return sha256("\n".join(sorted(_lines(self.findings))).encode()).hexdigest()[:16]


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    return (f"{finding.kind} {finding.subject} {finding.detail}" for finding in findings)


async def first_rows(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> AsyncIterator[Any]:
    """What the query finds, no more than `MOST_OF_A_KIND`."""
    for row in (await session.execute(query.limit(MOST_OF_A_KIND))).all():
        yield row
