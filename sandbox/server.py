"""The sandbox as one object: start it, add people and groups, stop it."""

from collections.abc import Callable, Iterable
from datetime import datetime

from aiohttp import web

from sandbox.bot_http import BotApi
from sandbox.faults import Faults
from sandbox.files import UPLOAD_LIMIT
from sandbox.limits import FloodControl
from sandbox.membership import join, leave
from sandbox.models import BotAccount, Chat, PersonRecord
from sandbox.phone.chats_http import ChatsHttp
from sandbox.phone.requests import answer_refusals
from sandbox.phone.world_http import ClockControls, PageLook, WorldHttp, announce_group
from sandbox.world import World

REQUEST_LIMIT = 2 * UPLOAD_LIMIT
SHUTDOWN_SECONDS = 2.0


class Sandbox:
    """A local stand-in for Telegram with one bot, any number of people and groups, and a page of phones.

    `token` is the bot's, `now` answers aware UTC instants: messages carry its time. All files stay in memory.
    """

    def __init__(
        self,
        token: str,
        bot_name: str,
        bot_username: str,
        now: Callable[[], datetime],
        look: PageLook | None = None,
    ) -> None:
        bot_id = int(token.partition(":")[0])
        self.world = World(bot=BotAccount(bot_id, token, bot_name, bot_username), now=now)
        self._phones = WorldHttp(self.world, look or PageLook())
        self._runner: web.AppRunner | None = None
        self._base_url = ""

    @property
    def base_url(self) -> str:
        """Where the sandbox listens; the Bot API is at /bot<token>/, files at /file/bot<token>/."""
        return self._base_url

    @property
    def limits(self) -> FloodControl:
        """Flood control, on by default."""
        return self.world.limits

    @property
    def faults(self) -> Faults:
        """Faults on purpose, off by default."""
        return self.world.faults

    @property
    def clock_controls(self) -> ClockControls | None:
        """How people move the app's clock; None when the app offers nothing."""
        return self._phones.clock_controls

    @clock_controls.setter
    def clock_controls(self, controls: ClockControls | None) -> None:
        self._phones.clock_controls = controls

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; port 0 takes any free one. Answers the base URL."""
        app = web.Application(client_max_size=REQUEST_LIMIT, middlewares=[answer_refusals])
        BotApi(self.world).add_routes(app.router)
        ChatsHttp(self.world).add_routes(app.router)
        self._phones.add_routes(app.router)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self._base_url = f"http://{host}:{bound}"
        return self._base_url

    async def stop(self) -> None:
        """Stop listening; open polls, presses and event streams end at once."""
        await self.world.webhook.stop()
        self.world.updates.close()
        self.world.questions.close()
        for log in self.world.events.values():
            log.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def settled(self) -> None:
        """Return once every update for the bot was fetched and confirmed, or taken by the webhook."""
        await self.world.updates.settled()

    def add_person(
        self,
        first_name: str,
        last_name: str | None = None,
        language_code: str | None = None,
        phone: str | None = None,
        user_id: int | None = None,
        username: str | None = None,
    ) -> PersonRecord:
        """Add a person who has not started the bot yet; `phone` in international form with a plus sign."""
        person = PersonRecord(
            id=user_id if user_id is not None else self.world.next_person_id(),
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
            phone=phone,
        )
        self.world.add_person(person)
        return person

    def add_group(
        self,
        title: str,
        *,
        forum: bool = False,
        members: Iterable[int | PersonRecord] = (),
        bot_is_admin: bool = True,
    ) -> Chat:
        """Add a supergroup with the bot in it; the first member owns it. The bot is told by my_chat_member."""
        ids = [member if isinstance(member, int) else member.id for member in members]
        chat = self.world.add_group(title, forum=forum, members=ids, bot_is_admin=bot_is_admin)
        announce_group(self.world, chat)
        return chat

    def add_member(self, group_id: int, person_id: int) -> None:
        """Let a person join a group."""
        join(self.world, self.world.chats[group_id], person_id)

    def remove_member(self, group_id: int, person_id: int) -> None:
        """Let a person leave a group."""
        leave(self.world, self.world.chats[group_id], person_id)
