"""Which notices of a loan keep their buttons: those whose installment is unpaid and that no later notice replaces."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.buttons import JustSent, take_off, with_buttons
from services.messages.message_params import MessageParam, decode_params
from services.models import OutboxRow

REMINDER, OVERDUE, ESCALATED = "reminder", "overdue", "escalated"
LOAN_NOTICES: Final = (REMINDER, OVERDUE, ESCALATED)
REPLACES: Final[Mapping[str, tuple[str, ...]]] = {
    REMINDER: (REMINDER,),
    OVERDUE: LOAN_NOTICES,
    # It asks for no money: the notice of its day keeps the way to pay.
    ESCALATED: (REMINDER, ESCALATED),
}
"""By kind, the earlier notices of the same loan that a notice replaces; a reminder only those of its installment."""


async def after_event(session: AsyncSession, loan_id: int, unpaid: Mapping[int, date], now: datetime) -> None:
    """Something happened to the loan: the notices that it answers lose their buttons. `unpaid` are the due dates of the
    installments not wholly paid, by number; none of a loan that has ended."""
    standing = await _standing(session, (loan_id,), LOAN_NOTICES)
    await take_off(session, (notice for notice in standing if not _asks(notice, unpaid)), now)


async def after_sending(session: AsyncSession, sent: Collection[JustSent], now: datetime) -> None:
    """Messages have just been sent: those that are a loan's notices take the buttons off the notices that they replace,
    and lose their own when they were outdated on their way."""
    notices = [each for each in sent if each.loan_id and each.telegram_message_id and each.kind in REPLACES]
    if not notices:
        return
    standing: dict[int | None, list[OutboxRow]] = defaultdict(list)
    for each in await _standing(session, {notice.loan_id for notice in notices if notice.loan_id}, LOAN_NOTICES):
        standing[each.loan_id].append(each)
    replaced = [each for notice in notices for each in standing[notice.loan_id] if _replaces(notice, each)]
    await take_off(session, [*replaced, *(each for each in notices if each.outdated)], now)


def _replaces(notice: JustSent, other: OutboxRow) -> bool:
    if other.id == notice.id or other.kind not in REPLACES[notice.kind]:
        return False
    return notice.kind != REMINDER or _installment(notice.params) == _installment(other.params)


async def _standing(session: AsyncSession, loan_ids: Collection[int], kinds: tuple[str, ...]) -> list[OutboxRow]:
    return await with_buttons(session, OutboxRow.loan_id.in_(loan_ids), OutboxRow.kind.in_(kinds))


def _asks(notice: OutboxRow, unpaid: Mapping[int, date]) -> bool:
    """Whether what the notice asks for is still unpaid."""
    params = decode_params(notice.params)
    if notice.kind == REMINDER:
        return params["number"] in unpaid
    return params["due_on"] == min(unpaid.values(), default=None)


def _installment(params: Mapping[str, Any]) -> MessageParam:
    return decode_params(params)["number"]
