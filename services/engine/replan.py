"""The schedule's rows after principal was repaid early: rebuilt from the balance that is left, or closed.

What was paid, waived and recognised of interest follows its rows: no amount changes by moving from row to row.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from operator import attrgetter

from services.engine.accrual import Stretch, until
from services.engine.book import Book
from services.engine.installment import Installment
from services.engine.line import Line
from services.engine.methods import Start
from services.engine.policy import Component
from services.engine.schedule import cap_costs, plan_from

_INTEREST = Component.INTEREST
_number = attrgetter("n")


def current_row(book: Book, day: date) -> Installment:
    """The installment with which early principal is shown: the one in whose period the day lies.

    On a due date that is the installment just due, unless more was lent that day, which belongs to the next.
    """
    rows = _split(book, book.basis.after + 1)[1] or book.installments
    place = bisect_left(rows, day, key=lambda row: row.line.period.end)
    if place + 1 < len(rows) and rows[place].line.period.end == day and _drawn(book, rows[place + 1].n, day):
        place += 1
    return rows[min(place, len(rows) - 1)]


def replan(book: Book, day: date, principal: int, *, keep_level: bool, beyond: int) -> None:
    """Rebuild the rows after `principal` is repaid early on `day`, before the payment itself is booked.

    The row of the day's own period takes the principal on top of its own share, and its interest runs on the smaller
    balance from the day on. Rows already paid ahead stay as they are, and so do all up to number `beyond`.
    """
    current = current_row(book, day)
    first = first_rebuilt(book, day, beyond)
    current.prepaid += principal
    shown_before = current.n < first
    if shown_before:
        current.line.principal += principal
    rebuild(book, day, first, principal if shown_before else 0, keep_level=keep_level)


def rebuild(book: Book, day: date, first: int, repaid: int = 0, *, keep_level: bool, owed: int | None = None) -> None:
    """Lay out the rows from number `first` on anew, by the terms in force.

    `repaid` is principal repaid early that was just added to a row before them; `owed` is what interest of the running
    row runs on from the day, where that is not what the schedule leaves.
    """
    basis = book.basis
    kept, old = _split(book, first)
    index = basis.index_of(first)
    split = first == running_number(book, day) and index <= basis.last
    running = old[0] if split and old and old[0].n == first else None
    drawn = _drawn(book, first, day) if split else 0
    taken_in = basis.taken_in if first == basis.after + 1 else 0
    before = _balance_before(book, kept) + taken_in + drawn - repaid - (running.prepaid if running else 0)
    if before < 0:
        _shrink(kept, current_row(book, day), -before)
        before = 0
    start = Start(
        index,
        before,
        current=_split_stretches(book, index, running, day, before if owed is None else owed) if split else (),
        carried=_waiting(book, kept),
        level=book.levels.at(index) if keep_level else None,
        replanned=True,
        since=day if split else None,
        spent=sum(row.line.bears + row.line.fees for row in kept) + book.charged(),
    )
    plan = plan_from(basis, start)
    lines = plan.lines
    if running and not lines and (running.prepaid or running.line.period.start < day):
        lines = [_closing_line(book, running, start)]
    if not lines and running is None:
        _end_interest(book, kept, day)
    if lines:
        lines[0].principal += running.prepaid if running else 0
        lines[0].drawn += drawn + taken_in
        lines[0].drawn_first += taken_in + (_drawn(book, first, lines[0].period.start) if drawn else 0)
    if plan.lines:
        book.levels.adopt(plan.rule)
    _take_over(book, day, kept, old, lines)


def close_rows(book: Book, day: date, principal: int, interest: int) -> Installment:
    """Make the rows ahead ask for nothing but `principal` and `interest`, on the row that is returned."""
    ahead = book.ahead()
    target = current_row(book, day)
    for row in ahead:
        row.line.principal = row.settled(Component.PRINCIPAL)
        row.line.interest = row.settled(_INTEREST)
        row.line.fees = row.ahead(Component.FEE)
        row.line.capitalised = 0
        row.line.own, row.line.stretches = tuple(until(row.line.own, day)), tuple(until(row.line.stretches, day))
        row.line.drawn -= _yet_to_draw(book, row, day)
    book.lend_no_more()
    before = () if any(row is target for row in ahead) else (target,)
    target.line.stretches = tuple(stretch for row in (*before, *ahead) for stretch in row.line.stretches)
    for row in ahead:
        if row is not target:
            target.line.drawn += row.line.drawn
            row.line.drawn = row.line.drawn_first = 0
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
    rebalance(book)
    return target


def _split(book: Book, first: int) -> tuple[list[Installment], list[Installment]]:
    """The installments before number `first`, and those from it on."""
    place = bisect_left(book.installments, first, key=_number)
    return book.installments[:place], book.installments[place:]


def running_number(book: Book, day: date) -> int:
    """Number of the installment whose period the day begins or lies in; after them all, one more than the last."""
    return book.basis.index_at(day) + book.basis.after + 1


def _drawn(book: Book, n: int, day: date) -> int:
    """What was lent further in the period of installment `n`, up to the day."""
    return book.basis.drawn(book.basis.index_of(n), day)


def first_rebuilt(book: Book, day: date, beyond: int = 0) -> int:
    """Number of the first installment that may be laid out anew: behind every one that is due or was paid ahead."""
    ahead = book.ahead()
    running = running_number(book, day)
    first = max(running, beyond + 1, ahead[0].n if ahead else 0)
    ends = {row.n: row.line.period.end for row in ahead}
    for row in ahead:
        # Interest that waits in a later row is not paid ahead while it is that of the running period.
        borne_by = day if row.n <= running else max(day, ends.get(running, day))
        if row.n >= first and _is_paid_ahead(book, row, borne_by):
            first = row.n + 1
    return first


def _is_paid_ahead(book: Book, row: Installment, borne_by: date) -> bool:
    return not row.is_untouched and (
        row.settled(Component.PRINCIPAL) > row.prepaid
        or row.ahead(Component.FEE) > 0
        or row.settled(_INTEREST) > book.accrued_interest(row, borne_by)
    )


def _balance_before(book: Book, kept: Sequence[Installment]) -> int:
    """Principal that the schedule leaves after the rows that stay."""
    return kept[-1].line.balance if kept else book.opened.principal


def _shrink(kept: Sequence[Installment], current: Installment, principal: int) -> None:
    """Rows paid ahead in part ask for less principal, the last first: what was repaid early covers theirs."""
    for row in reversed(kept):
        own = row.prepaid if row is current else row.settled(Component.PRINCIPAL)
        less = min(principal, max(0, row.line.principal - own))
        row.line.principal -= less
        principal -= less


def _end_interest(book: Book, kept: Sequence[Installment], day: date) -> None:
    """Rows after the running one with which all is repaid bear nothing of their own: only what waits in them."""
    running = current_row(book, day)
    end = max(day, running.line.period.end)
    for row in reversed(kept):
        if row.n <= running.n or row.open(Component.PRINCIPAL):
            return
        row.line.interest = max(row.settled(_INTEREST), book.accrued_interest(row, end))
        row.line.stretches = tuple(until(row.line.stretches, end))


def _split_stretches(
    book: Book, index: int, running: Installment | None, day: date, balance: int
) -> tuple[Stretch, ...]:
    """The balances of the current period: as they were up to the day, then what is left."""
    period = book.basis.periods[index]
    rest = Stretch(period, max(day, period.start), period.end, balance)
    return (*until(running.line.own, day), rest) if running else (rest,)


def _waiting(book: Book, kept: Sequence[Installment]) -> tuple[Stretch, ...]:
    """Stretches of the rows just before whose interest waits for a later row; none of them asked for it itself."""
    waiting: tuple[Stretch, ...] = ()
    for row in reversed(kept):
        index = book.basis.index_of(row.n)
        if index < 0 or not book.basis.defers(index) or row.line.stretches:
            break
        waiting = row.line.own + waiting
    return waiting


def _yet_to_draw(book: Book, row: Installment, day: date) -> int:
    index = book.basis.index_of(row.n)
    return sum(draw.minor for draw in book.draws.to_come() if draw.place == index and draw.on > day)


def _closing_line(book: Book, current: Installment, start: Start) -> Line:
    """The current row where no principal is left after it: it still asks for the interest that has accrued."""
    stretches = start.carried + tuple(stretch for stretch in start.current if stretch.balance)
    interest = book.basis.accrual.rounded(stretches) if stretches else 0
    return Line(current.line.period, 0, interest, 0, 0, own=start.current, stretches=stretches)


def _take_over(
    book: Book, day: date, kept: Sequence[Installment], old: Sequence[Installment], lines: Sequence[Line]
) -> None:
    """Give the new lines to the installments of the same number and spread settled interest over them."""
    paid = sum(row.paid[_INTEREST] for row in old)
    waived = sum(row.waived[_INTEREST] for row in old)
    recognised = sum(row.recognised[_INTEREST] for row in old)
    rows = []
    for row, line in zip(old, lines, strict=False):
        row.line, row.retained = line, 0
        rows.append(row)
    rows += [Installment(line) for line in lines[len(old) :]]
    book.installments = [*kept, *rows]
    for row in old[len(lines) :]:
        _move_charges(row, book.installments[-1])
    cap_costs(book.basis, [row.line for row in book.installments], book.charged())
    rebalance(book)
    for row in rows:
        row.recognised[_INTEREST] = 0
        row.waived[_INTEREST] = min(waived, row.line.interest)
        row.paid[_INTEREST] = min(paid, row.line.interest - row.waived[_INTEREST])
        waived -= row.waived[_INTEREST]
        paid -= row.paid[_INTEREST]
    if paid or waived:
        _retain(rows[0] if rows else kept[-1], paid, waived)
    gained = sum(book.note_accrued(row, day) for row in rows if row.has_begun(day) or not row.is_untouched)
    book.book(day, _INTEREST, gained - recognised)


def _retain(row: Installment, paid: int, waived: int) -> None:
    """Interest that was paid stays paid where new terms, of a lower rate, come to less than that."""
    row.retain(paid + waived)
    row.paid[_INTEREST] += paid
    row.waived[_INTEREST] += waived


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


def rebalance(book: Book) -> None:
    """Balances follow from the principal column."""
    balance = book.opened.principal
    for row in book.installments:
        balance += row.line.capitalised + row.line.drawn - row.line.principal
        row.line.balance = balance
    book.rows_changed()
