"""Delivery of the outbox: at least once each, in order for every recipient, what somebody waits for before the bulk.

A message whose sender stops between the send and its record goes out twice: better twice than never.
"""

from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.configuration.lender import Lender
from services.configuration.staff import Staff
from services.db import Database
from services.messages.buttons import JustSent
from services.messages.message_params import decode_params
from services.messages.outbox import ENQUEUED, MessageClass, MessageStatus, changed_rows, withdraw
from services.messages.outbox_claims import Claims, withdraw_claimed
from services.messages.outbox_messages import RESENDING, OutboxMessage
from services.messages.outbox_progress import OutboxProgress, progress
from services.messages.outbox_queue import any_due, earliest, next_due
from services.messages.sole_sender import GRACE, SoleSender
from services.models import Base, BorrowerRow, OutboxRow
from services.origination import application_buttons
from services.reminders import notice_buttons
from services.reminders.notice_check import WaitingNotice, no_longer_owed
from services.retry_policy import RetryPolicy
from services.vault import Vault


class Outbox:
    """Delivery of what is owed. A claim belongs to one sender; whoever claims must mark, retry or fail the message."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        staff: Staff,
        lender: Lender,
        retry: RetryPolicy = RESENDING,
        grace: timedelta = GRACE,
    ) -> None:
        self._database = database
        self._clock = clock
        self._staff = staff
        self._retry = retry
        self.claimer = token_hex(8)
        """The name under which this process claims."""
        self.sole = SoleSender(database, grace)
        """Whether this process is the one that sends."""
        self._claims = Claims(vault, staff, lender, self.claimer)

    def on_enqueue(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after every commit that made a message owed. It must be quick and not raise."""

        def committed(notes: MutableMapping[Any, Any]) -> None:
            if notes.pop(ENQUEUED, False):
                callback()

        self._database.on_commit(committed)

    async def something_is_due(self) -> bool:
        """Whether the time of any message has come: to look costs less than to claim in vain."""
        query = any_due(desk=self._staff.desk is not None)
        async with self._database.looking() as connection:
            return bool((await connection.execute(query, {"now": self._clock.now()})).scalar())

    async def claim_batch(self, limit: int, *, to_desk: int | None = None) -> list[OutboxMessage]:
        """Take up to `limit` messages whose time has come, at most one of each recipient's line and `to_desk` for the
        desk, in the order in which they are to go out: what somebody waits for, then the bulk, longest due first.

        The claim is committed before this returns. A notice outside its borrower's contact window is put off to the
        next open minute instead, one that is no longer owed is withdrawn. Senders in several processes never claim
        the same message: they skip each other's rows on PostgreSQL and take turns on SQLite. Without a desk its
        messages stay where they are.
        """
        async with self._database.transaction() as session:
            return await self._claims.claim(session, limit, limit if to_desk is None else to_desk, self._clock.now())

    async def recheck(self, *message_ids: int) -> set[int]:
        """Which of the claimed messages are still to go out; asked about those that had to wait since their claim. A
        notice whose reason is gone is withdrawn; one that was withdrawn or freed meanwhile is not among the answer."""
        async with self._database.transaction() as session:
            query = select(OutboxRow, BorrowerRow.time_zone).outerjoin(
                BorrowerRow, BorrowerRow.id == OutboxRow.borrower_id
            )
            claimed = query.where(OutboxRow.id.in_(message_ids), OutboxRow.status == MessageStatus.CLAIMED)
            rows = (await session.execute(claimed.with_for_update(of=OutboxRow))).all()
            waiting = [
                WaitingNotice(
                    row.id,
                    row.kind,
                    row.message_class,
                    row.loan_id,
                    decode_params(row.params),
                    row.created_at,
                    time_zone,
                )
                for row, time_zone in rows
            ]
            stale = await no_longer_owed(session, waiting, self._clock.now())
            await withdraw_claimed(session, stale)
            return {each.id for each in waiting} - stale

    async def mark_sent(self, sent: Mapping[int, int | None]) -> None:
        """Record that Telegram accepted messages: by id of the message, that in its chat, None for one that left none.
        True even of a message withdrawn while it was on its way. The buttons of what they replace are to go."""
        async with self._database.transaction() as session:
            query = select(
                OutboxRow.id,
                OutboxRow.kind,
                OutboxRow.borrower_id,
                OutboxRow.loan_id,
                OutboxRow.params,
                OutboxRow.status,
            ).where(OutboxRow.id.in_(sent))
            rows = (await session.execute(query.order_by(OutboxRow.id).with_for_update())).all()
            now = self._clock.now()
            await _record_sent(session, sent, now)
            just_sent = [
                JustSent(
                    row.id,
                    row.kind,
                    row.borrower_id,
                    row.loan_id,
                    row.params,
                    sent[row.id],
                    outdated=row.status == MessageStatus.WITHDRAWN,
                )
                for row in rows
            ]
            await notice_buttons.after_sending(session, just_sent, now)
            await application_buttons.after_sending(session, just_sent, now)

    async def retry_later(
        self, message_id: int, *, why: str, delay: timedelta | None = None, spend_attempt: bool = True
    ) -> MessageStatus:
        """Give the claim back for another attempt after `delay`, by default the policy's; answers `pending`, or
        `failed` when this was the last attempt. Being asked to wait by Telegram spends none. `why` is a short
        technical word for the operator, nothing personal."""
        async with self._database.transaction() as session:
            row = await session.get_one(OutboxRow, message_id, with_for_update=True)
            if row.status == MessageStatus.CLAIMED:
                row.attempts += spend_attempt
                exhausted = spend_attempt and row.attempts >= self._retry.attempts
                row.status = MessageStatus.FAILED if exhausted else MessageStatus.PENDING
                wait = self._retry.delay(max(row.attempts, 1)) if delay is None else delay
                row.next_attempt_at, row.failure = self._clock.now() + wait, why[:128]
            return MessageStatus(row.status)

    async def fail(self, message_id: int, why: str) -> None:
        """Give the message up for good, for a reason that no repetition cures."""
        async with self._database.transaction() as session:
            row = await session.get_one(OutboxRow, message_id, with_for_update=True)
            row.status, row.failure = MessageStatus.FAILED, why[:128]

    async def withdraw_all(self, borrower_id: int) -> int:
        """Take back everything not sent yet to somebody who cannot be reached; answers how many messages."""
        async with self._database.transaction() as session:
            return await withdraw(session, borrower_id=borrower_id, classes=tuple(MessageClass))

    async def free_stalled(self, older_than: timedelta = timedelta(minutes=5), *, of_others: bool = False) -> int:
        """Give back the claims of senders that vanished, with `of_others` only those made by other processes; answers
        how many. Each costs the message an attempt, and one that takes its sender down time and again fails in the
        end."""
        now = self._clock.now()
        stalled = [OutboxRow.status == MessageStatus.CLAIMED, OutboxRow.claimed_at <= now - older_than]
        if of_others:
            stalled.append(OutboxRow.claimed_by.is_distinct_from(self.claimer))
        attempts = OutboxRow.attempts + 1
        status = case((attempts >= self._retry.attempts, MessageStatus.FAILED.value), else_=MessageStatus.PENDING.value)
        given_back = {"status": status, "attempts": attempts, "next_attempt_at": now, "failure": "stalled"}
        async with self._database.transaction() as session:
            return await changed_rows(session, update(OutboxRow).where(*stalled).values(given_back))

    async def next_due_at(self) -> datetime | None:
        """When the next message that could be claimed is due (UTC, possibly past); None when nothing waits."""
        query = next_due(desk=self._staff.desk is not None)
        async with self._database.reading() as session:
            return earliest((await session.execute(query, {"now": self._clock.now()})).one())

    async def progress(self) -> OutboxProgress:
        """What waits, how fast it goes, and how long it will take."""
        async with self._database.reading() as session:
            return await progress(session, self._clock.now())


_OUTBOX = Base.metadata.tables[OutboxRow.__tablename__]
_RECORD_SENT = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("message"))
    .values(
        status=MessageStatus.SENT.value,
        sent_at=bindparam("now"),
        telegram_message_id=bindparam("in_chat"),
        failure=None,
    )
)


async def _record_sent(session: AsyncSession, sent: Mapping[int, int | None], now: datetime) -> None:
    connection = await session.connection()
    await connection.execute(
        _RECORD_SENT, [{"message": each, "now": now, "in_chat": in_chat} for each, in_chat in sorted(sent.items())]
    )
