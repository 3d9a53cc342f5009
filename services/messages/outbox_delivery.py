"""Delivery of the outbox: at least once each, in order for every recipient.

A message whose sender stops between the send and its record goes out twice: better twice than never.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.configuration.lender import Lender
from services.configuration.staff import Staff
from services.db import Database
from services.messages.message_params import MessageParam, Said, decode_params
from services.messages.outbox import ENQUEUED, NOTICES, MessageClass, MessageStatus, changed_rows, withdraw
from services.messages.outbox_queue import due, next_due
from services.models import BorrowerRow, HandoffMessageRow, OutboxRow
from services.origination import application_buttons
from services.reminders import notice_buttons
from services.reminders.notice_check import still_owed
from services.vault import Vault


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a message waits after an attempt that failed: `first` x 2^(n - 1) after the n-th, at most `longest`;
    given up after `attempts` of them. With the defaults 5 s, 10 s, 20 s … 15 min, for about two hours in all."""

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=15)
    attempts: int = 15

    def delay(self, attempts: int) -> timedelta:
        """The wait after that many failed attempts, 1 or more."""
        return min(self.first * (1 << min(attempts - 1, 30)), self.longest)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message claimed for delivery."""

    id: int
    kind: str
    message_class: MessageClass
    params: dict[str, MessageParam]
    """With the words in place of every `Said`."""
    borrower_id: int | None
    """None for the officers' desk."""
    chat_id: int
    """Telegram id of the borrower or of the desk's chat."""
    language: str
    time_zone: str
    loan_id: int | None
    handoff_id: int | None
    attempts: int
    """Failed attempts so far."""


class Outbox:
    """Delivery of what is owed. A claim belongs to one sender; whoever claims must mark, retry or fail the message."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        staff: Staff,
        lender: Lender,
        retry: RetryPolicy | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._staff = staff
        self._lender = lender
        self._retry = retry or RetryPolicy()

    def on_enqueue(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after every commit that made a message owed. It must be quick and not raise."""

        def committed(notes: MutableMapping[Any, Any]) -> None:
            if notes.pop(ENQUEUED, False):
                callback()

        self._database.on_commit(committed)

    async def claim_batch(self, limit: int) -> list[OutboxMessage]:
        """Take up to `limit` messages whose time has come, at most one of each recipient's line, longest due first.

        The claim is committed before this returns. A notice outside its borrower's contact window is put off to the
        next open minute instead. Senders in several processes never claim the same message: they skip each other's
        rows on PostgreSQL and take turns on SQLite. Without a desk its messages stay where they are.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            while True:
                query = due(desk=self._staff.desk is not None)
                rows = (await session.scalars(query, {"now": now, "most": limit})).all()
                borrowers = await _borrowers(session, rows)
                open_now = [row for row in rows if self._may_go(row, borrowers, now)]
                for row in open_now:
                    row.status, row.claimed_at = MessageStatus.CLAIMED, now
                if open_now or not rows:
                    break
            said = await self._said(session, open_now)
            return [self._claimed(row, borrowers, said) for row in open_now]

    def _may_go(self, row: OutboxRow, borrowers: Mapping[int, BorrowerRow], now: datetime) -> bool:
        """Whether the message may go out now; puts it off to the next open minute when not."""
        if row.borrower_id is None or row.message_class not in NOTICES:
            return True
        time_zone = borrowers[row.borrower_id].time_zone
        row.next_attempt_at = self._lender.contact_window.next_open(now, time_zone)
        return row.next_attempt_at <= now

    async def _said(self, session: AsyncSession, rows: Sequence[OutboxRow]) -> dict[int, str]:
        """The words of every `Said` among the messages' parameters, by record id."""
        ids = {p.handoff_message_id for row in rows for p in decode_params(row.params).values() if isinstance(p, Said)}
        if not ids:
            return {}
        lines = await session.scalars(select(HandoffMessageRow).where(HandoffMessageRow.id.in_(ids)))
        return {line.id: self._vault.unseal_text(line.text_sealed) for line in lines}

    def _claimed(self, row: OutboxRow, borrowers: Mapping[int, BorrowerRow], said: Mapping[int, str]) -> OutboxMessage:
        desk = self._staff.desk
        if row.borrower_id is not None:
            borrower = borrowers[row.borrower_id]
            chat_id, time_zone = borrower.telegram_id, borrower.time_zone
            language = borrower.language or self._lender.languages[0]
        elif desk is not None:
            chat_id, time_zone, language = desk.chat_id, self._lender.time_zone, desk.language
        else:
            raise LookupError("a message for a desk that does not exist")
        params = decode_params(row.params)
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

    async def recheck(self, message_id: int) -> bool:
        """Whether a claimed message is still to go out; asked right before sending. A notice whose reason is gone is
        withdrawn, and so the answer is False; also for a message that was withdrawn or freed since it was claimed."""
        async with self._database.transaction() as session:
            row = await session.get_one(OutboxRow, message_id, with_for_update=True)
            if row.status != MessageStatus.CLAIMED:
                return False
            if await still_owed(session, row, self._clock.now()):
                return True
            row.status = MessageStatus.WITHDRAWN
            return False

    async def mark_sent(self, message_id: int, telegram_message_id: int | None) -> None:
        """Record that Telegram accepted it. True even of a message withdrawn while it was on its way. The buttons of
        what it replaces are to go."""
        async with self._database.transaction() as session:
            row = await session.get_one(OutboxRow, message_id, with_for_update=True)
            outdated, now = row.status == MessageStatus.WITHDRAWN, self._clock.now()
            row.status, row.sent_at = MessageStatus.SENT, now
            row.telegram_message_id, row.failure = telegram_message_id, None
            await session.flush()
            await notice_buttons.after_sending(session, row, now, outdated=outdated)
            await application_buttons.after_sending(session, row, now)

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

    async def free_stalled(self, older_than: timedelta = timedelta(minutes=5)) -> int:
        """Give back the claims of senders that vanished; answers how many. Each costs the message an attempt, and one
        that takes its sender down time and again fails in the end."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            stalled = (OutboxRow.status == MessageStatus.CLAIMED, OutboxRow.claimed_at <= now - older_than)
            attempts = OutboxRow.attempts + 1
            status = case(
                (attempts >= self._retry.attempts, MessageStatus.FAILED.value), else_=MessageStatus.PENDING.value
            )
            given_back = {"status": status, "attempts": attempts, "next_attempt_at": now, "failure": "stalled"}
            return await changed_rows(session, update(OutboxRow).where(*stalled).values(given_back))

    async def next_due_at(self) -> datetime | None:
        """When the next message that could be claimed is due (UTC, possibly past); None when nothing waits."""
        query = next_due(desk=self._staff.desk is not None)
        async with self._database.reading() as session:
            at: datetime | None = await session.scalar(query, {"now": self._clock.now()})
            return at


async def _borrowers(session: AsyncSession, rows: Sequence[OutboxRow]) -> dict[int, BorrowerRow]:
    ids = {row.borrower_id for row in rows if row.borrower_id is not None}
    return {row.id: row for row in await session.scalars(select(BorrowerRow).where(BorrowerRow.id.in_(ids)))}
