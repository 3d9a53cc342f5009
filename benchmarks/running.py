"""`python -m benchmarks.running` measures the running bot: its turns, its waits, its start."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks import report, starting, turns, waiting
from benchmarks.results import Part
from benchmarks.timing import Pace

DEFAULT_JSON: Final = Path("var/benchmark-running.json")
PARTS: Final[Mapping[str, Callable[[Pace], Awaitable[Part]]]] = {
    "turns": turns.measure,
    "sending": turns.measure_beside_a_bulk_run,
    "waiting": waiting.measure,
    "starting": starting.measure,
}


async def run(pace: Pace, names: Sequence[str]) -> list[Part]:
    """The parts of these names, measured one after the other."""
    return [await PARTS[name](pace) for name in names]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the arguments say; answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.running", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS), help="what is measured")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contender")
    parser.add_argument("--persons", type=int, default=50, help="borrowers in a turn of a contender")
    parser.add_argument("--json", type=Path, default=DEFAULT_JSON, help="where the figures go")
    parser.add_argument("--strict", action="store_true", help="fail where a goal is not met")
    chosen = parser.parse_args(arguments)
    pace = Pace(rounds=chosen.rounds, echoes=chosen.persons)
    parts = asyncio.run(run(pace, chosen.parts))
    report.write(parts, sys.stdout)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(report.to_json(parts, pace), encoding="utf-8")
    return 1 if chosen.strict and not all(goal.met for part in parts for goal in part.goals) else 0


if __name__ == "__main__":
    raise SystemExit(main())
