"""What changes of the terms do to a loan's book: draws, extension (展期), rescheduling."""

from datetime import date

from services.engine.accrual import until
from services.engine.agreements import extended
from services.engine.allocation import spread
from services.engine.basis import Basis
from services.engine.book import Book
from services.engine.effects import Effect
from services.engine.events import Event
from services.engine.installment import Installment
from services.engine.ledger import Account
from services.engine.levels import Levels
from services.engine.policy import AllocateBy, Component
from services.engine.prepayment import interest_ahead, principal_ahead
from services.engine.replan import close_rows, first_rebuilt, rebalance, rebuild, running_number
from services.engine.schedule import whole_plan

_CAPITALISED = (Component.INTEREST, Component.FEE, Component.PENALTY)


def draw(book: Book, event: Event) -> Effect:
    """More is lent; interest runs on it from the day, and the rows from the running one on are laid out anew."""
    if book.written_off_on is not None or event.amount is None:
        return Effect(0)
    day = event.on
    book.agree(day, book.draws.and_one_more(day, event.amount.minor))
    book.lend(day, event.amount.minor)
    rebuild(book, day, running_number(book, day), keep_level=False)
    return Effect(event.amount.minor)


def extend(book: Book, event: Event) -> Effect:
    """What is not yet due is spread over more installments; once all are due, what is unpaid of the last one."""
    day = event.on
    if book.written_off_on is not None:
        return Effect(0)
    ahead = principal_ahead(book, day) > 0 or book.draws.next_on() is not None
    book.agree(day, book.basis.with_terms(extended(book.basis.terms, event)))
    if ahead:
        rebuild(book, day, first_rebuilt(book, day), keep_level=False)
    elif book.principal:
        _extend_the_last(book, day)
    return Effect(0)


def _extend_the_last(book: Book, day: date) -> None:
    """All principal is due: what is unpaid of the last row moves on; its interest, and older rows, stay due."""
    last = book.installments[-1]
    last.line.principal -= last.open(Component.PRINCIPAL)
    _grow_no_more(last, day)
    rebalance(book)
    rebuild(book, day, max(running_number(book, day), last.n + 1), keep_level=False)


def _grow_no_more(row: Installment, day: date) -> None:
    """Interest that went on after the last due date ends: what is owed bears it in other rows from the day on."""
    row.line.stretches = tuple(until(row.line.stretches, day))


def reschedule(book: Book, event: Event) -> Effect:
    """The debt goes on by new terms, whose principal takes the place of the old one.

    Interest that has accrued falls due at once. Where the new principal is larger, it takes in interest, fees and
    penalty that are owed, and what is left of it is paid out. Where it is smaller, the rest is due at once.
    """
    terms, day = event.terms, event.on
    if terms is None or book.written_off_on is not None or not book.principal:
        return Effect(0)
    ahead = principal_ahead(book, day)
    for row in book.installments:
        if row.line.grows:
            _grow_no_more(row, day)
    close_rows(book, day, 0, sum(interest_ahead(book, day)))
    moved = min(terms.principal.minor, book.principal)
    _fall_due(book, day, max(0, ahead - moved))
    _release(book.installments, max(0, moved - ahead))
    effect = _capitalise(book, day, terms.principal.minor - moved)
    rebalance(book)
    last = book.installments[-1].n if book.installments else 0
    book.agree(day, Basis(terms, last, taken_in=terms.principal.minor - moved))
    plan = whole_plan(book.basis)
    plan.lines[0].drawn += book.basis.taken_in
    plan.lines[0].drawn_first += book.basis.taken_in
    book.levels = Levels(plan.rule)
    book.installments.extend(Installment(line) for line in plan.lines)
    rebalance(book)
    return effect


def _fall_due(book: Book, day: date, principal: int) -> None:
    """What is left of the rows ahead is due on the day, `principal` of what they held among it."""
    ahead = book.ahead()
    for row in ahead:
        row.line.fall_due(day)
        row.line.principal += principal
        principal = 0
    if principal:
        book.installments[-1].line.principal += principal
    gone = [row for row in ahead if not _is_worth_keeping(row)]
    book.installments = [row for row in book.installments if row not in gone]
    book.open_day(day)


def _is_worth_keeping(row: Installment) -> bool:
    moved = any(row.owed().values()) or any(row.paid.values()) or any(row.waived.values())
    return moved or bool(row.line.drawn)


def _release(rows: list[Installment], principal: int) -> None:
    """So much principal that fell due and was not paid is no longer asked for by those rows, the last first."""
    for row in reversed(rows):
        released = min(principal, row.open(Component.PRINCIPAL))
        row.line.principal -= released
        principal -= released


def _capitalise(book: Book, day: date, minor: int) -> Effect:
    """Move what is owed besides principal into the principal, and pay out the rest of the sum."""
    rows = book.with_dues()
    claims = [{component: row.due(day).get(component, 0) for component in _CAPITALISED} for row in rows]
    parts, left = spread(minor, claims, _CAPITALISED, AllocateBy.COMPONENT)
    book.pay(day, rows, parts, Account.LOAN_PRINCIPAL)
    book.principal += minor - left
    book.lend(day, left)
    effect = Effect(minor)
    effect.count(parts)
    return effect
