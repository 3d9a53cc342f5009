"""Delivery to a webhook: secret, order, retries, doubles, calls in the answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot, Update
from telegram.error import BadRequest
from telegram.ext import Application, CommandHandler, ContextTypes

from sandbox import Person, Sandbox

Answer = Callable[[dict[str, Any]], web.Response]
Open = Callable[[Answer], Awaitable["Receiver"]]


class Receiver:
    """A web server of the bot that keeps what it is sent."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.bodies: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.url = ""
        self._arrived = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        async with self._arrived:
            self.bodies.append(body)
            self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
            self._arrived.notify_all()
        return self.answer(body)

    async def received(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(self.bodies) >= count)
        return self.bodies


@pytest.fixture
async def receiver() -> AsyncIterator[Open]:
    runners: list[web.AppRunner] = []

    async def start(answer: Answer) -> Receiver:
        it = Receiver(answer)
        app = web.Application()
        app.router.add_post("/hook", it.handle)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        it.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        return it

    yield start
    for runner in runners:
        await runner.cleanup()


def accept(_: dict[str, Any]) -> web.Response:
    return web.Response()


async def test_updates_arrive_in_order_with_the_secret(
    bot: Bot, phone: Person, sandbox: Sandbox, receiver: Open
) -> None:
    hook = await receiver(accept)
    await bot.set_webhook(hook.url, secret_token="s3cret", allowed_updates=[Update.MESSAGE])
    for text in ("a", "b", "c"):
        await phone.say(text)
    await sandbox.settled()
    assert [body["message"]["text"] for body in hook.bodies] == ["a", "b", "c"]
    assert set(hook.secrets) == {"s3cret"}
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.allowed_updates) == (hook.url, 0, ("message",))


async def test_what_came_before_the_webhook_is_delivered_too(
    bot: Bot, phone: Person, sandbox: Sandbox, receiver: Open
) -> None:
    await phone.say("early")
    hook = await receiver(accept)
    await bot.set_webhook(hook.url)
    await sandbox.settled()
    assert [body["message"]["text"] for body in hook.bodies] == ["early"]


async def test_an_update_is_sent_again_until_it_is_taken(
    bot: Bot, phone: Person, sandbox: Sandbox, receiver: Open
) -> None:
    refusals = [500, 302]
    hook = await receiver(lambda _: web.Response(status=refusals.pop()) if refusals else web.Response())
    await bot.set_webhook(hook.url)
    await phone.say("again")
    await sandbox.settled()
    assert len(hook.bodies) == 3
    assert len({body["update_id"] for body in hook.bodies}) == 1
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_a_closed_port_is_reported_and_nothing_is_lost(bot: Bot, phone: Person, receiver: Open) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    await phone.say("kept")
    hook = await receiver(accept)
    await bot.set_webhook(hook.url)
    assert (await hook.received(1))[0]["message"]["text"] == "kept"


async def test_doubled_updates_are_delivered_twice(bot: Bot, phone: Person, sandbox: Sandbox, receiver: Open) -> None:
    sandbox.faults.duplicate_updates = True
    hook = await receiver(accept)
    await bot.set_webhook(hook.url)
    await phone.say("x")
    await sandbox.settled()
    assert [body["message"]["text"] for body in hook.bodies] == ["x", "x"]


async def test_different_chats_do_not_wait_for_each_other(
    bot: Bot, phone: Person, sandbox: Sandbox, receiver: Open
) -> None:
    hook = await receiver(lambda body: web.Response(status=500 if body["message"]["chat"]["id"] == phone.id else 200))
    await bot.set_webhook(hook.url)
    await phone.say("refused again and again")
    wu = sandbox.add_person("Wu")
    async with await Person.connect(sandbox.base_url, wu.id) as other:
        await other.say("me too")
    while "me too" not in [body["message"]["text"] for body in hook.bodies]:
        await hook.received(len(hook.bodies) + 1)
    await bot.delete_webhook(drop_pending_updates=True)


async def test_a_call_in_the_answer_is_carried_out(bot: Bot, phone: Person, receiver: Open) -> None:
    hook = await receiver(
        lambda body: web.json_response(
            {"method": "sendMessage", "chat_id": body["message"]["chat"]["id"], "text": "by the way"}
        )
    )
    await bot.set_webhook(hook.url)
    await phone.say("x")
    assert (await phone.expect("by the way"))["from"]["is_bot"]


async def test_pending_updates_are_dropped_on_request(bot: Bot, phone: Person) -> None:
    await phone.say("x")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates(timeout=0) == ()


async def test_bad_addresses_and_secrets_are_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Bad webhook"):
        await bot.set_webhook("ftp://example.org")
    with pytest.raises(BadRequest, match="Secret token contains unallowed characters"):
        await bot.set_webhook("https://example.org/x", secret_token="not allowed!")


async def test_an_application_behind_a_webhook_serves_a_person(
    application: Application[Any, Any, Any, Any, Any, Any], phone: Person, receiver: Open
) -> None:
    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text("Welcome")

    application.add_handler(CommandHandler("start", start))
    tasks: list[asyncio.Task[None]] = []

    def take(body: dict[str, Any]) -> web.Response:
        update = Update.de_json(body, application.bot)
        tasks.append(asyncio.create_task(application.process_update(update)))
        return web.Response()

    async with application:
        hook = await receiver(take)
        await application.bot.set_webhook(hook.url)
        await phone.start()
        await phone.expect("Welcome")
        await asyncio.gather(*tasks)
        await application.bot.delete_webhook()
