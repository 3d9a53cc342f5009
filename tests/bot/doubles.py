"""Small stand-ins for what the runtime talks to: Telegram over HTTP, and the few services that it calls."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic_ns
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.outgoing.send_limits import Rates, SendLimits
from bot.settings import Settings
from services.clock import SteppedClock
from services.configuration.staff import Desk, Staff
from services.conversations import Conversations
from services.db import Database
from services.inbox.inbox import Inbox
from services.vault import Vault

TOKEN = "123456:" + "A" * 35
DESK = -1001


@dataclass
class Call:
    method: str
    fields: dict[str, str]
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    connection: object = None


Answer = Callable[[web.Request], Awaitable[web.Response]]


class TelegramDouble:
    """Answers Bot API calls over real HTTP and remembers them. `answers[method]` holds what to say instead."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, deque[Answer]] = defaultdict(deque)
        self.files: dict[str, bytes] = {}
        self._message_id = 100
        self._called = asyncio.Event()
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_route("*", f"/bot{TOKEN}/{{method}}", self._method)
        application.router.add_get(f"/file/bot{TOKEN}/{{path:.*}}", self._file)
        self.server = TestServer(application)

    async def __aenter__(self) -> "TelegramDouble":
        await self.server.start_server()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.server.close()

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def settings(self, **more: Any) -> Settings:
        return Settings(token=TOKEN, bot_api_url=self.url, **more)

    def named(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def said(self) -> list[str]:
        """Texts sent or edited, in order."""
        return [call.fields["text"] for call in self.calls if call.method in ("sendMessage", "editMessageText")]

    def refuse(self, method: str, code: int, description: str, **parameters: int) -> None:
        async def answer(request: web.Request) -> web.Response:
            body = {"ok": False, "error_code": code, "description": description}
            return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)

        self.answers[method].append(answer)

    def hang_up(self, method: str) -> None:
        async def answer(request: web.Request) -> web.Response:
            assert request.transport is not None
            request.transport.close()
            return web.Response()

        self.answers[method].append(answer)

    async def heard(self) -> None:
        """Wait for the next call."""
        self._called.clear()
        await self._called.wait()

    async def _method(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        call = Call(method, {}, connection=request.transport)
        if request.content_type.startswith("multipart/"):
            async for part in await request.multipart():
                if part.filename:
                    content = bytes(await part.read())
                    call.files[part.name] = (part.filename, part.headers["Content-Type"], content)
                else:
                    call.fields[part.name] = await part.text()
        elif request.can_read_body:
            told = await request.json()
            call.fields = {name: each if isinstance(each, str) else json.dumps(each) for name, each in told.items()}
        self.calls.append(call)
        self._called.set()
        if self.answers[method]:
            return await self.answers[method].popleft()(request)
        return web.json_response({"ok": True, "result": self._result(call)})

    def _result(self, call: Call) -> Any:
        if call.method == "getMe":
            return {"id": 123456, "is_bot": True, "first_name": "Loanline", "username": "loanline_bot"}
        if call.method == "getUpdates":
            return []
        if call.method == "getFile":
            return {"file_id": "F", "file_unique_id": "U", "file_path": "documents/one.pdf"}
        if call.method in ("sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageReplyMarkup"):
            if call.method.startswith("send"):
                self._message_id += 1
            chat = int(call.fields["chat_id"])
            number = int(call.fields.get("message_id", self._message_id))
            return {"message_id": number, "date": 0, "chat": chat_of(chat), "text": call.fields.get("text", "")}
        if call.method == "sendMediaGroup":
            items = json.loads(call.fields["media"])
            self._message_id += len(items)
            return [{"message_id": self._message_id, "date": 0, "chat": chat_of(int(call.fields["chat_id"]))}] * len(
                items
            )
        return True

    async def _file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["path"]])


def at_any_speed() -> SendLimits:
    """Limits that no test waits for."""
    return SendLimits(Rates(10**6, 10**6, 10**6), monotonic_ns)


def chat_of(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"}


@dataclass(frozen=True)
class Person:
    """As much of a Borrower as the runtime reads."""

    id: int
    telegram_id: int
    language: str | None = None
    time_zone: str = "Asia/Shanghai"


class FakeBorrowers:
    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.unreachable: list[int] = []
        self.broken = False

    async def meet(self, telegram_id: int, language_hint: str | None = None, known: object = None) -> Person:
        if self.broken:
            raise ConnectionRefusedError("the database is away")
        return self.people.setdefault(telegram_id, Person(len(self.people) + 1, telegram_id))

    async def mark_unreachable(self, borrower_id: int) -> None:
        self.unreachable.append(borrower_id)

    def speak(self, telegram_id: int, language: str) -> None:
        self.people[telegram_id] = replace(Person(telegram_id, telegram_id), language=language)


class BreakableDatabase(Database):
    """A database that does not answer while it is `away`."""

    away = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        self._answer()
        async with super().transaction() as session:
            yield session

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncConnection]:
        self._answer()
        async with super().changing() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        self._answer()
        async with super().reading() as session:
            yield session

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncConnection]:
        self._answer()
        async with super().looking() as connection:
            yield connection

    def _answer(self) -> None:
        if self.away:
            raise ConnectionRefusedError("the database is away")


@dataclass
class FakeServices:
    """A borrowers' register that knows everybody, with the inbox and the conversations of a real database."""

    database: BreakableDatabase
    outbox: Any = None
    borrowers: FakeBorrowers = field(default_factory=FakeBorrowers)
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    inbox: Inbox = field(init=False)
    conversations: Conversations = field(init=False)
    letters: "Letters" = field(init=False)
    staff: Staff = field(default_factory=lambda: Staff((), Desk(DESK, forum=False, language="zh_Hans")))
    lender: Any = field(
        default_factory=lambda: SimpleNamespace(languages=("zh_Hans", "en"), time_zone="Asia/Shanghai", currency="CNY")
    )

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.database, self.clock, Vault.from_text(Vault.new_key()))
        self.conversations = Conversations(self.database)
        self.letters = Letters()

    async def step_of(self, user_id: int) -> str | None:
        return (await self.conversations.load(user_id)).step

    @property
    def whole(self) -> Any:
        """To be handed to what expects all services."""
        return self


class Letters:
    """Makes updates as Telegram would deliver them, with rising ids."""

    def __init__(self) -> None:
        self.update_id = 0
        self.message_id = 0

    def _update(self, **content: Any) -> dict[str, Any]:
        self.update_id += 1
        return {"update_id": self.update_id, **content}

    def text(
        self, text: str, *, user: int = 7, chat: int | None = None, language: str = "en", edited: bool = False
    ) -> dict[str, Any]:
        self.message_id += 1
        message = {
            "message_id": self.message_id,
            "date": int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()),
            "chat": chat_of(chat or user),
            "from": {"id": user, "is_bot": False, "first_name": "Lin", "language_code": language},
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        return self._update(**{"edited_message" if edited else "message": message})

    def press(self, data: str, *, user: int = 7, chat: int | None = None, message_id: int = 50) -> dict[str, Any]:
        message = {"message_id": message_id, "date": 1, "chat": chat_of(chat or user), "text": "a card"}
        person = {"id": user, "is_bot": False, "first_name": "Lin", "language_code": "en"}
        return self._update(
            callback_query={"id": "1", "from": person, "chat_instance": "c", "message": message, "data": data}
        )

    def pre_checkout(self, *, user: int = 7) -> dict[str, Any]:
        person = {"id": user, "is_bot": False, "first_name": "Lin", "language_code": "en"}
        query = {"id": "9", "from": person, "currency": "CNY", "total_amount": 100, "invoice_payload": "P1"}
        return self._update(pre_checkout_query=query)

    def blocked(self, *, user: int = 7) -> dict[str, Any]:
        person = {"id": user, "is_bot": False, "first_name": "Lin", "language_code": "en"}
        bot = {"id": 123456, "is_bot": True, "first_name": "Loanline"}
        change = {
            "chat": chat_of(user),
            "from": person,
            "date": 1,
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
        }
        return self._update(my_chat_member=change)
