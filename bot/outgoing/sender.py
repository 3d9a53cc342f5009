"""Sends what the outbox owes: at least once each, in order for every recipient, different recipients side by side."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from telegram.ext import ExtBot

from bot.announcements import Announcer
from bot.monitoring.logs import trace
from bot.monitoring.metrics import METRICS
from bot.outgoing.courier import Courier, Pass
from bot.outgoing.send_limits import SECOND, SendLimits
from bot.outgoing.sent_record import SentRecord
from bot.runtime import Runtime
from services.clock import Clock

logger = logging.getLogger(__name__)

AHEAD: Final = SECOND // 4
"""Messages are claimed for the slots of so long a time, in at least two batches."""
FURTHEST_AHEAD: Final = SECOND
CLAIMS_AHEAD: Final = 4
"""A database that takes long to answer is asked further ahead, for so many times as long as it took."""
AT_ONCE: Final = 512
"""Messages claimed and not done: at the highest rate half of them wait for their slots, half are in the network."""
LONGEST_SLEEP: Final = timedelta(minutes=1)
LONGEST_SLEEP_SHARED: Final = timedelta(milliseconds=500)
"""Even with nothing due the outbox is looked at this often: shared with other processes, it is written to by them."""
SHORTEST_SLEEP: Final = timedelta(milliseconds=200)
AFTER_FAILURE: Final = timedelta(seconds=2)
ASK_WHO_ACTS: Final = SECOND
FREE_STALLED: Final = 10 * SECOND
TELL_PROGRESS: Final = 60 * SECOND
LONG_AGO: Final = 1 << 62


class OutboxSender:
    """Claims due messages as far as Telegram's limits have room for them, and sends each in its turn.

    Told to wait by Telegram, a message waits and spends no attempt, and so does every other. Somebody who blocked the
    bot gets nothing more until they write. What Telegram refuses fails loudly. A broken network is tried again, ever
    more slowly. Of several senders on one database one acts, the others stand by.
    """

    def __init__(
        self,
        bot: ExtBot[str],
        runtime: Runtime,
        announcers: Mapping[str, Announcer],
        clock: Clock,
        limits: SendLimits,
        *,
        paid: bool = False,
    ) -> None:
        self._outbox = runtime.services.outbox
        self._sole = self._outbox.sole
        self._clock = clock
        self._limits = limits
        desk = runtime.services.staff.desk
        self._desk = desk.chat_id if desk else None
        self._wake = asyncio.Event()
        self._under_way: set[asyncio.Task[bool]] = set()
        self._bringing: set[int] = set()
        self._to_desk = self._went_out = 0
        self._record = SentRecord(self._outbox, lambda: bool(self._under_way), self.wake)
        self._courier = Courier(bot, runtime, announcers, limits, self._record, paid=paid)
        self._stopping = self._acting = self._away = False
        self._asked_at = self._freed_at = -LONG_AGO
        grace = self._sole.grace // timedelta(microseconds=1) * (SECOND // 1_000_000)
        self._free_every = min(grace, FREE_STALLED) or FREE_STALLED
        self._ahead = AHEAD
        self._came_up_short = False
        self._told_at: int | None = None
        self.looked_at = clock.now()
        """When the outbox was last looked at; the health page tells how long ago."""

    def wake(self) -> None:
        """Look at the outbox at once: something was enqueued, or the clock was moved."""
        self._came_up_short = False
        self._wake.set()

    @property
    def idle(self) -> bool:
        """Whether no message is on its way just now, nor sent without a record."""
        return not self._under_way and self._record.empty

    async def deliver_due(self) -> int:
        """Send everything that is due, also what becomes due by it, unless Telegram asks to wait; answers how many
        messages went out."""
        before = self._went_out
        while True:
            if await self._claim(self._places()):
                continue
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            elif not self._record.empty:
                await self._record.written()
            elif (wait := self._limits.wait_for_room(0)) and not self._limits.paused():
                await asyncio.sleep(wait / SECOND)
            else:
                return self._went_out - before

    def record_at_once(self) -> None:
        """Wait neither for more to record together nor before what could not be recorded is tried again."""
        self._record.together = self._record.after_failure = timedelta(0)

    async def settled(self) -> None:
        """Return when no message is on its way, and the outbox knows of every one that went out."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._record.written()

    def stop(self) -> None:
        """Let `run` finish what is under way and return. To cancel it could leave a claim that nobody serves."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Deliver all day, until stopped or cancelled; messages under way are finished and recorded first."""
        self._outbox.on_enqueue(self.wake)
        METRICS.sender_limited_to(self._limits.per_second)
        try:
            while not self._stopping:
                self._wake.clear()
                pause = await self._look()
                await self._rest(pause)
        finally:
            try:
                await asyncio.gather(*self._under_way)
                await self._record.written()
            finally:
                await self._sole.resign()

    async def _look(self) -> timedelta:
        """Start what is due; answers how long nothing else will be. A database that is away is asked again."""
        self.looked_at = self._clock.now()
        try:
            pause = timedelta(microseconds=ASK_WHO_ACTS // 1000)
            if await self._acts():
                pause = min(await self._start_due(), LONGEST_SLEEP_SHARED if self._sole.shared else LONGEST_SLEEP)
        except Exception as failure:  # noqa: BLE001 - delivery must go on when the database is back
            if not self._away:
                logger.error("the outbox could not be read", extra={"trace": trace(failure)})
            self._away = True
            return AFTER_FAILURE
        if self._away:
            logger.info("the outbox can be read again")
        self._away = False
        return pause

    async def _start_due(self) -> timedelta:
        """Claim for the free slots of the time ahead, once half of it is free; answers when there is more to do."""
        wait = self._limits.wait_for_room(self._ahead // 2)
        places = self._places()
        if wait or not places:
            return timedelta(microseconds=wait // 1000) or LONGEST_SLEEP
        started = await self._claim(places)
        await self._tell_progress(bulk=started == places)
        if started == places:
            return timedelta(microseconds=self._limits.wait_for_room(self._ahead // 2) // 1000)
        due = await self._outbox.next_due_at()
        return max(due - self._clock.now(), SHORTEST_SLEEP) if due else LONGEST_SLEEP

    async def _acts(self) -> bool:
        """Whether this is the sender that acts; whichever does gives back what vanished ones had claimed."""
        now = self._limits.now
        if not self._acting or now - self._asked_at >= ASK_WHO_ACTS:
            self._acting, self._asked_at = await self._sole.acts(), now
        if self._acting and now - self._freed_at >= self._free_every:
            self._freed_at = now
            if freed := await self._outbox.free_stalled(self._sole.grace, of_others=True):
                logger.warning("messages of a vanished sender are sent again", extra={"messages": freed})
        return self._acting

    def _places(self) -> int:
        """How many messages can be claimed just now."""
        return min(self._limits.room(self._ahead), AT_ONCE - len(self._under_way))

    async def _claim(self, places: int) -> int:
        """Start as many due messages as there are places; answers how many."""
        if places <= 0 or (self._came_up_short and not await self._outbox.something_is_due()):
            return 0
        to_desk = 0 if self._desk is None else max(0, self._limits.group_room(self._desk) - self._to_desk)
        asked_at = self._limits.now
        batch = await self._outbox.claim_batch(places, to_desk=to_desk)
        self._came_up_short = len(batch) < places
        self._ahead = min(max(AHEAD, CLAIMS_AHEAD * (self._limits.now - asked_at)), FURTHEST_AHEAD)
        for message in batch:
            if message.id in self._bringing or self._record.holds(message.id):
                # Withdrawn and owed anew in the moment in which it goes out: its record will say that it has.
                continue
            self._bringing.add(message.id)
            ticket = Pass(message, self._limits.book(), self._limits.now)
            task = asyncio.create_task(self._courier.bring(ticket))
            self._under_way.add(task)
            task.add_done_callback(partial(self._brought, message.id, to_desk=message.borrower_id is None))
            self._to_desk += message.borrower_id is None
        return len(batch)

    def _brought(self, message_id: int, task: asyncio.Task[bool], *, to_desk: bool) -> None:
        self._bringing.discard(message_id)
        if len(self._under_way) >= AT_ONCE:
            self._wake.set()
        self._under_way.discard(task)
        self._went_out += not task.cancelled() and task.result()
        self._to_desk -= to_desk
        if not self._under_way:
            self._record.hurry()
            self._wake.set()

    async def _rest(self, pause: timedelta) -> None:
        """Until something is enqueued or recorded, or the pause is over."""
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _tell_progress(self, *, bulk: bool) -> None:
        """A line every minute while there is more to send than places for it."""
        if not bulk:
            self._told_at = None
        elif self._told_at is None:
            self._told_at = self._limits.now
        elif self._limits.now - self._told_at >= TELL_PROGRESS:
            self._told_at = self._limits.now
            how_far = await self._outbox.progress()
            logger.info(
                "sending",
                extra={
                    "waiting": how_far.waiting,
                    "urgent": how_far.waiting_urgent,
                    "per_second": float(how_far.per_second),
                    "seconds_left": round(how_far.time_left.total_seconds()) if how_far.time_left else None,
                },
            )
