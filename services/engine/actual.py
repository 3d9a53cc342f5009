"""Interest on the principal really owed: arrears bear the loan's rate, money that comes early saves it."""

from datetime import date

from services.engine.accrual import Stretch, until
from services.engine.book import Book
from services.engine.conditions import Method
from services.engine.dates import NEVER
from services.engine.installment import Installment
from services.engine.periods import Period
from services.engine.policy import Accrued, Component
from services.engine.replan import first_rebuilt, rebuild, running_number


def follow_principal(book: Book, day: date) -> None:
    """At the end of the day: where what is owed differs from what interest runs on, it runs on what is owed from now.

    Flat interest does not depend on what is owed, so there is nothing to follow.
    """
    if book.policy.accrual is Accrued.SCHEDULED or book.written_off_on is not None:
        return
    if book.basis.terms.method is Method.FLAT:
        return
    ahead = book.ahead()
    if ahead:
        _follow_in_rows(book, ahead, day)
    elif book.installments:
        _follow_after_the_last(book, book.installments[-1], day)


def _follow_in_rows(book: Book, ahead: list[Installment], day: date) -> None:
    running = running_number(book, day)
    row = next((row for row in ahead if row.n == running), None)
    if row is None or first_rebuilt(book, day) != running or book.basis.is_free(book.basis.index_of(running)):
        return
    own = row.line.own
    runs_on = own[-1].balance if own and own[-1].end > day else 0
    owed = book.principal - _ended_and_not_due(book, day)
    if runs_on != owed:
        rebuild(book, day, running, keep_level=True, owed=owed)


def _ended_and_not_due(book: Book, day: date) -> int:
    """Principal of rows whose due date was moved behind the end of their period: until then it is not late."""
    return sum(row.open(Component.PRINCIPAL) for row in book.ahead() if row.line.period.end <= day)


def _follow_after_the_last(book: Book, last: Installment, day: date) -> None:
    """After the last due date interest on what is still owed is that installment's, and due as it accrues.

    Where the due date was moved ahead, the row asks for the interest up to the end of its period already.
    """
    line = last.line
    since = max(day, line.period.end)
    runs_on = line.stretches[-1].balance if line.grows else 0
    if runs_on == book.principal:
        return
    line.stretches = tuple(until(line.stretches, since))
    if book.principal:
        period = Period(last.n, line.period.end, NEVER, line.period.due_on)
        line.stretches += (Stretch(period, since, NEVER, book.principal),)
