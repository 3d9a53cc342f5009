"""`python -m benchmarks` measures everything in one run, prints the report and writes it as JSON.

With names of parts, those alone.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import report
from benchmarks.parts import PARTS, run
from benchmarks.results import Part
from benchmarks.timing import Pace

DEFAULT_JSON: Final = Path("var/benchmark.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the arguments say; answers the exit status."""
    chosen = choices(arguments)
    pace = Pace(chosen.rounds, chosen.turn, chosen.echoes, chosen.persons, chosen.sending, chosen.loans)
    parts = run(pace, chosen.parts or tuple(PARTS))
    report.write(parts, sys.stdout)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(report.to_json(parts, pace), encoding="utf-8")
    return status(parts, strict=chosen.strict)


def choices(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the arguments choose; no parts are all of them."""
    usual = Pace()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", type=known_part, help=f"of {', '.join(PARTS)}: without any, all of them")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="turns of each contender")
    parser.add_argument("--turn", type=float, default=usual.turn_seconds, help="seconds of a turn")
    parser.add_argument("--echoes", type=int, default=usual.echoes, help="echoes in a turn of the echo bot")
    parser.add_argument("--persons", type=int, default=usual.persons, help="borrowers in a turn of the whole bot")
    parser.add_argument("--sending", type=float, default=usual.sending_seconds, help="seconds of a bulk run")
    parser.add_argument("--loans", type=int, default=usual.loans, help="loans of the large lender")
    parser.add_argument("--json", type=Path, default=DEFAULT_JSON, help="where the figures go")
    parser.add_argument("--strict", action="store_true", help="fail where a goal is not met")
    return parser.parse_args(arguments)


def known_part(name: str) -> str:
    """The name, if a part has it: `choices` of argparse refuses no names at all. Raises ArgumentTypeError."""
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(PARTS)}")
    return name


def status(parts: Sequence[Part], *, strict: bool) -> int:
    """The exit status: 1 where a goal is not met and that counts."""
    return 1 if strict and not all(goal.met for part in parts for goal in part.goals) else 0


if __name__ == "__main__":
    raise SystemExit(main())
