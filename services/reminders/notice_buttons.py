"""Which notices of a loan keep their buttons: those whose installment is unpaid and that no later notice replaces."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.buttons import take_off, with_buttons
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
    standing = await _standing(session, loan_id, LOAN_NOTICES)
    await take_off(session, (notice for notice in standing if not _asks(notice, unpaid)), now)


async def after_sending(session: AsyncSession, sent: OutboxRow, now: datetime, *, outdated: bool) -> None:
    """A message has just been sent: if it is a loan's notice, those that it replaces lose their buttons, and so does
    the notice itself when it was `outdated` on its way."""
    if sent.loan_id is None or sent.kind not in REPLACES or sent.telegram_message_id is None:
        return
    earlier = await _standing(session, sent.loan_id, REPLACES[sent.kind])
    replaced = [each for each in earlier if each.id != sent.id and (sent.kind != REMINDER or _same(each, sent))]
    await take_off(session, [*replaced, *([sent] if outdated else [])], now)


async def _standing(session: AsyncSession, loan_id: int, kinds: tuple[str, ...]) -> list[OutboxRow]:
    return await with_buttons(session, OutboxRow.loan_id == loan_id, OutboxRow.kind.in_(kinds))


def _asks(notice: OutboxRow, unpaid: Mapping[int, date]) -> bool:
    """Whether what the notice asks for is still unpaid."""
    params = decode_params(notice.params)
    if notice.kind == REMINDER:
        return params["number"] in unpaid
    return params["due_on"] == min(unpaid.values(), default=None)


def _same(one: OutboxRow, other: OutboxRow) -> bool:
    return _installment(one) == _installment(other)


def _installment(reminder: OutboxRow) -> MessageParam:
    return decode_params(reminder.params)["number"]
