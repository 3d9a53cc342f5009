"""A real Chromium, a sandbox with two people and a group, and a small bot that answers them."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from telegram.ext import Application

from sandbox import ClockControls, PageLook, Sandbox
from tests.browser.echo_bot import TOKEN, start_echo_bot
from tests.browser.stage import WAIT_MS, SteppedClock, Town, Wall

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture
async def town() -> AsyncIterator[Town]:
    clock = SteppedClock()
    sandbox = Sandbox(
        token=TOKEN, bot_name="Echo", bot_username="echo_bot", now=clock.now, look=PageLook("Asia/Shanghai")
    )
    lin = sandbox.add_person(first_name="Lin", last_name="Mei", language_code="zh-hans", phone="+8613800138000")
    grace = sandbox.add_person(first_name="Grace", last_name="Otieno", language_code="en", phone="+254700111222")
    desk = sandbox.add_group(title="Help desk", forum=True, members=[grace.id], bot_is_admin=True)
    sandbox.clock_controls = ClockControls(advance=clock.advance, jumps={"to payday": clock.to_payday})
    await sandbox.start(host="127.0.0.1", port=0)
    yield Town(sandbox, clock, lin.id, grace.id, desk.id)
    await sandbox.stop()


@pytest_asyncio.fixture
async def bot(town: Town) -> AsyncIterator[None]:
    application = await start_echo_bot(town.sandbox.base_url, town.desk)
    yield
    await stop(application)


async def stop(application: Application) -> None:  # type: ignore[type-arg]  # six parameters that say nothing here
    if application.updater is not None:
        await application.updater.stop()
    await application.stop()
    await application.shutdown()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no Chromium on PATH (looked for {', '.join(CHROMIUM_NAMES)})")
    expect.set_options(timeout=WAIT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def wall(browser: Browser, town: Town, bot: None) -> AsyncIterator[Wall]:
    """Both phones on a wide screen; a script error on the page fails the test."""
    errors: list[str] = []
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="America/New_York")
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(town.sandbox.base_url)
    await page.wait_for_selector("body[data-ready]")
    yield Wall(page, town)
    await context.close()
    assert errors == []
