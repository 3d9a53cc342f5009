"""Timing side by side: contenders take turns, round after round, so that what slows the machine slows them all."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns, process_time_ns


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard is measured: `rounds` in which each contender has a turn of about `turn_seconds`, one call at least.

    `echoes` are those of a turn of the echo bot, `persons` the borrowers in a turn of the whole bot, `sending_seconds`
    the length of a bulk run and `loans` those of the large lender.
    """

    rounds: int = 9
    turn_seconds: float = 0.05
    echoes: int = 60
    persons: int = 50
    sending_seconds: float = 60.0
    loans: int = 1_000_000

    @property
    def long_rounds(self) -> int:
        """Rounds of what takes many seconds a turn."""
        return (self.rounds + 1) // 2

    @property
    def few_rounds(self) -> int:
        """Rounds of what takes minutes."""
        return (self.rounds + 2) // 3


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that computes, by the name it has in the report."""

    name: str
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Timing:
    """Processor seconds of one call, one figure a round."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The fastest round."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return median(self.seconds)

    def over(self, other: "Timing") -> float:
        """This over the other: each round is compared with the same round, and the middle of the ratios counts."""
        return median(mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))


def race(contenders: Sequence[Contender], pace: Pace) -> dict[str, Timing]:
    """Time all contenders in turns; the first of a round is the last of the next."""
    calls = {contender.name: _calls(contender.act, pace.turn_seconds) for contender in contenders}
    found: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    with collector_off():
        for turn in range(pace.rounds):
            first = turn % len(contenders)
            for contender in (*contenders[first:], *contenders[:first]):
                found[contender.name].append(processor_seconds(contender.act, calls[contender.name]))
    return {name: Timing(tuple(seconds)) for name, seconds in found.items()}


@contextmanager
def collector_off() -> Iterator[None]:
    """No garbage collection while a turn runs: whose turn it falls into would be chance."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def processor_seconds(act: Callable[[], object], calls: int) -> float:
    """Processor time of one of so many calls."""
    begun = process_time_ns()
    for _ in range(calls):
        act()
    return max(process_time_ns() - begun, 1) / calls / 1e9


def _calls(act: Callable[[], object], turn_seconds: float) -> int:
    """How often the act fits into a turn; it has been called before, so that what it keeps is there."""
    act()
    begun = perf_counter_ns()
    act()
    once = max(perf_counter_ns() - begun, 1) / 1e9
    return max(1, round(turn_seconds / once))
