"""What a run is told in: one line when it passed, and how to see it again when it did not."""

from collections.abc import Iterable, Iterator
from typing import Final

from simulation.runner import Outcome, Plan

SHOWN: Final = 12
"""Findings of one run that are shown."""
ACTS: Final = 30
"""Last lines of the trace that are shown."""


def line(outcome: Outcome) -> str:
    """The run in one line."""
    faults, reached = sum(outcome.faults.values()), outcome.reached
    loans = sum(count for name, count in reached.items() if name.startswith("loan "))
    verdict = "holds" if outcome.passed else "BROKEN"
    return (
        f"seed {outcome.plan.seed}: {verdict}, {outcome.plan.days} days, {outcome.acts} acts, {faults} faults, "
        f"{outcome.lives} starts, {loans} loans, {reached['payment settled']} payments, trace {outcome.digest}"
    )


def failure(outcome: Outcome) -> Iterator[str]:
    """What broke, what happened last, and how to repeat it."""
    yield f"On the day that ended {outcome.broke_on:%Y-%m-%d %H:%M} UTC:"
    yield from (f"  - {finding}" for finding in outcome.findings[:SHOWN])
    if len(outcome.findings) > SHOWN:
        yield f"  and {len(outcome.findings) - SHOWN} more"
    yield "What happened last:"
    yield from (f"  {act}" for act in outcome.latest[-ACTS:])
    yield f"Repeat it: {repeat(outcome.plan)}"


def repeat(plan: Plan) -> str:
    """The command that does exactly this run."""
    database = "postgresql" if plan.database_url is not None else "sqlite"
    return (
        f"python main.py simulate --seed {plan.seed} --days {plan.days} --borrowers {plan.borrowers} "
        f"--database {database} --workers {plan.machines}"
    )


def summary(outcomes: Iterable[Outcome]) -> str:
    """All runs together."""
    runs = list(outcomes)
    broken = [str(outcome.plan.seed) for outcome in runs if not outcome.passed]
    acts, faults = sum(run.acts for run in runs), sum(sum(run.faults.values()) for run in runs)
    told = f"{len(runs)} runs, {acts} acts, {faults} faults"
    return f"{told}: everything holds." if not broken else f"{told}: broken are the seeds {', '.join(broken)}."
