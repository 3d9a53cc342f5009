"""What each kind of event does to a loan's book."""

from collections.abc import Callable
from datetime import date

from services.engine.actual import follow_principal
from services.engine.allocation import spread
from services.engine.book import Book
from services.engine.conditions import Method
from services.engine.effects import Effect
from services.engine.events import Event, EventType
from services.engine.installment import Amounts, Installment, nothing
from services.engine.ledger import Account
from services.engine.payoff import payoff_figures
from services.engine.policy import AllocateBy, Component, Order, PrepayInterest, Prepayment
from services.engine.prepayment import interest_ahead, prepay, principal_ahead, settle_ahead
from services.engine.replan import current_row
from services.engine.restructuring import draw, extend, reschedule


def apply(book: Book, event: Event) -> Effect:
    """Let the event happen to a book whose accruals are brought to its day."""
    return _EFFECTS[event.type](book, event)


def _repay(book: Book, event: Event) -> Effect:
    if book.written_off_on is not None:
        return _recover(book, event)
    effect = Effect(_minor(event))
    rows = book.with_dues()
    claims = [row.due(event.on) for row in rows]
    parts, left = spread(effect.amount, claims, _order(book, event.on), book.policy.allocate_by)
    book.pay(event.on, rows, parts, Account.CASH)
    effect.count(parts)
    if book.policy.prepayment is Prepayment.NEXT_INSTALLMENTS and book.basis.terms.method is not Method.REVOLVING:
        left = _pay_next(book, event.on, left, effect)
    else:
        left = _pay_early(book, event.on, left, effect)
    return _finish(book, event.on, effect, left)


def _prepay(book: Book, event: Event) -> Effect:
    if book.written_off_on is not None:
        return _recover(book, event)
    effect = Effect(_minor(event))
    return _finish(book, event.on, effect, _pay_early(book, event.on, effect.amount, effect))


def _pay_early(book: Book, day: date, minor: int, effect: Effect) -> int:
    """Prepay with what is left; what nothing took. What arrears paid on the day would have borne is not asked for."""
    if minor > 0 and book.policy.prepay_interest is PrepayInterest.NEXT_DUE:
        follow_principal(book, day)
    taken = prepay(book, day, minor, keep_level=book.policy.prepayment is not Prepayment.REDUCE_INSTALLMENT)
    effect.spread[Component.INTEREST] += taken.interest
    effect.spread[Component.PRINCIPAL] += taken.principal
    return taken.left


def _pay_next(book: Book, day: date, minor: int, effect: Effect) -> int:
    """Settle coming installments one by one with their whole interest; what nothing took.

    Interest that is yet to be capitalised is not principal to repay.
    """
    rows, claims = book.ahead(), []
    left_of_principal = principal_ahead(book, day)
    for row in rows:
        claim = row.owed()
        claim[Component.PRINCIPAL] = min(claim[Component.PRINCIPAL], left_of_principal)
        left_of_principal -= claim[Component.PRINCIPAL]
        claims.append(claim)
    parts, left = spread(minor, claims, _order(book, day), AllocateBy.INSTALLMENT)
    book.pay(day, rows, parts, Account.CASH)
    effect.count(parts)
    return left


def _finish(book: Book, day: date, effect: Effect, left: int) -> Effect:
    """Money that nothing took is kept; a last remainder small enough is forgiven."""
    effect.unallocated = left
    book.suspend(day, left)
    limit = book.policy.close_within
    if limit is not None and 0 < sum(book.outstanding().values()) <= limit.minor:
        _forgive_remainder(book, day)
    return effect


def _forgive_remainder(book: Book, day: date) -> None:
    rows, claims = _all_claims(book, day)
    parts, _ = spread(sum(book.outstanding().values()), claims, tuple(Component), AllocateBy.INSTALLMENT)
    book.waive(day, rows, parts)
    if principal_ahead(book, day) > 0:
        settle_ahead(book, day, sum(interest_ahead(book, day)), None)


def _pay_off(book: Book, event: Event) -> Effect:
    day = event.on
    if book.written_off_on is not None:
        return _recover(book, event, sum(book.claim.values()))
    follow_principal(book, day)
    figures = payoff_figures(book, day)
    effect = Effect(figures.total, spread=dict(figures.amounts))
    effect.spread[Component.FEE] += book.charge(day, current_row(book, day), day, Component.FEE, figures.fee)
    rows, claims = _all_claims(book, day)
    parts, _ = spread(figures.total, claims, tuple(Component), AllocateBy.INSTALLMENT)
    book.pay(day, rows, parts, Account.CASH)
    if any(any(row.owed().values()) for row in book.ahead()):
        settle_ahead(book, day, figures.interest_ahead, Account.CASH)
    return effect


def _all_claims(book: Book, day: date) -> tuple[list[Installment], list[Amounts]]:
    """What is due of each installment, with every charge that was put on those ahead."""
    claims = []
    for row in book.installments:
        if row.due_on <= day:
            claims.append(row.owed())
        else:
            early = nothing()
            for component in (Component.FEE, Component.PENALTY):
                early[component] = row.recognised[component] - row.settled(component)
            claims.append(early)
    return list(book.installments), claims


def _fee(book: Book, event: Event) -> Effect:
    component = event.counts_as or Component.FEE
    if book.written_off_on is not None:
        book.claim[component] += _minor(event)
        return Effect(_minor(event))
    wanted = event.due_on or event.on
    row = next((row for row in book.installments if row.n and row.due_on >= wanted), book.installments[-1])
    owed_on = max(event.on, row.due_on) if event.due_on else event.on
    book.charge(event.on, row, owed_on, component, _minor(event))
    return Effect(_minor(event))


def _waive(book: Book, event: Event) -> Effect:
    component = event.of or Component.PENALTY
    if book.written_off_on is not None:
        return _waive_claim(book, event, component)
    rows, claims = _all_claims(book, event.on)
    if component is Component.INTEREST:
        ahead = book.ahead()
        for row, minor in zip(ahead, interest_ahead(book, event.on), strict=True):
            rows.append(row)
            claims.append({component: 0 if row.line.capitalised else minor})
    effect = Effect(_minor(event))
    parts, effect.unallocated = spread(effect.amount, claims, (component,), AllocateBy.INSTALLMENT)
    book.waive(event.on, rows, parts)
    book.forgiven += sum(part.minor for part in parts)
    effect.count(parts)
    return effect


def _waive_claim(book: Book, event: Event, component: Component) -> Effect:
    """After a write-off only the claim shrinks: the books have lost the amount already."""
    effect = Effect(_minor(event))
    forgiven = min(effect.amount, book.claim[component])
    book.claim[component] -= forgiven
    book.forgiven += forgiven
    effect.spread[component] = forgiven
    effect.unallocated = effect.amount - forgiven
    return effect


def _write_off(book: Book, event: Event) -> Effect:
    if book.written_off_on is not None:
        return Effect(0)
    lost = book.write_off(event.on)
    return Effect(sum(lost.values()), spread=lost)


def _recover(book: Book, event: Event, minor: int | None = None) -> Effect:
    if book.written_off_on is None:
        return _repay(book, event)
    effect = Effect(_minor(event) if minor is None else minor)
    order = book.policy.allocation.written_off
    parts, left = spread(effect.amount, [book.claim], order, AllocateBy.INSTALLMENT)
    for part in parts:
        book.claim[part.component] -= part.minor
    book.ledger.post(event.on, Account.CASH, Account.RECOVERY_INCOME, effect.amount - left)
    book.suspend(event.on, left)
    effect.count(parts)
    effect.unallocated = left
    return effect


def _refund(book: Book, event: Event) -> Effect:
    effect = Effect(_minor(event))
    returned = min(effect.amount, book.suspense)
    book.suspend(event.on, -returned)
    effect.unallocated = effect.amount - returned
    return effect


def _order(book: Book, day: date) -> Order:
    orders = book.policy.allocation
    return orders.arrears if book.in_arrears(day) else orders.standard


def _minor(event: Event) -> int:
    return 0 if event.amount is None else event.amount.minor


_EFFECTS: dict[EventType, Callable[[Book, Event], Effect]] = {
    EventType.REPAY: _repay,
    EventType.PREPAY: _prepay,
    EventType.PAYOFF: _pay_off,
    EventType.FEE: _fee,
    EventType.WAIVE: _waive,
    EventType.WRITE_OFF: _write_off,
    EventType.RECOVER: _recover,
    EventType.REFUND: _refund,
    EventType.DRAW: draw,
    EventType.EXTEND: extend,
    EventType.RESCHEDULE: reschedule,
}
