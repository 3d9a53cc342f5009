"""Messages put into the outbox, for tests of how it is delivered."""

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.clock import SteppedClock
from services.configuration.staff import Staff
from services.db import Database
from services.messages.message_params import MessageParams
from services.messages.outbox import MessageClass, enqueue
from services.messages.outbox_delivery import Outbox
from services.messages.outbox_messages import RESENDING, OutboxMessage
from services.models import OutboxRow
from services.retry_policy import RetryPolicy
from tests.services.desk import lender, staff, vault
from tests.services.rows import add_borrower, add_loan

NOON = datetime(2025, 6, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))

_keys = count(1)


def outbox_of(
    database: Database, clock: SteppedClock, officers: Staff | None = None, *, retry: RetryPolicy = RESENDING
) -> Outbox:
    """The outbox as one process has it."""
    return Outbox(database, clock, vault(), officers or staff(), lender(), retry)


async def owe_once(
    database: Database,
    clock: SteppedClock,
    borrower_id: int | None,
    key: str,
    *,
    message_class: MessageClass = MessageClass.SERVICE,
    kind: str = "payment_received",
    params: MessageParams | None = None,
    loan_id: int | None = None,
    not_before: datetime | None = None,
) -> bool:
    """Owe a message under a key; answers whether it was not owed before."""
    async with database.transaction() as session:
        return await enqueue(
            session,
            now=clock.now(),
            kind=kind,
            borrower_id=borrower_id,
            message_class=message_class,
            params=params or {},
            dedupe_key=key,
            not_before=not_before,
            loan_id=loan_id,
        )


async def owe(
    database: Database,
    clock: SteppedClock,
    borrower_id: int | None,
    message_class: MessageClass = MessageClass.SERVICE,
    *,
    kind: str = "note",
    params: MessageParams | None = None,
    loan_id: int | None = None,
    not_before: datetime | None = None,
) -> int:
    """Owe a message that was never owed before; answers its id."""
    key = f"message:{next(_keys)}"
    await owe_once(
        database,
        clock,
        borrower_id,
        key,
        message_class=message_class,
        kind=kind,
        params=params,
        loan_id=loan_id,
        not_before=not_before,
    )
    async with database.reading() as session:
        number = await session.scalar(select(OutboxRow.id).where(OutboxRow.dedupe_key == key))
    assert number is not None
    return number


async def owe_reminders(database: Database, clock: SteppedClock, how_many: int) -> list[int]:
    """Reminders of installments that are due in three days, each to a borrower of its own; answers their ids."""
    due_on = clock.now().date() + timedelta(days=3)
    ids = []
    for _ in range(how_many):
        borrower = await add_borrower(database)
        loan = await add_loan(database, borrower, [due_on])
        params: MessageParams = {"number": 1, "due_on": due_on}
        ids.append(
            await owe(database, clock, borrower, MessageClass.REMINDER, kind="reminder", params=params, loan_id=loan)
        )
    return ids


async def statuses(database: Database) -> dict[int, str]:
    """The status of every message, by id."""
    async with database.reading() as session:
        return {row.id: row.status for row in await session.execute(select(OutboxRow.id, OutboxRow.status))}


async def status_of(database: Database, key: str) -> str | None:
    """The status of the message under that key, None when there is none."""
    async with database.reading() as session:
        return await session.scalar(select(OutboxRow.status).where(OutboxRow.dedupe_key == key))


async def drain(outbox: Outbox) -> list[OutboxMessage]:
    """Deliver until nothing more is due."""
    sent = []
    while batch := await outbox.claim_batch(10):
        for message in batch:
            if await outbox.recheck(message.id):
                await outbox.mark_sent({message.id: 1})
                sent.append(message)
    return sent
