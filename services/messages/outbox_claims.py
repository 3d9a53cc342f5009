"""Claiming messages for delivery: the batch, its addresses, and what of it may not or need not go out now."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.lender import Lender
from services.configuration.staff import Staff
from services.messages.message_params import MessageParam, Said, decode_params
from services.messages.outbox import BULK, NOTICES, MessageClass, MessageStatus
from services.messages.outbox_messages import OutboxMessage
from services.messages.outbox_queue import claim, put_off_zone
from services.models import HandoffMessageRow, OutboxRow
from services.reminders.notice_check import WaitingNotice, no_longer_owed
from services.vault import Vault

UNSYNCED = {"synchronize_session": False}


class Claims:
    """Claims made inside a transaction of the outbox, by the sender named `claimer`."""

    def __init__(self, vault: Vault, staff: Staff, lender: Lender, claimer: str) -> None:
        self._vault = vault
        self._staff = staff
        self._lender = lender
        self._claimer = claimer

    async def claim(self, session: AsyncSession, limit: int, to_desk: int, now: datetime) -> list[OutboxMessage]:
        """Up to `limit` messages in the order in which they are to go out; see `Outbox.claim_batch`."""
        while True:
            rows = await self._claim(session, limit, to_desk, now)
            params = {row.id: decode_params(row.params) for row in rows}
            closed = await self._put_off(session, rows, now)
            stale = await self._withdraw_stale(session, [row for row in rows if row.id not in closed], params, now)
            going = [row for row in rows if row.id not in closed and row.id not in stale]
            if going or not rows:
                break
        said = await self._said(session, params.values())
        return [self._addressed(row, params[row.id], said) for row in going]

    async def _claim(self, session: AsyncSession, limit: int, to_desk: int, now: datetime) -> list[Row[Any]]:
        statement = claim(desk=self._staff.desk is not None)
        values = {"now": now, "most": limit, "most_to_desk": min(limit, to_desk), "claimer": self._claimer}
        rows = (await session.execute(statement, values, execution_options=UNSYNCED)).all()
        return sorted(rows, key=lambda row: (row.message_class in BULK, row.next_attempt_at, row.id))

    async def _put_off(self, session: AsyncSession, rows: Sequence[Row[Any]], now: datetime) -> set[int]:
        """Put the notices that are outside their borrower's contact window off to its next open minute, and with them
        every other one that is due in the same time zone; answers the ids of those claimed."""
        zones = {row.time_zone for row in rows if row.message_class in NOTICES}
        opens = {zone: self._lender.contact_window.next_open(now, zone) for zone in zones}
        closed: set[int] = set()
        for zone, opens_at in opens.items():
            if opens_at <= now:
                continue
            there = {row.id for row in rows if row.message_class in NOTICES and row.time_zone == zone}
            given_back = {"status": MessageStatus.PENDING, "claimed_at": None, "next_attempt_at": opens_at}
            await session.execute(
                update(OutboxRow).where(OutboxRow.id.in_(there)).values(given_back), execution_options=UNSYNCED
            )
            rest = {"now": now, "time_zone": zone, "opens_at": opens_at}
            await session.execute(put_off_zone(), rest, execution_options=UNSYNCED)
            closed |= there
        return closed

    async def _withdraw_stale(
        self,
        session: AsyncSession,
        rows: Sequence[Row[Any]],
        params: Mapping[int, Mapping[str, MessageParam]],
        now: datetime,
    ) -> set[int]:
        notices = [
            WaitingNotice(
                row.id, row.kind, row.message_class, row.loan_id, params[row.id], row.created_at, row.time_zone
            )
            for row in rows
            if row.message_class in NOTICES
        ]
        stale = await no_longer_owed(session, notices, now)
        await withdraw_claimed(session, stale)
        return stale

    async def _said(self, session: AsyncSession, params: Collection[Mapping[str, MessageParam]]) -> dict[int, str]:
        """The words of every `Said` among the messages' parameters, by record id."""
        ids = {value.handoff_message_id for each in params for value in each.values() if isinstance(value, Said)}
        if not ids:
            return {}
        lines = await session.scalars(select(HandoffMessageRow).where(HandoffMessageRow.id.in_(ids)))
        return {line.id: self._vault.unseal_text(line.text_sealed) for line in lines}

    def _addressed(self, row: Row[Any], params: dict[str, MessageParam], said: Mapping[int, str]) -> OutboxMessage:
        desk = self._staff.desk
        if row.borrower_id is not None:
            chat_id, time_zone = row.telegram_id, row.time_zone
            language = row.language or self._lender.languages[0]
        elif desk is not None:
            chat_id, time_zone, language = desk.chat_id, self._lender.time_zone, desk.language
        else:
            raise LookupError("a message for a desk that does not exist")
        words = {name: said[value.handoff_message_id] for name, value in params.items() if isinstance(value, Said)}
        return OutboxMessage(
            id=row.id,
            kind=row.kind,
            message_class=MessageClass(row.message_class),
            params=params | words,
            borrower_id=row.borrower_id,
            chat_id=chat_id,
            language=language,
            time_zone=time_zone,
            loan_id=row.loan_id,
            handoff_id=row.handoff_id,
            attempts=row.attempts,
        )


async def withdraw_claimed(session: AsyncSession, ids: Collection[int]) -> None:
    """Withdraw claimed messages by id."""
    if ids:
        gone = update(OutboxRow).where(OutboxRow.id.in_(ids), OutboxRow.status == MessageStatus.CLAIMED)
        await session.execute(gone.values(status=MessageStatus.WITHDRAWN), execution_options=UNSYNCED)
