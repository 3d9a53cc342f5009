"""Five years of a loan: replay and payoff quote, against one echo of a bot."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from itertools import cycle

from benchmarks.echo import Echo, echo_bot
from benchmarks.loans import Life, lives
from benchmarks.results import Goal, Line, Part, line_of, lines_of
from benchmarks.timing import Pace, Timing, collector_off, processor_seconds
from services.engine import LoanAccount, PayoffQuote, payoff_quote, replay

ECHO = "echo through python-telegram-bot"
ECHO_WALL = "the same by the clock on the wall"
REPLAY = "engine: replay"
PAYOFF = "engine: payoff quote"
KEPT_PAYOFF = "engine: payoff quote, kept"
KEPT_PAYOFF_ELSEWHEN = "engine: payoff quote, kept, another day"

PAYOFF_LIMIT = 0.1
_HELD_AGAINST_THE_ECHO = (
    (PAYOFF, "payoff quote"),
    (KEPT_PAYOFF, "payoff quote of a kept account"),
)
_WARM = 3
"""Calls before any is timed: a kept account has then been asked about each of its days."""


async def measure(pace: Pace) -> Part:
    """Times of one answer each. An echo counts the processor time of the bot, which is less than it takes."""
    found: dict[str, list[float]] = {}
    loans = lives()
    acts = {f"{name}, {life.name}": act for life in loans for name, act in _acts(life).items()}
    echoes: list[Echo] = []
    async with echo_bot() as bot:
        await bot.measure(pace.echoes)
        for act in acts.values():
            for _ in range(_WARM):
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


def _acts(life: Life) -> dict[str, Callable[[], object]]:
    """What is timed: from nothing but the record, and from an account that was asked before."""
    history = life.terms, life.policy, life.events
    account, moving = LoanAccount(*history), LoanAccount(*history)
    days = cycle((life.on, life.on + timedelta(days=1)))

    def another_day() -> PayoffQuote:
        return moving.payoff(next(days))

    return {
        REPLAY: partial(replay, *history, life.on),
        PAYOFF: partial(payoff_quote, *history, life.on),
        KEPT_PAYOFF: partial(account.payoff, life.on),
        KEPT_PAYOFF_ELSEWHEN: another_day,
    }


def _calls(pace: Pace) -> int:
    return max(1, round(pace.turn_seconds * 100))


def _goals(lines: Sequence[Line], loans: Sequence[Life]) -> list[Goal]:
    return [
        Goal(
            f"{says} under a tenth of an echo, {life.name}",
            line_of(lines, "5 years", f"{name}, {life.name}").ratio,
            PAYOFF_LIMIT,
        )
        for name, says in _HELD_AGAINST_THE_ECHO
        for life in loans
    ]
