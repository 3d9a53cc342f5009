"""Answers that are known from an earlier application, offered so that nothing is asked twice."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.errors import NotFound
from services.models import ApplicationRow
from services.money import Money
from services.origination.application_views import Employment, Question, Suggestion
from services.vault import Vault

COLUMNS: Final[Mapping[Question, tuple[str, ...]]] = {
    Question.EMPLOYMENT: ("employment",),
    Question.EMPLOYER: ("employer_sealed",),
    Question.INCOME: ("monthly_income_minor",),
    Question.ADDRESS: ("address_sealed",),
    Question.PAYOUT_ACCOUNT: ("payout_account_sealed", "payout_account_masked", "payout_account_fingerprint"),
}
"""Columns that hold an answer which may still be true; the first one tells whether it was given."""


async def suggestion_for(
    session: AsyncSession, row: ApplicationRow, question: Question, vault: Vault
) -> Suggestion | None:
    """The borrower's last answer to the question in an earlier application. The account is shown masked."""
    earlier = await _earlier(session, row, question)
    if earlier is None:
        return None
    match question:
        case Question.EMPLOYMENT:
            return Suggestion(question, Employment(earlier.employment or "").label)
        case Question.INCOME:
            return Suggestion(question, Money.from_minor(earlier.monthly_income_minor or 0, earlier.currency))
        case Question.PAYOUT_ACCOUNT:
            return Suggestion(question, earlier.payout_account_masked or "")
        case _:
            return Suggestion(question, vault.unseal_text(getattr(earlier, COLUMNS[question][0])))


async def take_suggestion(session: AsyncSession, row: ApplicationRow, question: Question) -> None:
    """Copy the earlier answer. Raises NotFound when there is none."""
    earlier = await _earlier(session, row, question)
    if earlier is None:
        raise NotFound
    for column in COLUMNS[question]:
        setattr(row, column, getattr(earlier, column))


async def _earlier(session: AsyncSession, row: ApplicationRow, question: Question) -> ApplicationRow | None:
    if question not in COLUMNS:
        return None
    given = getattr(ApplicationRow, COLUMNS[question][0])
    query = select(ApplicationRow).where(
        ApplicationRow.borrower_id == row.borrower_id, ApplicationRow.id < row.id, given.is_not(None)
    )
    found: ApplicationRow | None = await session.scalar(query.order_by(ApplicationRow.id.desc()).limit(1))
    return found
