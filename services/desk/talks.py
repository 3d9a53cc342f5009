"""Conversations between an officer and a borrower through the bot. While one goes on the bot keeps quiet.

A borrower talks with one officer at a time. What they write to each other is kept sealed.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.configuration.lender import Lender
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk import handoff_talks
from services.desk.handoff_access import Handoff, own, view
from services.desk.handoff_records import card_changed
from services.desk.handoff_states import HandoffKind, NotTalking, OutsideContactHours
from services.desk.officer_text import civil, written
from services.desk.staff_actions import record_action
from services.models import BorrowerRow, HandoffRow
from services.vault import Vault

ANSWERED_WITHIN: Final = timedelta(hours=1)
"""How long after a borrower's words an officer may answer at any hour."""


class Talks:
    """Each is a part of a handoff, and of the officer who has it."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, lender: Lender, staff: Staff) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._lender = lender
        self._staff = staff

    async def start(self, staff_id: int, handoff_id: int) -> Handoff:
        """Begin a conversation: from here on the borrower's own words go to the desk and the bot keeps quiet.

        Raises NotAllowed, NotFound, `NotClaimed`, `HandoffClosed`, `AlreadyTalking`.
        """
        self._staff.require(staff_id, Permission.ANSWER_BORROWER)
        async with self._database.transaction() as session:
            row = await own(session, self._staff, staff_id, handoff_id)
            await handoff_talks.start(session, row, self._staff, self._clock.now())
            self._record(session, staff_id, "start_talking", row)
            return view(row, self._staff)

    async def officer_says(self, staff_id: int, handoff_id: int, text: str) -> Handoff:
        """Owe the borrower what the officer wrote; the first message begins the conversation.

        Raises NotAllowed, NotFound, `NotClaimed`, `HandoffClosed`, `AlreadyTalking`, `EmptyText`, `TextTooLong`,
        `ThreateningWords`, and about arrears `OutsideContactHours` unless the borrower wrote within `ANSWERED_WITHIN`.
        """
        officer = self._staff.require(staff_id, Permission.ANSWER_BORROWER)
        sealed = self._vault.seal_text(civil(text, self._lender.forbidden_words))
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await own(session, self._staff, staff_id, handoff_id)
            if row.kind == HandoffKind.ESCALATION:
                await self._require_contact_hours(session, row, now)
            await handoff_talks.start(session, row, self._staff, now)
            await handoff_talks.from_officer(
                session, row, staff_id=staff_id, name=officer.name, text_sealed=sealed, now=now
            )
            return view(row, self._staff)

    async def stop(self, staff_id: int, handoff_id: int) -> Handoff:
        """End the conversation: the bot answers the borrower again. Raises NotAllowed, NotFound, `NotTalking`."""
        self._staff.require(staff_id, Permission.ANSWER_BORROWER)
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await own(session, self._staff, staff_id, handoff_id, or_taken_over=True)
            if not row.talking:
                raise NotTalking
            await handoff_talks.end_for_borrower(session, row, self._staff, now=now)
            self._record(session, staff_id, "stop_talking", row)
            await card_changed(session, row, now=now)
            return view(row, self._staff)

    async def current(self, borrower_id: int) -> Handoff | None:
        """The handoff in which an officer talks with the borrower just now."""
        async with self._database.reading() as session:
            row = await handoff_talks.talking_with(session, borrower_id, lock=False)
            return None if row is None else view(row, self._staff)

    async def borrower_says(self, borrower_id: int, text: str) -> bool:
        """Pass the borrower's words on to the officer; False when no conversation is going on and the bot is to
        answer itself. Raises `EmptyText`, `TextTooLong`."""
        async with self._database.transaction() as session:
            row = await handoff_talks.talking_with(session, borrower_id)
            if row is None:
                return False
            sealed = self._vault.seal_text(written(text))
            await handoff_talks.from_borrower(session, row, text_sealed=sealed, now=self._clock.now())
            return True

    async def leave(self, borrower_id: int) -> bool:
        """The borrower ends the conversation, and the desk learns of it; False when there was none."""
        async with self._database.transaction() as session:
            row = await handoff_talks.talking_with(session, borrower_id)
            if row is not None:
                await handoff_talks.end_for_desk(session, row, now=self._clock.now())
            return row is not None

    async def _require_contact_hours(self, session: AsyncSession, row: HandoffRow, now: datetime) -> None:
        """Whoever writes about arrears keeps to the hours of reminders, but answers a borrower who has just written."""
        borrower = await session.get_one(BorrowerRow, row.borrower_id)
        opens_at = self._lender.contact_window.next_open(now, borrower.time_zone)
        if opens_at > now and not await handoff_talks.borrower_wrote_since(session, row, now - ANSWERED_WITHIN):
            raise OutsideContactHours(opens_at=opens_at)

    def _record(self, session: AsyncSession, staff_id: int, action: str, row: HandoffRow) -> None:
        record_action(
            session, now=self._clock.now(), staff_id=staff_id, action=f"handoff_{action}", subject=f"handoff:{row.id}"
        )
