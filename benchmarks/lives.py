"""Five years of a loan: replay and payoff quote, against one echo of a bot."""

from collections.abc import Sequence
from functools import partial

from benchmarks.echo import Echo, echo_bot
from benchmarks.loans import Life, lives
from benchmarks.results import Goal, Line, Part, line_of, lines_of
from benchmarks.timing import Pace, Timing, collector_off, processor_seconds
from services.engine import payoff_quote, replay

ECHO = "echo through python-telegram-bot"
ECHO_WALL = "the same by the clock on the wall"
REPLAY = "engine: replay"
PAYOFF = "engine: payoff quote"

PAYOFF_LIMIT = 0.1


async def measure(pace: Pace) -> Part:
    """Times of one answer each. An echo counts the processor time of the bot, which is less than it takes."""
    found: dict[str, list[float]] = {}
    loans = lives()
    acts = {
        f"{name}, {life.name}": partial(act, life.terms, life.policy, life.events, life.on)
        for life in loans
        for name, act in ((REPLAY, replay), (PAYOFF, payoff_quote))
    }
    echoes: list[Echo] = []
    async with echo_bot() as bot:
        await bot.measure(pace.echoes)
        for act in acts.values():
            act()
        for _ in range(pace.rounds):
            with collector_off():
                echoes.append(await bot.measure(pace.echoes))
                for name, act in acts.items():
                    found.setdefault(name, []).append(processor_seconds(act, _calls(pace)))
    timings = {ECHO: Timing(tuple(echo.processor for echo in echoes))}
    timings |= {name: Timing(tuple(seconds)) for name, seconds in found.items()}
    timings[ECHO_WALL] = Timing(tuple(echo.wall for echo in echoes))
    lines = lines_of("5 years", timings, ECHO)
    return Part("Five years with 100 payments", tuple(lines), tuple(_goals(lines, loans)))


def _calls(pace: Pace) -> int:
    return max(1, round(pace.turn_seconds * 100))


def _goals(lines: Sequence[Line], loans: Sequence[Life]) -> list[Goal]:
    return [
        Goal(
            f"payoff quote under a tenth of an echo, {life.name}",
            line_of(lines, "5 years", f"{PAYOFF}, {life.name}").ratio,
            PAYOFF_LIMIT,
        )
        for life in loans
    ]
