"""What a run found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.timing import Timing


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a contender before it is timed; see `Line`."""

    note: str = ""
    verdict: str = ""
    exact: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One contender in one case: seconds of one call, and `ratio`, its time over that of `against` in the same rounds.

    `note` says what it is, `verdict` whether what it computes is right, `exact` the same in a word.
    """

    case: str
    name: str
    best_seconds: float
    median_seconds: float
    against: str
    ratio: float
    note: str = ""
    verdict: str = ""
    exact: bool | None = None

    @property
    def per_second(self) -> float:
        """Calls a second at the middle of the rounds."""
        return 1 / self.median_seconds


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio that is to stay within its limit."""

    says: str
    ratio: float
    limit: float

    @property
    def met(self) -> bool:
        """Whether it does."""
        return self.ratio <= self.limit


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the report: its lines, the goals that they decide, and what could not be measured and why."""

    title: str
    lines: tuple[Line, ...]
    goals: tuple[Goal, ...] = ()
    skipped: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The part as plain values."""
        return {
            "title": self.title,
            "lines": [asdict(line) | {"per_second": line.per_second} for line in self.lines],
            "goals": [asdict(goal) | {"met": goal.met} for goal in self.goals],
            "skipped": list(self.skipped),
        }


def lines_of(
    case: str, timings: Mapping[str, Timing], against: str, about: Mapping[str, About] | None = None
) -> list[Line]:
    """A line for each timing, held against the one named."""
    lines = []
    for name, timing in timings.items():
        known = (about or {}).get(name, About())
        ratio = timing.over(timings[against])
        lines.append(
            Line(case, name, timing.best, timing.median, against, ratio, known.note, known.verdict, known.exact)
        )
    return lines


def line_of(lines: Sequence[Line], case: str, name: str) -> Line:
    """The line of that name in the case."""
    return next(line for line in lines if (line.case, line.name) == (case, name))
