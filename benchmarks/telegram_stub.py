"""As little of Telegram as an echo needs: hands out one update at a time, the next when the last was replied to."""

import asyncio
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

PERSON = {"id": 4, "type": "private", "first_name": "Lin"}
BOT = {"id": 1, "is_bot": True, "first_name": "Echo", "username": "echo_bot", "can_join_groups": True}
BEGAN = 1_767_225_600
"""The instant that messages bear."""

RELEASE = "/release"


class Telegram:
    """Answers the Bot API's methods over HTTP. `POST /release?count=n` lets the person say something n times."""

    def __init__(self) -> None:
        self._to_say = 0
        self._said = 0
        self._ready: asyncio.Queue[int] = asyncio.Queue()

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application()
        app.router.add_post(RELEASE, self._release)
        app.router.add_post("/bot{token}/getMe", self._get_me)
        app.router.add_post("/bot{token}/getUpdates", self._get_updates)
        app.router.add_post("/bot{token}/sendMessage", self._send_message)
        app.router.add_post("/bot{token}/{method}", self._agree)
        return app

    async def _release(self, request: web.Request) -> web.Response:
        self._to_say += int(request.query["count"])
        self._say()
        return web.Response()

    async def _get_me(self, _request: web.Request) -> web.Response:
        return _result(BOT)

    async def _get_updates(self, request: web.Request) -> web.Response:
        form = await request.post()
        patience = float(str(form.get("timeout", "0")))
        try:
            number = await asyncio.wait_for(self._ready.get(), patience) if patience else self._ready.get_nowait()
        except (TimeoutError, asyncio.QueueEmpty):
            return _result([])
        return _result([{"update_id": number, "message": _message(number, "Good morning", PERSON)}])

    async def _send_message(self, request: web.Request) -> web.Response:
        form = await request.post()
        self._say()
        return _result(_message(self._said, str(form["text"]), BOT))

    async def _agree(self, _request: web.Request) -> web.Response:
        return _result(True)

    def _say(self) -> None:
        if self._to_say:
            self._to_say -= 1
            self._said += 1
            self._ready.put_nowait(self._said)


def serve(line: Connection) -> None:
    """Run in a process of its own: send the port, stop when the other end of the line closes."""
    asyncio.run(_serve(line))


async def _serve(line: Connection) -> None:
    runner = web.AppRunner(Telegram().app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    line.send(runner.addresses[0][1])
    await asyncio.to_thread(_closed, line)
    await runner.cleanup()


def _closed(line: Connection) -> None:
    try:
        line.recv()
    except EOFError:
        return


def _message(number: int, text: str, sender: Mapping[str, Any]) -> dict[str, object]:
    return {"message_id": number, "date": BEGAN + number, "chat": PERSON, "from": {"is_bot": False} | dict(sender)} | {
        "text": text
    }


def _result(value: object) -> web.Response:
    return web.json_response({"ok": True, "result": value})
