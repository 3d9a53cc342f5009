"""The command for updates that could not be handled."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from commands.shell import read_settings, refuse

if TYPE_CHECKING:
    from bot.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Make the command known."""
    app.command()(quarantine)


def quarantine(
    retry: Annotated[list[int], typer.Option(help="Have the update of that number handled again.")] = [],  # noqa: B006 - typer's way to say "none"
    drop: Annotated[list[int], typer.Option(help="Forget the update of that number.")] = [],  # noqa: B006
) -> None:
    """List what people sent that could not be handled, and have it handled again or forget it."""
    missing = asyncio.run(_quarantine(read_settings(), retry, drop))
    if missing:
        refuse(f"Not in quarantine: {', '.join(map(str, missing))}.")


async def _quarantine(settings: "Settings", retry: list[int], drop: list[int]) -> list[int]:
    """Do as told and print what is left; answers the numbers that are not there."""
    from services.clock import SystemClock
    from services.db import Database
    from services.inbox.quarantine import Quarantine

    database = Database(settings.database_url, settings.engine_options())
    kept = Quarantine(database, SystemClock())
    try:
        missing = [number for number in retry if not await kept.retry(number)]
        missing += [number for number in drop if not await kept.drop(number)]
        for each in await kept.list():
            acted = "  (what it asked for is done, only the answer is missing)" if each.acted else ""
            received = f"received {each.received_at:%Y-%m-%d %H:%M} UTC"
            line = f"{each.update_id}  {each.chat}  {received}  {each.failure}{acted}"
            sys.stdout.write(line + "\n")
    finally:
        await database.close()
    return missing
