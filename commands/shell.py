"""What commands have in common: settings and documents are read, and what is missing ends them with one sentence."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from bot.settings import Settings

console = Console(stderr=True, soft_wrap=True)
"""Lines are not cut where a terminal or a log file ends them: paths and references stay in one piece."""

Document = Annotated[Path | None, typer.Argument(help="A JSON file; without one, standard input is read.")]


def read_settings() -> "Settings":
    """The settings of the environment; ends the command when one of them is wrong."""
    from pydantic import ValidationError

    from bot.settings import Settings

    try:
        return Settings()
    except (ValidationError, ValueError) as error:
        first = error.errors(include_url=False, include_input=False)[0] if isinstance(error, ValidationError) else None
        refuse(f"{'.'.join(map(str, first['loc'])) or 'settings'}: {first['msg']}" if first else str(error))


def refuse(sentence: str) -> NoReturn:
    """End the command with status 1."""
    console.print(f"[red]{sentence}[/red]\n`python main.py doctor` says what else is missing.", highlight=False)
    raise typer.Exit(1)


def bytes_of(document: Path | None, at_most: int) -> bytes:
    """The content of the file, or of standard input, up to so many bytes. Raises OSError."""
    if document is None:
        return sys.stdin.buffer.read(at_most) if sys.stdin else b""
    with document.open("rb") as file:
        return file.read(at_most)
