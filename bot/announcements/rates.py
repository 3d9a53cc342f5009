"""That the rate of a loan is another one, with what is to be paid from now on."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from bot import keyboards
from bot.announcements import Announcement, Announcing, announces
from bot.wording import floating_words
from bot.wording.i18n import Translator
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import LoanView, RowStatus
from services.wording import Percent

ROWS: Final = 6
"""So many installments stand in the message; the plan has them all."""


@announces("rate_changed")
async def rate_changed(a: Announcing) -> Announcement | None:
    """The plan is that of the hour in which it is sent: something may have been paid since the change was found."""
    loan = await a.services.loans.get(a.borrower_id, a.param("loan_id", int))
    if loan.status is not LoanStatus.ACTIVE:
        return None
    t = a.t
    plan = keyboards.button(t.plain("lending.button_plan"), keyboards.data("schedule", "loan", loan.id))
    why = keyboards.button(t.plain("interest.button_open"), keyboards.data("interest", "loan", loan.id))
    text = "\n\n".join(text for block in (_change(a, loan), _plan(loan, t)) if (text := "\n".join(block)))
    return Announcement(text, keyboards.keyboard([plan, why, keyboards.human(t)]))


def _change(a: Announcing, loan: LoanView) -> Iterator[str]:
    rate, before, since = a.param("rate", Percent), a.param("before", Percent), a.param("since", date)
    yield a.t("rates.changed", rate=rate, before=before, since=since)
    if loan.floating is not None:
        formula = floating_words.formula(a.t.plain, loan.floating.title, loan.floating.margin)
        yield a.t("rates.why", loan=loan.reference, formula=formula)


def _plan(loan: LoanView, t: Translator) -> Iterator[str]:
    coming = [row for row in loan.rows if row.status in (RowStatus.UPCOMING, RowStatus.DUE)]
    if not coming:
        return
    yield t.n("rates.plan", len(coming))
    for row in coming[:ROWS]:
        yield t("rates.row", number=row.number, date=row.due_on, amount=row.left)
    if len(coming) > ROWS:
        yield t("rates.more", date=coming[-1].due_on)
