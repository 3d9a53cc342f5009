"""An old and a new plan of a loan side by side, a line for each figure that matters; for borrowers and officers."""

from collections.abc import Iterator
from typing import Final

from bot.cards.figures import term
from bot.wording.i18n import Translator
from services.configuration.product_definitions import Product
from services.extensions.extension_plans import Comparison, Kind, Plan, PlanRow

CHANGES: Final = {Kind.LONGER: "extend.change_longer", Kind.PAUSE: "extend.change_pause"}


def change_words(product: Product, change: tuple[Kind, int], t: Translator) -> str:
    """What is changed, such as "3 months more" or "2 months of interest only"."""
    kind, installments = change
    return t.plain(CHANGES[kind], length=term(product, installments, t))


def comparison_lines(comparison: Comparison, t: Translator) -> Iterator[str]:
    """What is paid next, until when, at which rate, and what the change costs; the figures add up."""
    before, after = comparison.before, comparison.after
    yield t("extend.plan_heads")
    yield from _next(before, after, t)
    yield t("extend.plan_count", before=len(before.rows), after=len(after.rows))
    yield t("extend.plan_end", before=before.last.due_on, after=after.last.due_on)
    if after.uneven:
        yield t("extend.plan_highest", before=before.highest, after=after.highest)
    if before.annual_rate != after.annual_rate:
        yield t("extend.plan_rate", before=before.annual_rate, after=after.annual_rate)
    yield t("extend.plan_interest", before=before.interest, after=after.interest)
    yield t("extend.plan_total", before=before.total, after=after.total)
    yield t("extend.plan_extra", extra=comparison.extra)


def _next(before: Plan, after: Plan, t: Translator) -> Iterator[str]:
    if after.next is None:
        return
    if before.next is None:
        yield t("extend.plan_next_new", after=after.next.total, on=after.next.due_on)
    else:
        key = "extend.plan_next_same" if before.next.due_on == after.next.due_on else "extend.plan_next"
        yield t(key, before=before.next.total, after=after.next.total, on=after.next.due_on)


def plan_row(row: PlanRow, t: Translator) -> str:
    """What is left of an installment, and what it is made of."""
    key = "extend.plan_row_fees" if row.fees else "extend.plan_row"
    return t(
        key,
        number=row.number,
        on=row.due_on,
        amount=row.total,
        principal=row.principal,
        interest=row.interest,
        fees=row.fees,
    )
