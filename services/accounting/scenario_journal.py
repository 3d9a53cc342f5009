"""The journal of a scenario's replay: the engine's own ledger, without a database, for anyone to check."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.accounting.journal import CodeMove, Frame, JournalEntry, JournalFormat, Positions, together
from services.configuration.chart_of_accounts import ChartOfAccounts
from services.engine import jsonio
from services.engine.errors import DOCUMENT, EngineError, OutOfRange
from services.engine.ledger import Entry, balances
from services.engine.state import LoanState


class RefusedScenario(Exception):
    """A document that cannot be replayed; its text is the error object, as `replay` writes it."""


@dataclass(frozen=True, slots=True)
class ReplayedLoan:
    """A replayed loan under a name by which its entries are told from those of others."""

    name: str
    state: LoanState

    @property
    def currency(self) -> str:
        return self.state.payoff.currency


def replayed_loans(source: str | bytes) -> list[ReplayedLoan]:
    """The loans of a document that `replay` takes: one scenario or a list of them. Raises RefusedScenario for the first
    that is refused."""
    try:
        document = jsonio.parse(source)
        states = _each(document) if isinstance(document, list) else [jsonio.replayed(document)]
    except EngineError as refusal:
        raise RefusedScenario(json.dumps(refusal.answer())) from refusal
    return [ReplayedLoan(f"scenario-{number}", state) for number, state in enumerate(states, start=1)]


def _each(scenarios: list[object]) -> list[LoanState]:
    if not 0 < len(scenarios) <= jsonio.MOST_DOCUMENTS:
        raise OutOfRange(field=DOCUMENT, minimum=1, maximum=jsonio.MOST_DOCUMENTS)
    states = []
    for place, scenario in enumerate(scenarios):
        try:
            states.append(jsonio.replayed(scenario))
        except EngineError as refusal:
            raise refusal.within(f"[{place}]") from None
    return states


def written(loans: Sequence[ReplayedLoan], chart: ChartOfAccounts, style: JournalFormat) -> Iterator[str]:
    """The journal of all the loans, piece by piece. There must be one."""
    frame = _frame(loans, chart)
    yield style.head(frame)
    for entry in _entries(loans):
        yield style.entry(entry)
    yield style.tail(frame)


def _frame(loans: Sequence[ReplayedLoan], chart: ChartOfAccounts) -> Frame:
    days = [entry.on for loan in loans for entry in loan.state.ledger]
    first, last = min(days), max(days)
    moves = []
    for booked in chart.changes(first, last):
        since = booked.since or first
        held = together(
            *(_positions(loan, [entry for entry in loan.state.ledger if entry.on < since]) for loan in loans)
        )
        moves.append(CodeMove(since, booked, [figures[booked.account] for figures in held.values()]))
    closing = together(*(_positions(loan, loan.state.ledger) for loan in loans))
    return Frame(first=first, last=last, closing=closing, moves=moves)


def _positions(loan: ReplayedLoan, entries: Sequence[Entry]) -> Positions:
    return {loan.currency: balances(entries, loan.currency)}


def _entries(loans: Sequence[ReplayedLoan]) -> Iterator[JournalEntry]:
    number = 0
    for loan in loans:
        for entry in loan.state.ledger:
            number += 1
            yield JournalEntry(
                number=number,
                on=entry.on,
                recorded_at=None,
                loan=loan.name,
                cause=entry.memo,
                event=entry.event,
                payment="",
                bank_reference="",
                debit=entry.debit,
                credit=entry.credit,
                amount=entry.amount,
                memo=entry.memo,
            )
