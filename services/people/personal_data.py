"""A copy of what is stored about a person, for that person."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.models import ApplicationRow, BorrowerRow, DocumentRow, HandoffRow, LoanRow, PaymentRow
from services.money import Money
from services.vault import Vault


async def export_of(session: AsyncSession, row: BorrowerRow, vault: Vault, now: datetime) -> dict[str, Any]:
    """Plain JSON values: amounts in major units as text, instants in UTC. The copy goes into a chat, so ID number and
    account stand masked in it; the person holds both."""

    def opened(sealed: bytes | None) -> str | None:
        return None if sealed is None else vault.unseal_text(sealed)

    async def all_of(model: Any) -> list[Any]:
        return list(await session.scalars(select(model).where(model.borrower_id == row.id).order_by(model.id)))

    return {
        "made_at": _instant(now),
        "person": {
            "language": row.language,
            "time_zone": row.time_zone,
            "reminder_hour": row.reminder_hour,
            "consent_version": row.consent_version,
            "consented_at": _instant(row.consented_at),
            "phone": opened(row.phone_sealed),
            "full_name": opened(row.full_name_sealed),
            "id_number": row.id_number_masked,
            "known_since": _instant(row.created_at),
        },
        "applications": [_application(each, opened) for each in await all_of(ApplicationRow)],
        "documents": [
            {"kind": each.requirement, "type": each.media_type, "bytes": each.size_bytes, "sha256": each.sha256,
             "received_at": _instant(each.received_at), "deleted_at": _instant(each.deleted_at)}
            for each in await all_of(DocumentRow)
        ],
        "loans": [
            {"reference": each.reference, "status": each.status, "terms": each.terms,
             "closed_on": each.closed_on and each.closed_on.isoformat()}
            for each in await all_of(LoanRow)
        ],
        "payments": [
            {"reference": each.reference, "amount": _amount(each.amount_minor, each.currency), "status": each.status,
             "opened_at": _instant(each.opened_at), "settled_at": _instant(each.settled_at)}
            for each in await all_of(PaymentRow)
        ],
        "requests": [
            {"reference": each.reference, "kind": each.kind, "text": opened(each.text_sealed),
             "opened_at": _instant(each.opened_at)}
            for each in await all_of(HandoffRow)
        ],
    }  # fmt: skip


def _application(row: ApplicationRow, opened: Callable[[bytes | None], str | None]) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "status": row.status,
        "product": row.product_code,
        "amount": _amount(row.amount_minor, row.currency),
        "term": row.term,
        "method": row.method,
        "purpose": row.purpose,
        "purpose_note": opened(row.purpose_note_sealed),
        "monthly_income": _amount(row.monthly_income_minor, row.currency),
        "employment": row.employment,
        "employer": opened(row.employer_sealed),
        "address": opened(row.address_sealed),
        "payout_account": row.payout_account_masked,
        "submitted_at": _instant(row.submitted_at),
    }


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else f"{Money.from_minor(minor, currency).amount} {currency}"


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
