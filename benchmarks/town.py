"""As much of Telegram as a town of borrowers needs: each says a line, waits for the reply, and says the next."""

import asyncio
import itertools
import json
import subprocess  # nosec B404
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from benchmarks.telegram_stub import BEGAN, BOT

PLAY: Final = "/play"
ASKED: Final = "/asked"
WORDS: Final = frozenset({"sendMessage", "editMessageText"})
"""The methods by which somebody is answered."""
MOST_AT_ONCE: Final = 100
"""Updates that Telegram hands out at once."""
Update = dict[str, Any]


@dataclass
class _Person:
    lines: deque[Update]
    spoke_at: float | None = None


class Town:
    """Answers the Bot API, each call after `latency` seconds: half on the way there, half on the way back.

    `POST /play` takes {"persons": {id: lines}, "at_once", "latency", "thinking"} and answers, when everything is said
    and replied to, {"waits"}: seconds from each line to the reply, as the person sees it. `at_once` persons speak at
    the same time, each `thinking` seconds after a reply, the first time at a moment of its own within them.
    `POST /asked` is answered when somebody asks for updates next.
    """

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._said: deque[Update] = deque()
        self._something_said = asyncio.Event()
        self._asked = asyncio.Event()
        self._latency = self._thinking = 0.0
        self._speaking: dict[int, _Person] = {}
        self._to_come: deque[tuple[int, _Person]] = deque()
        self._waits: list[float] = []
        self._over = asyncio.Event()

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application()
        app.router.add_post(PLAY, self._play)
        app.router.add_post(ASKED, self._next_question)
        app.router.add_post("/bot{token}/getUpdates", self._get_updates)
        app.router.add_post("/bot{token}/{method}", self._act)
        return app

    async def _play(self, request: web.Request) -> web.Response:
        play = await request.json()
        self._latency, self._thinking = play["latency"], play["thinking"]
        self._waits, self._over = [], asyncio.Event()
        persons = [(int(number), _Person(deque(lines))) for number, lines in play["persons"].items()]
        at_once = play["at_once"]
        self._to_come = deque(persons[at_once:])
        for place, (number, person) in enumerate(persons[:at_once]):
            self._speaking[number] = person
            self._after(self._thinking * place / at_once, number)
        await self._over.wait()
        return web.json_response({"waits": self._waits})

    async def _next_question(self, _request: web.Request) -> web.Response:
        self._asked.clear()
        await self._asked.wait()
        return web.Response()

    def _after(self, seconds: float, number: int) -> None:
        asyncio.get_running_loop().call_later(seconds, self._speak, number)

    def _speak(self, number: int) -> None:
        person = self._speaking[number]
        person.spoke_at = asyncio.get_running_loop().time()
        self._said.append({"update_id": next(self._ids), **_numbered(person.lines.popleft(), next(self._ids))})
        self._something_said.set()

    def _replied(self, number: int) -> None:
        person = self._speaking.get(number)
        if person is None or person.spoke_at is None:
            return
        self._waits.append(asyncio.get_running_loop().time() - person.spoke_at)
        person.spoke_at = None
        if person.lines:
            self._after(self._thinking, number)
            return
        del self._speaking[number]
        if self._to_come:
            following, next_person = self._to_come.popleft()
            self._speaking[following] = next_person
            self._speak(following)
        elif not self._speaking:
            self._over.set()

    async def _get_updates(self, request: web.Request) -> web.Response:
        form = await _fields(request)
        self._asked.set()
        await self._half_way()
        try:
            async with asyncio.timeout(float(str(form.get("timeout", "0")))):
                while not self._said:
                    self._something_said.clear()
                    await self._something_said.wait()
        except TimeoutError:
            return _result([])
        told = [self._said.popleft() for _ in range(min(len(self._said), MOST_AT_ONCE))]
        await self._half_way()
        return _result(told)

    async def _act(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        form = await _fields(request)
        await self._half_way()
        answer: object = True
        if method == "getMe":
            answer = BOT
        elif "chat_id" in form and method.startswith(("send", "edit")):
            chat = int(str(form["chat_id"]))
            answer = _message(int(str(form.get("message_id") or next(self._ids))), chat, str(form.get("text", "…")))
            if method in WORDS:
                self._replied(chat)
        await self._half_way()
        return _result(answer)

    async def _half_way(self) -> None:
        if self._latency:
            await asyncio.sleep(self._latency / 2)


@contextmanager
def town() -> Iterator[str]:
    """Where a town listens, in a process of its own that loads nothing else."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # nosec B603  # noqa: S603
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a town without a line to it")
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


def text(person: int, words: str) -> Update:
    """The person writes."""
    return {"message": _message(0, person, words) | {"from": _of(person)}}


def press(person: int, data: str) -> Update:
    """The person presses a button."""
    pressed = _message(0, person, "…")
    return {"callback_query": {"id": "1", "from": _of(person), "chat_instance": "1", "data": data, "message": pressed}}


def play(
    persons: Mapping[int, Sequence[Update]], *, at_once: int, latency: float = 0.0, thinking: float = 0.0
) -> bytes:
    """The body of a `POST /play`."""
    said = {str(number): list(lines) for number, lines in persons.items()}
    return json.dumps({"persons": said, "at_once": at_once, "latency": latency, "thinking": thinking}).encode()


def _numbered(line: Update, number: int) -> Update:
    kind, content = next(iter(line.items()))
    return {kind: content | {"message_id": number}} if kind == "message" else line


def _of(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": "Lin", "language_code": "en"}


def _message(number: int, chat: int, words: str) -> dict[str, Any]:
    where = {"id": chat, "type": "private", "first_name": "Lin"}
    return {"message_id": number, "date": BEGAN, "chat": where, "text": words}


async def _fields(request: web.Request) -> Mapping[str, Any]:
    """As a bot's client sends them: as JSON or as a form."""
    if request.content_type == "application/json":
        fields: Mapping[str, Any] = await request.json()
        return fields
    return await request.post()


def _result(value: object) -> web.Response:
    return web.json_response({"ok": True, "result": value})


async def _serve() -> None:
    """Tell the port, stop when the other end closes the line."""
    runner = web.AppRunner(Town().app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
