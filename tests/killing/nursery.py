"""Processes of the bot that are up at once and can be killed.

This program has imported everything and forks whenever it is told to, so that a killed process is replaced within a
fraction of a second. It reads one JSON object a line and answers lines of its own:

    {"do": "bear", "name": …, "settings": {…}, "desk": …, "now": …, "at": …}   →   born NAME PID, later: up PID
    {"do": "bury", "pid": …}                                                    →   buried PID STATUS
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy.orm import configure_mappers

from bot.monitoring import logs
from bot.process import Process, load_configuration
from bot.settings import Settings
from demo import CONFIG, DEMO_STAFF
from handlers import register
from services.assembly import Configuration
from services.clock import SteppedClock, SystemClock


def main() -> None:
    configure_mappers()
    """Serve until standard input ends."""
    told: Configuration | None = None
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "bury":
            _, status = os.waitpid(order["pid"], 0)
            _say(f"buried {order['pid']} {status}")
            continue
        clock = _clock(order)
        if told is None:
            told = load_configuration(CONFIG, clock, staff_folder=DEMO_STAFF, desk_chat_id=order["desk"])
        pid = os.fork()
        if pid == 0:
            _live(order, told, clock)
        _say(f"born {order['name']} {pid}")


def _live(order: Mapping[str, Any], configuration: Configuration, clock: SteppedClock) -> NoReturn:
    status = 1
    try:
        os.close(0)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 2)
        logs.configure("warning", "json")
        asyncio.run(_serve(Settings.model_validate(order["settings"]), configuration, clock))
        status = 0
    except BaseException:  # noqa: BLE001 - whatever ends a child stands in its log
        traceback.print_exc()
    finally:
        os._exit(status)


async def _serve(settings: Settings, configuration: Configuration, clock: SteppedClock) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Process(settings, configuration, clock, register):
        _say(f"up {os.getpid()}")
        await stop.wait()


def _clock(order: Mapping[str, Any]) -> SteppedClock:
    """The town's clock: it showed `now` at the machine's `at`."""
    since = SystemClock().now() - datetime.fromisoformat(order["at"])
    return SteppedClock(datetime.fromisoformat(order["now"]) + since, running=True)


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    main()
