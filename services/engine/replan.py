"""The schedule's rows after principal was repaid early: rebuilt from the balance that is left, or closed.

What was paid, waived and recognised of interest follows its rows: no amount changes by moving from row to row.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date

from services.engine.accrual import Stretch, until
from services.engine.book import Book
from services.engine.installment import Installment
from services.engine.methods import Start
from services.engine.policy import Component
from services.engine.schedule import Line, cap_costs, plan_from

_INTEREST = Component.INTEREST


def current_row(book: Book, day: date) -> Installment:
    """The installment in whose period the day lies: early principal is shown with it."""
    rows = book.installments
    place = bisect_left(rows, day, key=lambda row: row.line.period.end)
    if place < len(rows) and not rows[place].n:
        place += 1
    return rows[min(place, len(rows) - 1)]


def replan(book: Book, day: date, principal: int, *, keep_level: bool, beyond: int = 0) -> None:
    """Rebuild the rows after `principal` is repaid early on `day`, before the payment itself is booked.

    The row of the day's own period takes the principal on top of its own share, and its interest runs on the smaller
    balance from the day on. Rows already paid ahead stay as they are, and so do all up to number `beyond`.
    """
    current = current_row(book, day)
    first = _first_rebuilt(book, day, current, beyond)
    old = [row for row in book.installments if row.n >= first]
    kept = [row for row in book.installments if row.n < first]
    split = first == current.n
    before = _balance_before(book, kept) - principal - (current.prepaid if split else 0)
    current.prepaid += principal
    if not split:
        current.line.principal += principal
    if before < 0:
        _shrink(kept, current, day, -before)
        before = 0
    start = Start(
        first - 1,
        before,
        current=_split_stretches(book, current, day, before) if split else (),
        carried=_waiting(book, kept),
        level=book.rule.level_at(first - 1) if keep_level else None,
        replanned=True,
    )
    plan = plan_from(book.basis, start)
    lines = plan.lines
    if split and not lines:
        lines = [_closing_line(book, current, start)]
    if lines and split:
        lines[0].principal += current.prepaid
    if plan.lines:
        book.rule = plan.rule
    _take_over(book, day, kept, old, lines)


def close_rows(book: Book, day: date, principal: int, interest: int) -> Installment:
    """Make the rows ahead ask for nothing but `principal` and `interest`, on the row that is returned."""
    ahead = book.ahead()
    target = current_row(book, day)
    for row in ahead:
        row.line.principal = row.settled(Component.PRINCIPAL)
        row.line.interest = row.settled(_INTEREST)
        row.line.fees = max(0, row.settled(Component.FEE) - row.charged(Component.FEE))
        row.line.capitalised = 0
    for row in ahead:
        if row is not target:
            moved = row.recognised[_INTEREST] - row.line.interest
            row.recognised[_INTEREST] -= moved
            target.recognised[_INTEREST] += moved
    target.line.principal += principal
    target.line.interest += interest
    target.prepaid += principal
    gone = [
        row for row in ahead if row is not target and not (row.line.principal or row.line.interest or row.line.fees)
    ]
    book.installments = [row for row in book.installments if row not in gone]
    for row in gone:
        _move_charges(row, target)
    surplus = target.recognised[_INTEREST] - target.line.bears
    if surplus > 0:
        target.recognised[_INTEREST] -= surplus
        book.book(day, _INTEREST, -surplus)
    _rebalance(book)
    return target


def _first_rebuilt(book: Book, day: date, current: Installment, beyond: int) -> int:
    """Number of the first installment that is rebuilt: behind every one that was paid ahead."""
    first = max(current.n if day < current.line.period.end else current.n + 1, beyond + 1)
    for row in book.installments:
        if row.n >= first and row.due_on > day and _is_paid_ahead(book, row, day):
            first = row.n + 1
    return first


def _is_paid_ahead(book: Book, row: Installment, day: date) -> bool:
    return (
        row.settled(Component.PRINCIPAL) > row.prepaid
        or row.settled(Component.FEE) > row.charged(Component.FEE)
        or row.settled(_INTEREST) > book.accrued_interest(row, day)
    )


def _balance_before(book: Book, kept: Sequence[Installment]) -> int:
    """Principal that the schedule leaves after the rows that stay."""
    return kept[-1].line.balance if kept else book.basis.principal - book.basis.down_payment


def _shrink(kept: Sequence[Installment], current: Installment, day: date, principal: int) -> None:
    """Rows paid ahead in part ask for less principal, the last first: what was repaid early covers theirs."""
    for row in reversed(kept):
        if row.due_on > day and principal:
            own = row.prepaid if row is current else row.settled(Component.PRINCIPAL)
            less = min(principal, max(0, row.line.principal - own))
            row.line.principal -= less
            principal -= less


def _split_stretches(book: Book, current: Installment, day: date, balance: int) -> tuple[Stretch, ...]:
    """The balances of the current period: as they were up to the day, then what is left."""
    period = book.basis.periods[current.n - 1]
    rest = Stretch(period, max(day, period.start), period.end, balance)
    return (*until(current.line.own, day), rest)


def _waiting(book: Book, kept: Sequence[Installment]) -> tuple[Stretch, ...]:
    """Stretches of the rows just before whose interest waits for a later row."""
    waiting: tuple[Stretch, ...] = ()
    for row in reversed(kept):
        if not row.n or not book.basis.defers(row.n - 1):
            break
        waiting = row.line.own + waiting
    return waiting


def _closing_line(book: Book, current: Installment, start: Start) -> Line:
    """The current row where no principal is left after it: it still asks for the interest that has accrued."""
    stretches = start.carried + tuple(stretch for stretch in start.current if stretch.balance)
    interest = book.basis.accrual.rounded(stretches) if stretches else 0
    return Line(current.line.period, 0, interest, 0, 0, start.current, stretches)


def _take_over(
    book: Book, day: date, kept: Sequence[Installment], old: Sequence[Installment], lines: Sequence[Line]
) -> None:
    """Give the new lines to the installments of the same number and spread settled interest over them."""
    paid = sum(row.paid[_INTEREST] for row in old)
    waived = sum(row.waived[_INTEREST] for row in old)
    recognised = sum(row.recognised[_INTEREST] for row in old)
    rows = []
    for row, line in zip(old, lines, strict=False):
        row.line = line
        rows.append(row)
    rows += [Installment(line) for line in lines[len(old) :]]
    book.installments = [*kept, *rows]
    for row in old[len(lines) :]:
        _move_charges(row, book.installments[-1])
    cap_costs(book.basis, [row.line for row in book.installments])
    _rebalance(book)
    for row in rows:
        row.recognised[_INTEREST] = 0
        row.waived[_INTEREST] = min(waived, row.line.interest)
        row.paid[_INTEREST] = min(paid, row.line.interest - row.waived[_INTEREST])
        waived -= row.waived[_INTEREST]
        paid -= row.paid[_INTEREST]
    gained = sum(book.note_accrued(row, day) for row in rows)
    book.book(day, _INTEREST, gained - recognised)


def _move_charges(row: Installment, target: Installment) -> None:
    """What was charged on a row that vanishes, and paid of it, goes to a row that stays."""
    target.charges.extend(row.charges)
    for component in (Component.FEE, Component.PENALTY):
        for amounts, theirs in (
            (target.paid, row.paid),
            (target.waived, row.waived),
            (target.recognised, row.recognised),
        ):
            amounts[component] += theirs[component]


def _rebalance(book: Book) -> None:
    """Balances follow from the principal column."""
    balance = book.basis.principal
    for row in book.installments:
        balance += row.line.capitalised - row.line.principal
        row.line.balance = balance
    book.rows_changed()
