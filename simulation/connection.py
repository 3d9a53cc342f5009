"""The bot's way to Telegram without a socket: the library's requests go straight to the sandbox."""

import json
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from sandbox import Sandbox
from sandbox.bot_http import BotApi
from sandbox.errors import ApiError
from sandbox.faults import ConnectionDropped
from sandbox.params import Params, Upload
from sandbox.shapes import JsonObject
from simulation.faults import Operations

FILE: Final = "/file/bot"
DELIVERING: ContextVar[bool] = ContextVar("delivering", default=False)
"""True in whatever the sender does, as against the answers to updates."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, or the change of one, that reached a chat."""

    at: datetime
    tick: int
    """Number of the operation, see `simulation.faults.Mishaps`."""
    method: str
    """In lower case."""
    chat_id: int
    message_id: int
    text: str
    """Text or caption as the bot wrote it, markup included; the names of files behind it."""
    by_sender: bool
    machine: str


class Connection(BaseRequest):
    """Requests of one machine. Every call is an operation at which a fault may strike; what reached a chat is noted in
    `sent` even where the answer was lost. A long poll answers at once."""

    def __init__(self, sandbox: Sandbox, operations: Operations, sent: list[Sent]) -> None:
        self._world = sandbox.world
        self._api = BotApi(sandbox.world)
        self._operations = operations
        self._sent = sent

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        """There is no connection to open."""

    async def shutdown(self) -> None:
        """Nor one to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One exchange; `method`, the timeouts and the host of `url` mean nothing here. Raises TimedOut,
        NetworkError."""
        try:
            if FILE in url:
                await self._operations.telegram("download")
                return 200, await self._api.content(url.partition(FILE)[2].partition("/")[2])
            name = url.rpartition("/")[2].lower()
            await self._operations.telegram(name)
            return 200, _json({"ok": True, "result": await self._call(name, _params(request_data))})
        except ApiError as error:
            return error.code, _json(error.body())
        except ConnectionDropped:
            raise NetworkError("the connection was closed") from None
        finally:
            # A call that was refused, or a poll, does not meet its fault: no later one is to meet it instead.
            self._world.faults.clear()

    async def _call(self, name: str, params: Params) -> object:
        if name == "getupdates":
            params.values["timeout"] = "0"
        chat_id = params.integer("chat_id")
        chat = self._world.chats.get(chat_id)
        before = chat.last_id if chat is not None else 0
        try:
            result = await self._api.carry_out(name, params)
        except ConnectionDropped:
            if self._world.faults.after_processing:
                self._note(name, chat_id, before, params)
                raise TimedOut from None
            raise
        self._note(name, chat_id, before, params)
        return result

    def _note(self, name: str, chat_id: int, before: int, params: Params) -> None:
        """Remember what the call put into the chat, or changed there."""
        chat = self._world.chats.get(chat_id)
        if chat is None or not name.startswith(("send", "copy", "editmessage")) or name == "sendchataction":
            return
        changed = params.integer("message_id") if name.startswith("edit") else 0
        message_id = changed or (chat.last_id if chat.last_id > before else 0)
        text = params.text("text") or params.text("caption")
        names = " ".join(upload.name for upload in params.uploads.values())
        self._sent.append(
            Sent(
                self._world.now(),
                self._operations.tick,
                name,
                chat_id,
                message_id,
                f"{text} {names}".strip(),
                DELIVERING.get(),
                self._operations.machine,
            )
        )


def _params(data: RequestData | None) -> Params:
    if data is None:
        return Params()
    files = data.multipart_data.items()
    uploads = {name: Upload(called, cast("bytes", content)) for name, (called, content, _) in files}
    return Params(cast("JsonObject", dict(data.json_parameters)), uploads)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
