"""Matters handed to a desk at noon, and what the desk makes of them, for tests."""

from datetime import UTC, datetime

import pytest

from services.clock import SteppedClock
from services.db import Database
from services.desk.handoff_access import Handoff
from services.desk.handoff_cards import HandoffCards
from services.desk.handoff_records import open_handoff
from services.desk.handoff_states import HandoffKind
from services.desk.handoffs import Handoffs
from services.desk.talks import Talks
from services.messages.outbox_delivery import Outbox, OutboxMessage
from tests.services.desk import OPERATOR, lender, products, staff, vault
from tests.services.rows import NoFiles, add_borrower

NOON = datetime(2025, 6, 1, 4, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def handoffs(database: Database, clock: SteppedClock) -> Handoffs:
    cards = HandoffCards(database, vault(), staff(), NoFiles(), NoFiles())
    return Handoffs(database, clock, vault(), lender(), products(clock), staff(), cards)


@pytest.fixture
def talks(database: Database, clock: SteppedClock) -> Talks:
    return Talks(database, clock, vault(), lender(), staff())


@pytest.fixture
def outbox(database: Database, clock: SteppedClock) -> Outbox:
    return Outbox(database, clock, vault(), staff(), lender())


async def drain(outbox: Outbox) -> list[OutboxMessage]:
    sent = []
    while batch := await outbox.claim_batch(10):
        for message in batch:
            await outbox.mark_sent({message.id: 1})
        sent += batch
    return sent


async def asked(handoffs: Handoffs, database: Database, text: str | None = "我想推迟还款") -> Handoff:
    return await handoffs.ask(await add_borrower(database), HandoffKind.QUESTION, text)


async def in_arrears(database: Database, clock: SteppedClock, handoffs: Handoffs) -> Handoff:
    """An escalation that an officer has taken, at eleven in the evening of the borrower's day."""
    borrower_id = await add_borrower(database)
    async with database.transaction() as session:
        row = await open_handoff(session, now=clock.now(), kind=HandoffKind.ESCALATION, borrower_id=borrower_id)
    clock.advance_to(datetime(2025, 6, 1, 15, tzinfo=UTC))
    return await handoffs.claim(OPERATOR, row.id)
