"""The report: tables for people, one JSON document for programs."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TextIO

from rich.console import Console
from rich.table import Table

from benchmarks.results import Line, Part
from benchmarks.timing import Pace

_WIDTH = 120


def write(parts: Sequence[Part], out: TextIO) -> None:
    """Print a table for each part, then each goal and whether it is met."""
    console = Console(file=out, width=_WIDTH, highlight=False, soft_wrap=True)
    for part in parts:
        if part.lines:
            console.print(_table(part))
        for remark in _remarks(part):
            console.print(remark)
        for reason in part.skipped:
            console.print(f"Skipped: {reason}.")
    console.print("Goals")
    for goal in (goal for part in parts for goal in part.goals):
        console.print(f"  {'met    ' if goal.met else 'NOT MET'}  {goal.says}: {_ratio(goal.ratio)} of {goal.limit:g}")


def to_json(parts: Sequence[Part], pace: Pace) -> str:
    """Everything, with what it was measured on."""
    return json.dumps({"measured": _circumstances(pace), "parts": [part.to_json() for part in parts]}, indent=2) + "\n"


def _table(part: Part) -> Table:
    table = Table(title=part.title, title_justify="left", expand=False)
    table.add_column("case", justify="right")
    table.add_column("contender")
    for heading in ("a second", "best µs", "median µs", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    case = None
    for line in part.lines:
        if case not in (None, line.case):
            table.add_section()
        case = line.case
        table.add_row(*_cells(line))
    return table


def _remarks(part: Part) -> Iterator[str]:
    """What each contender is and whether its tables are right, once for all cases."""
    for name, note, verdict in dict.fromkeys((line.name, line.note, line.verdict) for line in part.lines):
        if note:
            yield f"  {name} {note}" + (f": {verdict}" if verdict else "")


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.case,
        line.name,
        f"{line.per_second:,.0f}",
        f"{line.best_seconds * 1e6:,.1f}",
        f"{line.median_seconds * 1e6:,.1f}",
        _ratio(line.ratio),
    )


def _ratio(ratio: float) -> str:
    return f"{ratio:.3f}" if ratio < 1 else f"{ratio:,.2f}"


def _circumstances(pace: Pace) -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "python-telegram-bot": version("python-telegram-bot"),
        "pace": asdict(pace),
    }
