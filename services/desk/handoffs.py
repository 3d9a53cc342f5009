"""Matters that a human is needed for: borrowers ask, officers take one, act, hand back or close.

One officer has a handoff at a time, and only that officer acts on it. What people write is kept sealed.
"""

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.configuration.lender import Lender
from services.configuration.products import Products
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk import handoff_talks
from services.desk.desk_messages import DeskMessage, DeskMessages
from services.desk.handoff_access import (
    PERMISSION_FOR,
    Handoff,
    claimable,
    lock_application_of,
    own,
    require_in_hand,
    view,
)
from services.desk.handoff_cards import DeskCard, HandoffCards
from services.desk.handoff_records import card_changed, close_row, open_handoff
from services.desk.handoff_states import (
    ASKED_BY_BORROWER,
    DeskAction,
    HandoffKind,
    HandoffStatus,
    NeedsItsAct,
    closes_by_acting,
)
from services.desk.officer_text import written
from services.desk.second_officer import payout_of, require_second_officer
from services.desk.staff_actions import record_action
from services.errors import NotFound
from services.messages import outbox
from services.messages.message_params import MessageParams
from services.messages.outbox import MessageClass
from services.models import ApplicationRow, HandoffRow, LoanRow
from services.origination.application_states import ApplicationStatus
from services.origination.application_states import move as move_application
from services.vault import Vault

LONGEST_QUEUE = 50
"""How many handoffs an officer's list shows."""


class Handoffs:
    """The officers' work, one matter at a time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        lender: Lender,
        products: Products,
        staff: Staff,
        cards: HandoffCards,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._lender = lender
        self._products = products
        self._staff = staff
        self._cards = cards
        self._messages = DeskMessages(database, staff)

    async def ask(
        self,
        borrower_id: int,
        kind: HandoffKind,
        text: str | None,
        loan_id: int | None = None,
        product_code: str | None = None,
    ) -> Handoff:
        """Call in a human for the borrower. `text` is what they wrote, None when pressing a button said it all;
        `loan_id` or `product_code` is what it is about.

        Raises `EmptyText`, `TextTooLong`, `UnknownProduct`, and NotFound when the loan is not the borrower's.
        """
        if kind not in ASKED_BY_BORROWER:
            raise ValueError(f"a borrower does not open a handoff of kind {kind}")
        sealed = None if text is None else self._vault.seal_text(written(text))
        details: MessageParams = {} if product_code is None else {"product": self._products.get(product_code).name}
        async with self._database.transaction() as session:
            if loan_id is not None:
                await _require_loan(session, borrower_id, loan_id)
            row = await open_handoff(
                session,
                now=self._clock.now(),
                kind=kind,
                borrower_id=borrower_id,
                loan_id=loan_id,
                text_sealed=sealed,
                details=details,
            )
            return view(row, self._staff)

    async def claim(self, staff_id: int, handoff_id: int) -> Handoff:
        """Take the handoff. Of several who press at once one wins; the winner may press again. Taking an application
        begins its review, and the borrower learns that somebody looks at it.

        Raises NotAllowed (`SecondOfficerNeeded` for the payout of a loan that the officer approved), NotFound,
        `HandoffClosed`, `AlreadyClaimed` with the winner's name.
        """
        officer = self._staff.require(staff_id, Permission.CLAIM)
        now = self._clock.now()
        async with self._database.transaction() as session:
            await lock_application_of(session, handoff_id)
            row = await claimable(session, self._staff, staff_id, handoff_id)
            paid_out_for = await payout_of(session, row)
            if paid_out_for is not None:
                await require_second_officer(session, self._staff, staff_id, paid_out_for)
            if row.claimed_by is None:
                row.status, row.claimed_by, row.claimed_at = HandoffStatus.CLAIMED, staff_id, now
                self._record(session, staff_id, "claim", row)
                await card_changed(session, row, now=now)
                if row.kind == HandoffKind.APPLICATION:
                    await self._begin_review(session, row, officer.name)
            return view(row, self._staff)

    async def _begin_review(self, session: AsyncSession, row: HandoffRow, officer_name: str) -> None:
        now = self._clock.now()
        application = await session.get_one(ApplicationRow, row.application_id)
        if application.status == ApplicationStatus.SUBMITTED:
            move_application(application, ApplicationStatus.IN_REVIEW)
            application.updated_at = now
        await outbox.enqueue(
            session,
            now=now,
            kind="application_claimed",
            borrower_id=row.borrower_id,
            message_class=MessageClass.SERVICE,
            params={"reference": application.reference, "officer_name": officer_name},
            dedupe_key=f"handoff:{row.id}:claimed",
            handoff_id=row.id,
        )

    async def hand_back(self, staff_id: int, handoff_id: int) -> Handoff:
        """Give the handoff back for another officer to take; a conversation in it ends. Those who may take over can
        hand back a colleague's. Raises NotAllowed, NotFound, `NotClaimed`, `HandoffClosed`."""
        self._staff.require(staff_id, Permission.CLAIM)
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await own(session, self._staff, staff_id, handoff_id, or_taken_over=True)
            await handoff_talks.end_for_borrower(session, row, self._staff, now=now)
            row.status, row.claimed_by, row.claimed_at = HandoffStatus.OPEN, None, None
            self._record(session, staff_id, "hand_back", row)
            await card_changed(session, row, now=now)
            return view(row, self._staff)

    async def close(self, staff_id: int, handoff_id: int) -> Handoff:
        """The matter is dealt with; a borrower who had asked is told so.

        Raises NotAllowed, NotFound, `NotClaimed`, `HandoffClosed`, and `NeedsItsAct` for an application, payout or
        transfer receipt: those end by deciding, paying out, booking.
        """
        self._staff.require(staff_id, Permission.CLAIM)
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await own(session, self._staff, staff_id, handoff_id, or_taken_over=True)
            kind = HandoffKind(row.kind)
            if closes_by_acting(kind):
                raise NeedsItsAct(kind=kind.label)
            if kind in ASKED_BY_BORROWER:
                await self._tell_answered(session, row)
            else:
                await handoff_talks.end_for_borrower(session, row, self._staff, now=now)
            self._record(session, staff_id, "close", row)
            await close_row(session, row, now=now, staff_id=staff_id)
            return view(row, self._staff)

    async def _tell_answered(self, session: AsyncSession, row: HandoffRow) -> None:
        await outbox.enqueue(
            session,
            now=self._clock.now(),
            kind="handoff_answered",
            borrower_id=row.borrower_id,
            message_class=MessageClass.SERVICE,
            params={"reference": row.reference, "kind": HandoffKind(row.kind).label},
            dedupe_key=f"handoff:{row.id}:answered",
            handoff_id=row.id,
        )

    async def card(self, handoff_id: int) -> DeskCard:
        """The card for the desk's own chat. Raises NotFound."""
        return await self._cards.card(handoff_id)

    async def card_for(self, staff_id: int, handoff_id: int) -> DeskCard:
        """The card for an officer who asks for it. Raises NotAllowed, NotFound."""
        self._staff.require(staff_id, Permission.CLAIM)
        return await self._cards.card(handoff_id)

    async def card_in_hand(self, staff_id: int, handoff_id: int, action: DeskAction) -> DeskCard:
        """The card for the officer who has the handoff and means to act on it. Whether its state offers the act stands
        in its `actions`. Raises NotAllowed, NotFound, `HandoffClosed`, `NotClaimed`, `ClaimedByAnother`."""
        self._staff.require(staff_id, PERMISSION_FOR[action])
        card = await self._cards.card(handoff_id)
        require_in_hand(card.handoff, staff_id)
        return card

    async def card_sent(self, handoff_id: int, chat_id: int, message_id: int, thread_id: int | None = None) -> None:
        """Remember that the handoff's card stands in that message of an officers' chat."""
        await self._messages.card_sent(handoff_id, chat_id, message_id, thread_id)

    async def relayed(self, handoff_id: int, chat_id: int, message_id: int, thread_id: int | None = None) -> None:
        """Remember that another message of the handoff, such as the borrower's words, stands there."""
        await self._messages.relayed(handoff_id, chat_id, message_id, thread_id)

    async def card_messages(self, handoff_id: int) -> list[DeskMessage]:
        """Where the handoff's cards stand, oldest first."""
        return await self._messages.card_messages(handoff_id)

    async def handoff_of_message(self, chat_id: int, message_id: int) -> Handoff | None:
        """The handoff that a message in an officers' chat belongs to."""
        return await self._messages.handoff_of_message(chat_id, message_id)

    async def handoff_of_thread(self, chat_id: int, thread_id: int) -> Handoff | None:
        """The handoff that a forum's topic belongs to."""
        return await self._messages.handoff_of_thread(chat_id, thread_id)

    async def waiting(self, staff_id: int) -> list[Handoff]:
        """What the officer can do next: their own handoffs and those that nobody has, longest waiting first, at most
        `LONGEST_QUEUE`. Raises NotAllowed."""
        self._staff.require(staff_id, Permission.CLAIM)
        mine_or_free = or_(HandoffRow.status == HandoffStatus.OPEN, HandoffRow.claimed_by == staff_id)
        unsettled = HandoffRow.status.in_((HandoffStatus.OPEN, HandoffStatus.CLAIMED))
        query = select(HandoffRow).where(unsettled, mine_or_free)
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(HandoffRow.opened_at, HandoffRow.id).limit(LONGEST_QUEUE))
            return [view(row, self._staff) for row in rows]

    def _record(self, session: AsyncSession, staff_id: int, action: str, row: HandoffRow) -> None:
        record_action(
            session, now=self._clock.now(), staff_id=staff_id, action=f"handoff_{action}", subject=f"handoff:{row.id}"
        )


async def _require_loan(session: AsyncSession, borrower_id: int, loan_id: int) -> None:
    loan = await session.get(LoanRow, loan_id)
    if loan is None or loan.borrower_id != borrower_id:
        raise NotFound
