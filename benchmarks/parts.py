"""The parts of the benchmarks by name, each measured in a process of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from benchmarks import bulk_sending, lives, planning, rates, schedules, starting, turns, waiting
from benchmarks.results import Part
from benchmarks.timing import Pace

PARTS: Final[Mapping[str, Callable[[Pace], Part]]] = {
    "schedules": schedules.measure,
    "rates": rates.measure,
    "lives": lambda pace: asyncio.run(lives.measure(pace)),
    "turns": lambda pace: asyncio.run(turns.measure(pace)),
    "beside": lambda pace: asyncio.run(turns.measure_beside_a_bulk_run(pace)),
    "waiting": lambda pace: asyncio.run(waiting.measure(pace)),
    "sending": lambda pace: asyncio.run(bulk_sending.measure(pace)),
    "planning": lambda pace: asyncio.run(planning.measure(pace)),
    "starting": lambda pace: asyncio.run(starting.measure(pace)),
}
"""By name, in the order of measuring: first what is short."""


def run(pace: Pace, names: Sequence[str] = tuple(PARTS)) -> list[Part]:
    """The parts of these names, one after the other, each in a process that has done nothing else."""
    found = []
    for name in names:
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as fresh:
            found.append(fresh.submit(measure, name, pace).result())
    return found


def measure(name: str, pace: Pace) -> Part:
    """The part of that name."""
    return PARTS[name](pace)
