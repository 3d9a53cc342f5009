"""SQLite without its driver's threads: statements run where they are asked for.

A hop to another thread and back costs more than a statement on a small database, and who comes back first from there is
chance. In place a run is faster, and the same seed gives the same run.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


def run_in_place(engine: AsyncEngine) -> None:
    """Have the engine's statements run on the thread of the loop. Does nothing to a PostgreSQL engine."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine.sync_engine, "do_connect")
    def allow(dialect: Any, record: Any, args: Any, options: dict[str, Any]) -> None:
        options["check_same_thread"] = False

    @event.listens_for(engine.sync_engine, "connect")
    def stay(connection: Any, record: Any) -> None:
        connection.driver_connection._execute = _execute


async def _execute(function: Any, *args: Any, **named: Any) -> Any:
    return function(*args, **named)
