"""What the page needs beside its own files."""

from pathlib import Path

import aiohttp

from sandbox import PageLook, Sandbox
from tests.sandbox.conftest import TOKEN, HandClock


async def test_the_font_for_chinese_letters_is_served_where_there_is_one(clock: HandClock, tmp_path: Path) -> None:
    font = tmp_path / "letters.otf"
    font.write_bytes(b"OTTO")
    for look, status in ((PageLook(letters=font), 200), (PageLook(), 404)):
        sandbox = Sandbox(TOKEN, "Loanline", "loanline_bot", clock, look)
        await sandbox.start()
        async with aiohttp.ClientSession() as session, session.get(f"{sandbox.base_url}/page/letters") as answer:
            assert answer.status == status
        await sandbox.stop()


async def test_the_page_learns_in_which_zone_to_show_times(clock: HandClock) -> None:
    sandbox = Sandbox(TOKEN, "Loanline", "loanline_bot", clock, PageLook(time_zone="Asia/Shanghai"))
    await sandbox.start()
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.base_url}/api/state") as answer:
        assert (await answer.json())["clock"]["time_zone"] == "Asia/Shanghai"
    await sandbox.stop()
