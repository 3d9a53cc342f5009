"""From the start of the process to its first question for updates, and the memory it then has, against the echo bot."""

import asyncio
import os
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks import town
from benchmarks.bots import TOKEN, migrate, settings_of
from benchmarks.results import About, Part, lines_of
from benchmarks.timing import Pace, Timing
from demo import CONFIG

LOANLINE: Final = "Loanline, SQLite"
ECHO: Final = "echo of the library, its own client"
READY: Final = "start to first question"
PATIENCE_S: Final = 60.0
_ECHO: Final = """
import sys
from telegram.ext import Application, MessageHandler, filters
async def echo(update, context):
    await update.message.reply_text(update.message.text)
application = Application.builder().token(sys.argv[1]).base_url(sys.argv[2] + "/bot").build()
application.add_handler(MessageHandler(filters.TEXT, echo))
application.run_polling(poll_interval=0)
"""


async def measure(pace: Pace) -> Part:
    """Wall time of a start with a migrated database, and resident memory right after it."""
    ready: dict[str, list[float]] = {}
    resident: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="loanline-benchmark-") as folder, town.town() as base_url:
        settings = settings_of(Path(folder), base_url)
        await migrate(settings.database_url)
        environment = {
            "LOANLINE_TOKEN": TOKEN,
            "LOANLINE_KEYS": settings.keys.get_secret_value(),
            "LOANLINE_DATABASE_URL": settings.database_url,
            "LOANLINE_DATA_DIR": folder,
            "LOANLINE_CONFIG_DIR": str(CONFIG),
            "LOANLINE_BOT_API_URL": base_url,
        }
        commands: dict[str, Sequence[str]] = {
            ECHO: [sys.executable, "-c", _ECHO, TOKEN, base_url],
            LOANLINE: [sys.executable, "main.py", "run"],
        }
        for _ in range(pace.few_rounds):
            for name, command in commands.items():
                seconds, resident[name] = await _start(command, environment, base_url)
                ready.setdefault(name, []).append(seconds)
    about = {
        name: About(f"holds {kilobytes / 1024:.0f} MB, {kilobytes / resident[ECHO]:.2f} times the echo's")
        for name, kilobytes in resident.items()
    }
    timings = {name: Timing(tuple(seconds)) for name, seconds in ready.items()}
    return Part("Start and memory", tuple(lines_of(READY, timings, ECHO, about)))


async def _start(command: Sequence[str], environment: Mapping[str, str], base_url: str) -> tuple[float, int]:
    """Seconds until the process asks for updates, and its resident memory then, in kilobytes."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE_S)) as session:
        asked = asyncio.create_task(_asked(session, base_url))
        await asyncio.sleep(0)
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            await asked
            return time.perf_counter() - begun, _resident_kb(process.pid)
        finally:
            process.terminate()
            await process.wait()


async def _asked(session: aiohttp.ClientSession, base_url: str) -> None:
    async with session.post(f"{base_url}{town.ASKED}"):
        pass


def _resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
