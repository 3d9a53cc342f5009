"""The published examples that the engine is held against, as data in `published/*.json`."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from services.engine.dates import DayCount, year_fraction
from tests.engine.answers import ask
from tests.engine.payment_streams import rates

FOLDER = Path(__file__).parent / "published"
OTHER_SYSTEMS = frozenset(
    {"fineract", "frappe_lending", "fsharp_finance_personal", "gerege", "library_tests", "mifos", "opencbs"}
)
"""Families of figures from the tests of other systems: facts to be held against, though nobody published them."""


@dataclass(frozen=True)
class Entry:
    """One worked example: what is asked, what the source prints, and why the engine differs where it does."""

    family: str
    id: str
    source: dict[str, Any]
    what: str
    command: str
    input: Any
    prints: Any
    cut: bool
    differs: str | None

    def answer(self) -> Any:
        """What the engine says."""
        return _ANSWERS[self.command](self.input)


def _fraction(asked: Any) -> dict[str, str]:
    """The part of a year with twenty digits, and its numerator: the days where the year has 360."""
    start, end = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
    numerator, denominator = year_fraction(DayCount(asked["day_count"]), start, end)
    fraction = Context(prec=20).divide(Decimal(numerator), Decimal(denominator))
    return {"fraction": format(fraction, "f"), "days": str(numerator)}


_ANSWERS: dict[str, Callable[[Any], Any]] = {
    "quote": lambda asked: ask("quote", asked),
    "replay": lambda asked: ask("replay", asked),
    "rates": rates,
    "year_fraction": lambda asked: [_fraction(one) for one in asked],
}


def entries() -> Iterator[Entry]:
    """All entries, file by file."""
    for path in sorted(FOLDER.glob("*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8")):
            yield Entry(
                family=path.stem,
                id=entry["id"],
                source=entry["source"],
                what=entry["what"],
                command=entry["command"],
                input=entry["input"],
                prints=entry["prints"],
                cut=entry.get("cut", False),
                differs=entry.get("differs"),
            )


def counted(all_entries: list[Entry]) -> list[Entry]:
    """The published examples that the engine reproduces."""
    return [entry for entry in all_entries if entry.differs is None and entry.family not in OTHER_SYSTEMS]


def table_of_sources(all_entries: list[Entry]) -> str:
    """The page's table: each source, how many of its examples the engine reproduces, how many it does not."""
    agree = Counter(entry.source["title"] for entry in all_entries if entry.differs is None)
    differ = Counter(entry.source["title"] for entry in all_entries if entry.differs is not None)
    families = {entry.source["title"]: entry.family for entry in all_entries}
    lines = ["| source | file | reproduced | not reproduced |", "| --- | --- | --- | --- |"]
    for title, family in sorted(families.items(), key=lambda found: (found[1], found[0])):
        lines.append(f"| {title} | `{family}.json` | {agree[title]} | {differ[title]} |")
    return "\n".join(lines)


def table_of_differences(all_entries: list[Entry]) -> str:
    """The page's table of what the engine does not reproduce, and why."""
    lines = ["| example | why |", "| --- | --- |"]
    lines += [
        f"| {entry.source['title']}, {entry.source['where']}: {entry.what} (`{entry.id}`) | {entry.differs} |"
        for entry in all_entries
        if entry.differs is not None
    ]
    return "\n".join(lines)
