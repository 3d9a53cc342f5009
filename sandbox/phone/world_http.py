"""The sandbox as a whole over HTTP: state, people, groups, clock, faults, files, the event stream and the page."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

from aiohttp import web

from sandbox.errors import PhoneError
from sandbox.mailroom import bot_status_changed
from sandbox.models import Chat, PersonRecord
from sandbox.phone.acts import block, unblock
from sandbox.phone.requests import Body, event_number, read_body, seq_header
from sandbox.shapes import JsonObject
from sandbox.world import World

HEARTBEAT_SECONDS = 15.0
PAGE = Path(__file__).parent.parent / "page"
NO_CACHE = {"Cache-Control": "no-store"}


@dataclass
class ClockControls:
    """What the app offers to move its clock: `advance` by a timespan, `jumps` by name.

    Both run the app's own work that falls due on the way and return when it is done.
    """

    advance: Callable[[timedelta], Awaitable[object]]
    jumps: Mapping[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageLook:
    """How the page shows things, whoever's machine it is opened on."""

    time_zone: str | None = None
    """IANA zone of its dates and times; the reader's own when None."""
    letters: Path | None = None
    """A font for Chinese letters where the machine has none; without it there are none then."""


class WorldHttp:
    """Handlers for everything that is not one chat."""

    def __init__(self, world: World, look: PageLook) -> None:
        self._world = world
        self._look = look
        self.clock_controls: ClockControls | None = None

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the paths."""
        router.add_get("/", self._index)
        router.add_get("/page/letters", self._letters)
        router.add_get("/page/{path:.+}", self._asset)
        router.add_get("/api/state", self._state)
        router.add_get("/api/files/{file_id}", self._file)
        router.add_get(r"/api/people/{uid:\d+}/events", self._events)
        router.add_post("/api/people", self._add_person)
        router.add_post(r"/api/people/{uid:\d+}/block", self._block)
        router.add_post(r"/api/people/{uid:\d+}/unblock", self._unblock)
        router.add_post("/api/groups", self._add_group)
        router.add_post("/api/clock/advance", self._advance)
        router.add_get("/api/faults", self._faults)
        router.add_post("/api/faults", self._set_faults)

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return self._page_file("index.html")

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        return self._page_file(request.match_info["path"])

    def _page_file(self, name: str) -> web.StreamResponse:
        path = (PAGE / name).resolve()
        if not path.is_relative_to(PAGE) or not path.is_file():
            raise PhoneError(404, "There is no such file.")
        return web.FileResponse(path, headers=NO_CACHE)

    async def _letters(self, request: web.Request) -> web.StreamResponse:
        if self._look.letters is None:
            raise PhoneError(404, "There is no such font.")
        return web.FileResponse(self._look.letters, headers={"Cache-Control": "max-age=86400"})

    async def _state(self, request: web.Request) -> web.Response:
        world = self._world
        controls = self.clock_controls
        profile = world.profile
        state: JsonObject = {
            "now": world.now().isoformat(),
            "bot": {
                "id": world.bot.id,
                "username": world.bot.username,
                "name": profile.names.get("", world.bot.name),
                "description": profile.descriptions.get("", ""),
                "short_description": profile.short_descriptions.get("", ""),
                "commands": profile.commands.get((("default",), ""), []),
                "menu_button": profile.menu_button(None),
            },
            "people": [self._person_json(person) for person in world.people.values()],
            "groups": [_group_json(chat) for chat in world.chats.values() if not chat.is_private],
            "clock": {
                "jumps": list(controls.jumps) if controls else [],
                "can_advance": controls is not None,
                "time_zone": self._look.time_zone,
            },
            "faults": world.faults.as_json(),
        }
        return web.json_response(state)

    def _person_json(self, person: PersonRecord) -> JsonObject:
        return {**asdict(person), "blocked": self._world.chats[person.id].blocked}

    async def _file(self, request: web.Request) -> web.Response:
        stored = self._world.files.find(request.match_info["file_id"])
        if stored is None:
            raise PhoneError(404, "There is no such file.")
        kind = stored.mime or "application/octet-stream"
        return web.Response(body=stored.data, headers={"Content-Type": kind, "X-Content-Type-Options": "nosniff"})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """The person's event stream: what follows `after` (or Last-Event-ID), else what follows this moment.

        A page left open since an earlier run names a number that is yet to come, and starts from this moment too.
        """
        person = self._world.person(int(request.match_info["uid"]))
        log = self._world.events[person.id]
        after = request.query.get("after") or request.headers.get("Last-Event-ID") or ""
        number = min(int(after), log.last) if after.isdigit() else log.last
        headers = {"Content-Type": "text/event-stream", **NO_CACHE, **seq_header(self._world, person.id)}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            await response.write(b": connected\n\n")
            while not log.closed:
                for event in log.after(number):
                    number = cast("int", event["seq"])
                    line = f"id: {number}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
                    await response.write(line.encode())
                if log.last == number and not await log.changed.wait(HEARTBEAT_SECONDS):
                    await response.write(b": still here\n\n")
        except ConnectionError:
            return response
        return response

    async def _add_person(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if not body.text("first_name").strip():
            raise PhoneError(400, "A person needs a first name.")
        person = PersonRecord(
            id=body.integer("id") or self._world.next_person_id(),
            first_name=body.text("first_name").strip(),
            last_name=body.text("last_name") or None,
            username=body.text("username") or None,
            language_code=body.text("language_code") or None,
            phone=body.text("phone") or None,
        )
        try:
            self._world.add_person(person)
        except ValueError as error:
            raise PhoneError(409, str(error)) from error
        return web.json_response(self._person_json(person))

    async def _add_group(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        values = body.values
        members = values.get("members", [])
        if not isinstance(members, list) or not all(isinstance(member, int) for member in members):
            raise PhoneError(400, "members has to be a list of ids.")
        try:
            chat = self._world.add_group(
                body.text("title") or "Group",
                forum=bool(values.get("forum")),
                members=members,
                bot_is_admin=bool(values.get("bot_is_admin", True)),
            )
        except ValueError as error:
            raise PhoneError(400, str(error)) from error
        announce_group(self._world, chat)
        return web.json_response(_group_json(chat))

    async def _block(self, request: web.Request) -> web.Response:
        person = self._world.person(int(request.match_info["uid"]))
        block(self._world, self._world.chats[person.id])
        return web.json_response({"blocked": True, "seq": event_number(self._world, person.id)})

    async def _unblock(self, request: web.Request) -> web.Response:
        person = self._world.person(int(request.match_info["uid"]))
        unblock(self._world, self._world.chats[person.id])
        return web.json_response({"blocked": False, "seq": event_number(self._world, person.id)})

    async def _advance(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if self.clock_controls is None:
            raise PhoneError(409, "The app offers no control of its clock.")
        await self._move_clock(self.clock_controls, body)
        now = self._world.now().isoformat()
        self._world.tell_everyone({"type": "clock", "now": now})
        return web.json_response({"now": now})

    async def _move_clock(self, controls: ClockControls, body: Body) -> None:
        jump = body.text("jump")
        if jump:
            if jump not in controls.jumps:
                raise PhoneError(404, "There is no such jump.")
            await controls.jumps[jump]()
            return
        span = timedelta(days=body.integer("days") or 0, hours=body.integer("hours") or 0)
        if span <= timedelta():
            raise PhoneError(400, "The clock moves forward only: give days or hours.")
        await controls.advance(span)

    async def _faults(self, request: web.Request) -> web.Response:
        return web.json_response(self._world.faults.as_json())

    async def _set_faults(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        try:
            self._world.faults.change(body.values)
        except ValueError as error:
            raise PhoneError(400, str(error)) from error
        return web.json_response(self._world.faults.as_json())


def announce_group(world: World, chat: Chat) -> None:
    """Tell the bot that it was added to a group, by the group's owner if there is one."""
    owner = next(chat.viewers(), None)
    if owner is not None:
        bot_status_changed(world, chat, owner, "left", chat.bot_status)


def _group_json(chat: Chat) -> JsonObject:
    topics = [{"id": topic.id, "name": topic.name, "closed": topic.closed} for topic in chat.topics.values()]
    return {
        "id": chat.id,
        "title": chat.title,
        "forum": chat.forum,
        "members": list(chat.viewers()),
        "topics": topics,
    }
