"""How long borrowers wait for a reply while each call of the Bot API takes its time on the way."""

import tempfile
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.bots import ANSWERS, Loanline, Played, applicants, loanline
from benchmarks.results import Goal, Line, Part, lines_of
from benchmarks.timing import Pace, Timing
from benchmarks.turns import Crowd

LATENCY_S: Final = 0.08
ACTIVE: Final = 500
THINKING_S: Final = 15.0
"""From a reply to the next line of the same person: together they write some thirty lines a second."""
LINES: Final = 2
"""What each says in a dialogue."""
LONGEST_S: Final = 1.0

LATENCY: Final = "latency of one call"
MIDDLE: Final = "median wait"
P99: Final = "p99 of the wait"
LONGEST: Final = "longest wait"
DIALOGUE: Final = f"{ACTIVE} in dialogues"
INSTANT: Final = f"{ACTIVE} in one instant"


async def measure(pace: Pace) -> Part:
    """Waits as ratios to the latency, SQLite; by the clock of the town, from the line to the reply as it is seen."""
    rounds = max(1, pace.rounds // 4)
    active = ACTIVE if pace.persons > 10 else pace.persons
    thinking = THINKING_S if pace.persons > 10 else 0.0
    dialogues, instants = [], []
    with tempfile.TemporaryDirectory(prefix="loanline-benchmark-") as folder:
        async with loanline(Path(folder)) as bot:
            crowd = Crowd()
            await _speak(bot, crowd.next(min(active, 50)), len(ANSWERS), 0.0)
            for _ in range(rounds):
                dialogues.append(await _speak(bot, crowd.next(active), LINES, thinking))
                instants.append(await _speak(bot, crowd.next(active), 1, 0.0))
    lines = [*_lines(DIALOGUE, dialogues), *_lines(INSTANT, instants)]
    longest = LONGEST_S / LATENCY_S
    goals = tuple(
        Goal(f"longest wait under {longest:g} times the latency, {line.case}", line.ratio, longest)
        for line in lines
        if line.name == LONGEST
    )
    return Part(f"Waiting, {LATENCY_S * 1000:.0f} ms for each call", tuple(lines), goals)


async def _speak(bot: Loanline, persons: list[int], lines: int, thinking: float) -> Played:
    await bot.settle(persons)
    said = {number: list(islice(answers, lines)) for number, answers in applicants(persons).items()}
    return await bot.play(said, at_once=len(persons), latency=LATENCY_S, thinking=thinking)


def _lines(case: str, played: list[Played]) -> list[Line]:
    shares = {MIDDLE: 0.5, P99: 0.99, LONGEST: 1.0}
    timings = {name: Timing(tuple(each.wait(share) for each in played)) for name, share in shares.items()}
    return lines_of(case, {LATENCY: Timing((LATENCY_S,) * len(played))} | timings, LATENCY)
