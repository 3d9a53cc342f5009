"""What must hold once everything is settled, whoever was killed meanwhile."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import select

from services.inbox.inbox import InboxStatus
from services.messages.outbox import MessageStatus
from services.models import (
    BorrowerRow,
    InboxRow,
    LoanEventRow,
    OutboxRow,
    PaymentRow,
)
from services.repayment.payment_states import PaymentStatus
from tests.conversations.consistency import nothing_is_corrupted
from tests.killing.battlefield import Battlefield

ENDED = {MessageStatus.SENT, MessageStatus.WITHDRAWN}


@dataclass(frozen=True)
class Reckoning:
    """What was counted."""

    updates: int
    payments: int
    messages: int
    doubled: int
    """Messages that reached the chat once more than they were owed."""
    on_their_way: int
    """Messages that a sender was at when somebody was killed: as many may be doubled."""


@dataclass
class Owed:
    """Messages of one chat that say the same, and the rows of the outbox that brought them or changed them."""

    messages: set[int] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)


async def reckon(town: Battlefield) -> Reckoning:
    """Raises AssertionError for anything lost, and for anything doubled that was not on its way at a kill."""
    updates = await _every_update_is_handled(town)
    payments = await _every_payment_is_booked_once(town)
    messages, doubled = await _every_message_came(town)
    # On a busy machine an answer may come so late that it counts as lost: that is a message on its way as well.
    unanswered = Counter(each["outbox_id"] for each in town.crew.logged() if each["event"] == "a message waits")
    on_their_way = town.reaper.toll.messages + unanswered
    surplus = {rows: often for rows, often in doubled.items() if often > sum(on_their_way[row] for row in rows)}
    assert not surplus, f"doubled though not on their way at a kill: {await _told(town, surplus)}"
    await nothing_is_corrupted(town)
    return Reckoning(updates, payments, messages, doubled.total(), on_their_way.total())


async def _told(town: Battlefield, surplus: Mapping[tuple[int, ...], int]) -> list[tuple[object, ...]]:
    async with town.process.database.reading() as session:
        rows = await session.scalars(select(OutboxRow).where(OutboxRow.id.in_(chain.from_iterable(surplus))))
        return [(row.id, row.kind, row.message_class, row.attempts, row.telegram_message_id) for row in rows]


async def _every_update_is_handled(town: Battlefield) -> int:
    async with town.process.database.reading() as session:
        rows = {row.update_id: row for row in await session.scalars(select(InboxRow))}
    assert rows.keys() == town.ear.delivered.keys()
    failures = {number: row.failure for number, row in rows.items() if row.status != InboxStatus.DONE}
    assert not failures
    return len(rows)


async def _every_payment_is_booked_once(town: Battlefield) -> int:
    taken = Counter(
        (payment["telegram_payment_charge_id"], payment["total_amount"])
        for chat in town.sandbox.world.chats.values()
        for message in chat.messages.values()
        if isinstance(payment := message.service.get("successful_payment"), dict)
    )
    async with town.process.database.reading() as session:
        booked = await session.scalars(select(PaymentRow).where(PaymentRow.status == PaymentStatus.SETTLED))
        settled = {row.id: (row.provider_reference, row.amount_minor) for row in booked}
        events = Counter(
            await session.scalars(select(LoanEventRow.payment_id).where(LoanEventRow.payment_id.is_not(None)))
        )
    assert Counter(settled.values()) == taken
    assert events == Counter(settled.keys())
    return len(settled)


async def _every_message_came(town: Battlefield) -> tuple[int, Counter[tuple[int, ...]]]:
    """How many messages were owed, and how often those that say the same in the same chat came beyond their number."""
    async with town.process.database.reading() as session:
        query = select(OutboxRow, BorrowerRow.telegram_id)
        rows = (
            await session.execute(
                query.outerjoin(BorrowerRow, BorrowerRow.id == OutboxRow.borrower_id).order_by(OutboxRow.id)
            )
        ).all()
    unsettled = {row.id: (row.kind, row.status, row.failure) for row, _ in rows if row.status not in ENDED}
    assert not unsettled
    chats, bot = town.sandbox.world.chats, town.sandbox.world.bot.id
    owed: dict[tuple[int, str], Owed] = {}
    of_handoff: dict[int | None, set[int]] = {}
    for row, telegram_id in rows:
        of_handoff.setdefault(row.handoff_id, set()).add(row.id)
        if row.status == MessageStatus.SENT and row.telegram_message_id is not None:
            chat = telegram_id or town.desk
            text = chats[chat].messages[row.telegram_message_id].text
            group = owed.setdefault((chat, text), Owed())
            group.messages.add(row.telegram_message_id)
            # What changes a card names the card's message: where the card came twice, both are changed.
            group.rows |= {row.id} if row.handoff_id is None else of_handoff[row.handoff_id]
    came = Counter(
        (chat.id, message.text)
        for chat in chats.values()
        for message in chat.messages.values()
        if message.sender_id == bot
    )
    doubled = Counter({tuple(group.rows): came[where] - len(group.messages) for where, group in owed.items()})
    return len(rows), +doubled
