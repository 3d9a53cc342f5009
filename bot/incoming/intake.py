"""Taking updates in: stored first, and only then acknowledged to Telegram."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, cast

from telegram.error import Conflict, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.incoming.patience import seconds_of
from bot.incoming.regrets import Regrets
from bot.monitoring.logs import trace
from bot.monitoring.metrics import METRICS
from bot.settings import Settings
from services.inbox.inbox import Inbox
from services.leases import Leases

logger = logging.getLogger(__name__)

ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "pre_checkout_query", "my_chat_member")
"""What Telegram is asked to deliver."""
POLL_SECONDS: Final = 10
"""How long Telegram keeps a question for updates open."""
MOST_AT_ONCE: Final = 100
LEASE: Final = "fetching updates"
SLACK_S: Final = 10.0
"""How much later than promised an answer may come."""
LONGEST_STANDBY_S: Final = 2.0
"""How often one that does not fetch asks whether it is its turn."""
ASKED_AGAIN_AFTER_S: Final = 5.0
"""How long it fetches before it asks again whether it is its turn."""
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0


class Intake:
    """Stores updates; those that come while the database is busy with others are stored together. A database that is
    away is told of once."""

    def __init__(self, inbox: Inbox, stored: Callable[[], None], regrets: Regrets | None = None) -> None:
        self._inbox = inbox
        self._stored = stored
        self._regrets = regrets
        self._away = False
        self._waiting: list[tuple[Mapping[str, Any], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def take_in(self, updates: Sequence[Mapping[str, Any]]) -> int:
        """Store updates; committed when this returns. Answers how many were new. What has no number cannot be kept and
        is only logged."""
        numbered = [each for each in updates if is_numbered(each)]
        if len(numbered) < len(updates):
            logger.error("updates without a number were dropped", extra={"count": len(updates) - len(numbered)})
        try:
            new = await self._inbox.store(numbered)
        except Exception as failure:
            self._not_stored(numbered, failure)
            raise
        self._is_back()
        self._stored()
        return new

    def _not_stored(self, updates: Sequence[Mapping[str, Any]], failure: Exception) -> None:
        if not self._away:
            logger.error("updates cannot be stored", extra={"trace": trace(failure)})
        self._away = True
        if self._regrets is not None:
            self._regrets.not_stored(updates)

    def _is_back(self) -> None:
        if self._away:
            logger.info("updates are stored again")
            if self._regrets is not None:
                self._regrets.stored()
        self._away = False

    async def take_in_one(self, update: Mapping[str, Any]) -> None:
        """The same for one of many that come side by side."""
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((update, taken))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await taken

    async def _write(self) -> None:
        batch: list[tuple[Mapping[str, Any], asyncio.Future[None]]] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                try:
                    METRICS.update_taken_in("webhook", await self.take_in([update for update, _ in batch]))
                except Exception as failure:  # noqa: BLE001 - each of those who wait is told
                    for _, taken in batch:
                        if not taken.done():
                            taken.set_exception(failure)
                else:
                    for _, taken in batch:
                        if not taken.done():
                            taken.set_result(None)
        finally:
            self._writing = None
            # Cut off in the middle, nobody else would tell those who wait; told already, they are done.
            for _, taken in (*batch, *self._waiting):
                taken.cancel()


class Poller:
    """Fetches updates, and confirms them to Telegram by asking for the next ones once they are stored. Of several
    processes one fetches, because Telegram allows no second one."""

    def __init__(self, bot: ExtBot[str], intake: Intake, leases: Leases) -> None:
        self._bot = bot
        self._intake = intake
        self._leases = leases
        self._offset = 0
        self._free = self._ours = False
        self._stopping = asyncio.Event()

    async def fetch(self, wait: timedelta = timedelta(0)) -> int:
        """Ask once, waiting at most that long for something to come; answers how many updates came. Raises
        TelegramError, and what the database raises: then the same updates come again."""
        if not self._free:
            # Telegram answers nobody who asks while it has a webhook to bring updates to.
            self._free = await self._bot.delete_webhook()
        question = {
            "offset": self._offset,
            "limit": MOST_AT_ONCE,
            "timeout": int(wait.total_seconds()),
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        # Not `Bot.get_updates`: it reads all updates at once, and one that it cannot read would cost us the others.
        answer = await self._bot.request.post(
            f"{self._bot.base_url}/getUpdates",
            RequestData([RequestParameter.from_input(name, value) for name, value in question.items()]),
            read_timeout=wait.total_seconds() + SLACK_S,
        )
        updates = cast("list[dict[str, Any]]", answer)
        if updates:
            METRICS.update_taken_in("polling", await self._intake.take_in(updates))
            self._offset = max(int(each["update_id"]) for each in updates if is_numbered(each)) + 1
        return len(updates)

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Fetch all day, until stopped. Telegram or a database that is away is told of once, and asked again."""
        wait, away = FIRST_WAIT_S, False
        while not self._stopping.is_set():
            try:
                async with self._leases.kept(LEASE) as self._ours:
                    if self._ours:
                        await self._fetch_for_a_while()
                if not self._ours:
                    await self._rest(min(LONGEST_STANDBY_S, self._leases.lasts.total_seconds() / 3))
            except Exception as failure:  # noqa: BLE001 - fetching must go on when what is away is back
                if not away:
                    logger.warning("updates cannot be fetched", extra=_reason(failure))
                away = True
                if self._ours and not isinstance(failure, TelegramError):
                    await self._hear_in_vain()
                await self._rest(seconds_of(failure).total_seconds() if isinstance(failure, RetryAfter) else wait)
                wait = min(wait * 2, LONGEST_WAIT_S)
            else:
                if away:
                    logger.info("updates are fetched again")
                wait, away = FIRST_WAIT_S, False

    async def _fetch_for_a_while(self) -> None:
        """The lease is not asked for with each question."""
        loop = asyncio.get_running_loop()
        until = loop.time() + ASKED_AGAIN_AFTER_S
        while loop.time() < until and not self._stopping.is_set():
            await self._unless_stopped(self.fetch(timedelta(seconds=POLL_SECONDS)))

    async def _hear_in_vain(self) -> None:
        """While the database is away nobody else fetches. What comes is not confirmed and comes again, but those who
        wrote can be told."""
        with contextlib.suppress(Exception):
            await self._unless_stopped(self.fetch())

    async def _unless_stopped(self, fetching: Awaitable[int]) -> None:
        """A question that Telegram keeps open is dropped at a stop; what it would have brought comes again."""
        task, stop = asyncio.ensure_future(fetching), asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not task.done():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled() and (failure := task.exception()) is not None:
            raise failure

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


async def set_webhook(bot: ExtBot[str], settings: Settings) -> None:
    """Have Telegram bring updates to the address and with the first secret of the settings."""
    if settings.webhook_url is None or not settings.webhook_secrets:
        raise ValueError("no address or no secret for the webhook")
    await bot.set_webhook(
        settings.webhook_url,
        secret_token=settings.webhook_secrets[0],
        allowed_updates=ALLOWED_UPDATES,
    )


def is_numbered(update: object) -> bool:
    """Whether it is an update that can be kept."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63


def _reason(failure: Exception) -> dict[str, object]:
    if isinstance(failure, Conflict):
        return {"kind": "another process fetches, or a webhook is set"}
    if isinstance(failure, TelegramError):
        return {"kind": type(failure).__name__}
    return {"trace": trace(failure)}
