"""A loan, worded: the card, the table, and amounts by what they are for."""

from collections.abc import Iterator
from typing import Final

from bot.wording import floating_words
from bot.wording.i18n import Translator
from handlers import line_card
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import Components, FloatingRate, LoanSummary, LoanView, RowStatus, ScheduleRow
from services.lending.rate_link import Repricing

ROWS_ON_PAGE: Final = 6
MARKS: Final = {
    RowStatus.PAID: "schedule.row_paid",
    RowStatus.DUE: "schedule.row_due",
    RowStatus.OVERDUE: "schedule.row_overdue",
    RowStatus.UPCOMING: "schedule.row_upcoming",
}
"""A row by where it stands, by a sign and in words."""


def line(loan: LoanSummary, t: Translator) -> str:
    """One loan in a list."""
    if loan.status is not LoanStatus.ACTIVE:
        return t("schedule.line_over", product=loan.product, loan=loan.reference, state=loan.status)
    if loan.days_past_due:
        return t.n(
            "schedule.line_overdue", loan.days_past_due, product=loan.product, loan=loan.reference, due=loan.due_now
        )
    if loan.available is not None:
        return t("draws.line", product=loan.product, loan=loan.reference, available=loan.available)
    return t("schedule.line", product=loan.product, loan=loan.reference, owed=loan.outstanding)


def card(loan: LoanView, t: Translator) -> str:
    """What is due and when, what is owed in all, what was paid."""
    blocks = [
        [t("schedule.title", product=loan.product, loan=loan.reference)],
        _due(loan, t),
        line_card.block(loan, t),
        _owed(loan, t),
        line_card.tranches(loan, t),
    ]
    return "\n\n".join(filter(None, ("\n".join(block) for block in blocks)))


def _due(loan: LoanView, t: Translator) -> Iterator[str]:
    """The most pressing first."""
    if loan.status is not LoanStatus.ACTIVE:
        yield t("schedule.over", state=loan.status)
        if loan.closed_on is not None:
            yield t("schedule.closed_on", date=loan.closed_on)
        return
    if loan.days_past_due:
        yield t.n("schedule.overdue", loan.days_past_due, amount=loan.due_now.total)
        yield from breakdown(loan.due_now, t)
    elif loan.due_now.total:
        yield t("schedule.due_today", amount=loan.due_now.total)
        yield from breakdown(loan.due_now, t)
    if loan.next_due is not None and loan.next_due.on > loan.as_of:
        days = (loan.next_due.on - loan.as_of).days
        yield t.n("schedule.next", days, amount=loan.next_due.amount, date=loan.next_due.on)


def _owed(loan: LoanView, t: Translator) -> Iterator[str]:
    if loan.outstanding.total:
        yield t("schedule.owed", amount=loan.outstanding.total)
        # Of a line principal and interest stand above already.
        if loan.line is None or loan.outstanding.penalty or loan.outstanding.fees:
            yield from breakdown(loan.outstanding, t)
    else:
        yield t("schedule.nothing_owed")
    yield t("schedule.paid", amount=loan.paid_total)
    if loan.surplus:
        yield t("schedule.surplus", amount=loan.surplus)
    key = "schedule.lent" if loan.line is None else "draws.card_lent"
    yield t(key, amount=loan.principal, date=loan.disbursed_on, rate=loan.annual_rate)
    if loan.floating is not None and loan.status is LoanStatus.ACTIVE:
        yield from _floating(loan.floating, t)
    elif loan.current_rate != loan.annual_rate:
        yield t("schedule.rate_now", rate=loan.current_rate)


def _floating(rate: FloatingRate, t: Translator) -> Iterator[str]:
    """The rate of the day, what it follows, and when it is set again."""
    formula = floating_words.formula(t.plain, rate.title, rate.margin)
    yield t("schedule.rate_floating", rate=rate.rate, since=rate.since, formula=formula)
    if rate.next_on is not None:
        yield t("schedule.rate_next", date=rate.next_on)
    elif rate.repriced is Repricing.AT_ONCE:
        yield t("schedule.rate_at_once")
    else:
        yield t("schedule.rate_stays")


def breakdown(sums: Components, t: Translator) -> Iterator[str]:
    """One line a part that is not nil, in the order in which they are settled; none where there is only principal."""
    if sums.total == sums.principal:
        return
    if sums.penalty:
        yield t("schedule.part_penalty", amount=sums.penalty)
    if sums.fees:
        yield t("schedule.part_fees", amount=sums.fees)
    if sums.interest:
        yield t("schedule.part_interest", amount=sums.interest)
    if sums.principal:
        yield t("schedule.part_principal", amount=sums.principal)


def table(loan: LoanView, first: int, t: Translator) -> str:
    """The rows from index `first` on, one page of them."""
    shown = loan.rows[first : first + ROWS_ON_PAGE]
    head = t(
        "schedule.table",
        loan=loan.reference,
        first=shown[0].number,
        last=shown[-1].number,
        count=len(loan.rows),
    )
    return "\n".join([head, "", *(row(one, t) for one in shown)])


def row(one: ScheduleRow, t: Translator) -> str:
    """A row with its mark and what it is made of; of a partly paid one also what is left."""
    lines = [t(MARKS[one.status], number=one.number, date=one.due_on, amount=one.total)]
    if one.paid and one.status is not RowStatus.PAID:
        lines.append(t("schedule.row_partly", paid=one.paid, left=one.left))
    key = "schedule.row_parts_fees" if one.fees else "schedule.row_parts"
    lines.append(t(key, principal=one.principal, interest=one.interest, fees=one.fees))
    return "\n".join(lines)


def short_row(one: ScheduleRow, t: Translator) -> str:
    """A row in one line, for a caption."""
    return t(MARKS[one.status], number=one.number, date=one.due_on, amount=one.total)


def page_of_next(loan: LoanView) -> int:
    """Index of the first row on the page that holds the first unpaid row."""
    unpaid = next((index for index, one in enumerate(loan.rows) if one.status is not RowStatus.PAID), 0)
    return unpaid - unpaid % ROWS_ON_PAGE
