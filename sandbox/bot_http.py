"""The Bot API over HTTP: /bot<token>/<method> and /file/bot<token>/<path>."""

import re

from aiohttp import web

from sandbox.errors import ApiError
from sandbox.faults import ConnectionDropped
from sandbox.files import DOWNLOAD_LIMIT
from sandbox.methods import METHODS, WRITING
from sandbox.params import Params, read_params
from sandbox.sending import Call
from sandbox.shapes import JsonObject
from sandbox.world import World

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


class BotApi:
    """Answers the bot's calls as Telegram's server does, with faults and flood control in between."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.webhook.carry_out = self._carry_out_reply

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the paths of the Bot API."""
        router.add_route("GET", "/bot{token}/{method}", self._call)
        router.add_route("POST", "/bot{token}/{method}", self._call)
        router.add_get("/file/bot{token}/{path:.+}", self._download)

    async def _call(self, request: web.Request) -> web.Response:
        try:
            return web.json_response({"ok": True, "result": await self._answer(request)})
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)
        except ConnectionDropped:
            return _drop(request)

    async def _answer(self, request: web.Request) -> object:
        self._check_token(request.match_info["token"])
        name = request.match_info["method"].lower()
        return await self.carry_out(name, await read_params(request))

    async def carry_out(self, name: str, params: Params) -> object:
        """Carry out one method, its name in lower case. Raises ApiError or ConnectionDropped."""
        method = METHODS.get(name)
        if method is None:
            raise ApiError(404, "Not Found")
        chat_id = params.integer("chat_id") or None
        await self._world.faults.before(name, chat_id)
        if name in WRITING and chat_id in self._world.chats:
            self._count(name, params, chat_id)
        result = await method(Call(self._world, name, params))
        self._world.faults.after(name, chat_id)
        return result

    def _count(self, name: str, params: Params, chat_id: int) -> None:
        messages = 1
        if name == "sendmediagroup":
            try:
                items = params.json("media")
            except ValueError:
                items = None
            messages = max(1, len(items)) if isinstance(items, list) else 1
        self._world.limits.spend(chat_id, group=chat_id < 0, messages=messages)

    async def _carry_out_reply(self, body: JsonObject) -> None:
        name = str(body.pop("method")).lower()
        try:
            await self.carry_out(name, Params(body))
        except (ApiError, ConnectionDropped):
            return

    def _check_token(self, token: str) -> None:
        if not TOKEN.fullmatch(token):
            raise ApiError(404, "Not Found")
        if token != self._world.bot.token:
            raise ApiError(401, "Unauthorized")

    async def _download(self, request: web.Request) -> web.Response:
        try:
            self._check_token(request.match_info["token"])
            data = await self.content(request.match_info["path"])
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)
        except ConnectionDropped:
            return _drop(request)
        return web.Response(body=data, content_type="application/octet-stream")

    async def content(self, path: str) -> bytes:
        """The bytes of the file with this download path. Raises ApiError or ConnectionDropped."""
        await self._world.faults.before("download", None)
        stored = self._world.files.at_path(path)
        if stored is None or len(stored.data) > DOWNLOAD_LIMIT:
            raise ApiError(404, "Not Found")
        return stored.data


def _drop(request: web.Request) -> web.Response:
    """Cut the connection: the answer that is returned never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
