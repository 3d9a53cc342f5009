"""Delivery of updates to the bot's webhook (core.telegram.org/bots/api#setwebhook)."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from sandbox.errors import bad_request
from sandbox.shapes import JsonObject
from sandbox.updates import Update, UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # nosec B105  # noqa: S105 - the name of a header
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
ANSWER_SECONDS = 60
FIRST_RETRY_SECONDS = 0.05
LONGEST_RETRY_SECONDS = 5.0
ATTEMPTS = 30


@dataclass(frozen=True, slots=True)
class Hook:
    """Where updates go."""

    url: str
    secret: str | None
    max_connections: int
    has_certificate: bool

    def check(self) -> None:
        """Raise ApiError 400 for an address or a secret that Telegram refuses.

        Plain http is allowed, as on a Bot API server of one's own in local mode.
        """
        if not re.match(r"https?://[^/\s]+", self.url):
            raise bad_request("bad webhook: invalid webhook URL specified")
        if self.secret is not None and not SECRET.fullmatch(self.secret):
            raise bad_request("secret token contains unallowed characters")


class Webhook:
    """Sends every queued update until it is answered 2xx: one at a time per chat, chats side by side."""

    def __init__(self, updates: UpdateQueue, now: Callable[[], datetime]) -> None:
        self.carry_out: Callable[[JsonObject], Awaitable[None]] | None = None
        self._updates = updates
        self._now = now
        self._hook: Hook | None = None
        self._sender: asyncio.Task[None] | None = None
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._busy_chats: set[int] = set()
        self._last_error: tuple[int, str] | None = None

    @property
    def is_set(self) -> bool:
        """Whether updates go to a webhook."""
        return self._hook is not None

    def info(self) -> JsonObject:
        """The WebhookInfo without the number of waiting updates."""
        hook = self._hook
        answer: JsonObject = {
            "url": hook.url if hook else "",
            "has_custom_certificate": bool(hook and hook.has_certificate),
        }
        if hook is not None:
            answer["max_connections"] = hook.max_connections
            if self._updates.allowed:
                answer["allowed_updates"] = list(self._updates.allowed)
        if self._last_error is not None:
            answer["last_error_date"], answer["last_error_message"] = self._last_error
        return answer

    async def start(self, hook: Hook) -> None:
        """Begin to deliver; replaces an earlier webhook."""
        await self.stop()
        self._hook = hook
        self._sender = asyncio.create_task(self._run(hook))

    async def stop(self) -> None:
        """Stop delivering; what is not delivered stays queued."""
        self._hook, self._last_error = None, None
        tasks = [*self._under_way.values(), *([self._sender] if self._sender else [])]
        self._sender = None
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._under_way.clear()
        self._busy_chats.clear()

    async def _run(self, hook: Hook) -> None:
        connector = aiohttp.TCPConnector(ssl=False, limit=hook.max_connections)
        seconds = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=seconds) as session:
            while True:
                for update in self._updates.pending():
                    free = len(self._under_way) < hook.max_connections
                    if free and update.id not in self._under_way and update.chat_id not in self._busy_chats:
                        self._busy_chats.add(update.chat_id)
                        self._under_way[update.id] = asyncio.create_task(self._deliver(session, hook, update))
                await self._updates.changed.wait()

    async def _deliver(self, session: aiohttp.ClientSession, hook: Hook, update: Update) -> None:
        pause = FIRST_RETRY_SECONDS
        for _ in range(ATTEMPTS):
            if await self._attempt(session, hook, update):
                break
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_RETRY_SECONDS)
        if self._updates.duplicates:
            await self._attempt(session, hook, update)
        self._under_way.pop(update.id, None)
        self._busy_chats.discard(update.chat_id)
        self._updates.confirm(update.id)

    async def _attempt(self, session: aiohttp.ClientSession, hook: Hook, update: Update) -> bool:
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        try:
            async with session.post(hook.url, json=update.json(), headers=headers, allow_redirects=False) as response:
                if 200 <= response.status < 300:
                    await self._carry_out_reply(response)
                    return True
                words = f"Wrong response from the webhook: {response.status} {response.reason}"
        except aiohttp.ClientConnectorError:
            words = "Connection refused"
        except (aiohttp.ClientError, TimeoutError):
            words = "Connection closed or read timeout expired"
        self._last_error = (int(self._now().timestamp()), words)
        return False

    async def _carry_out_reply(self, response: aiohttp.ClientResponse) -> None:
        """A webhook's answer may itself be a call: {"method": ..., parameters}."""
        if self.carry_out is None or response.content_type != "application/json":
            return
        with contextlib.suppress(ValueError):
            body = await response.json()
            if isinstance(body, dict) and "method" in body:
                await self.carry_out(body)
