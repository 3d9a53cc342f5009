"""The connection of one phone: requests, the event stream and the place in it that acts mark."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self, cast

import aiohttp

from sandbox.phone.requests import SEQ_HEADER
from sandbox.phone_mirror import PhoneMirror
from sandbox.shapes import JsonObject, MessageView

CONNECT_SECONDS = 10.0
REQUEST_SECONDS = 60.0
STREAM_LINE_BYTES = 2**22


class PhoneLine:
    """A person's connection to a sandbox. Every act moves the mark behind which new messages are looked for."""

    def __init__(self, base_url: str, user_id: int) -> None:
        self.id = user_id
        self._base = f"{base_url}/api/people/{user_id}"
        self._root = base_url
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS), read_bufsize=STREAM_LINE_BYTES
        )
        self._mirror = PhoneMirror(user_id)
        self._mark = 0
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, base_url: str, user_id: int) -> Self:
        """Open the phone and read everything that happened so far."""
        person = cls(base_url, user_id)
        try:
            await person._open_stream()
        except BaseException:
            await person.close()
            raise
        return person

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the phone."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        await self._session.close()

    async def _open_stream(self) -> None:
        response = await self._session.get(
            f"{self._base}/events", params={"after": "0"}, timeout=aiohttp.ClientTimeout(total=None)
        )
        if response.status != 200:
            raise LookupError(f"The sandbox has no person {self.id}: {response.status}")
        number = int(response.headers[SEQ_HEADER])
        self._reader = asyncio.create_task(self._mirror.follow(response))
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._mirror.reached(number)
        self._mark = number

    async def _post(self, path: str, body: JsonObject) -> JsonObject:
        async with self._session.post(f"{self._base}{path}", json=body) as response:
            return await self._answer(response)

    async def _answer(self, response: aiohttp.ClientResponse) -> JsonObject:
        answer = cast("JsonObject", await response.json())
        if response.status != 200:
            raise AssertionError(f"{response.status}: {answer.get('error')}\n{self.transcript()}")
        if "seq" in answer:
            self._mark = cast("int", answer["seq"])
        return answer

    async def _act(self, act: str, body: JsonObject, chat: int | None) -> JsonObject:
        return await self._post(f"/chats/{self._chat_id(chat)}/{act}", body)

    def _chat_id(self, chat: int | None) -> int:
        return self.id if chat is None else chat

    async def _message(self, act: str, body: JsonObject, chat: int | None) -> MessageView:
        return cast("MessageView", (await self._act(act, body, chat))["message"])

    async def mark(self) -> None:
        """From here on `expect` looks at what follows this moment only."""
        self._mark = await self._catch_up()

    async def _catch_up(self) -> int:
        """Wait until the phone shows everything that happened until this call; answers the last event's number."""
        async with self._session.get(f"{self._base}/chats") as response:
            number = int(response.headers[SEQ_HEADER])
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._mirror.reached(number)
        return number

    def transcript(self, chat: int | None = None) -> str:
        """The chat as this person sees it, for error messages."""
        return self._mirror.transcript(self._chat_id(chat))
