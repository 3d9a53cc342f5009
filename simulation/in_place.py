"""A run without threads: SQLite's statements, and whatever else would go to a thread, run where they are asked for.

A hop to another thread and back costs more than a statement on a small database, and who comes back first from there is
chance. In place a run is faster, and the same seed gives the same run.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import event

from services.db import Database


def run_in_place(database: Database) -> None:
    """Have the database's statements run on the thread of the loop. Does nothing to PostgreSQL."""
    for engine in database.engines:
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "do_connect", _allow)
            event.listen(engine.sync_engine, "connect", _stay)


def _allow(dialect: Any, record: Any, args: Any, options: dict[str, Any]) -> None:
    options["check_same_thread"] = False


def _stay(connection: Any, record: Any) -> None:
    connection.driver_connection._execute = _execute


async def _execute(function: Any, *args: Any, **named: Any) -> Any:
    return function(*args, **named)


class InPlace(ThreadPoolExecutor):
    """Does at once what `asyncio.to_thread` hands to it."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(function(*args, **named))
        except Exception as failure:  # noqa: BLE001 - whoever waits for the result is told
            done.set_exception(failure)
        return done


def without_threads() -> None:
    """Have the running loop use no threads."""
    asyncio.get_running_loop().set_default_executor(InPlace())
