"""How the interest of an installment comes about, worded: a line a segment, their sum, and what was counted how."""

from collections.abc import Iterator
from typing import Final

from telegram import InlineKeyboardButton

from bot import keyboards
from bot.wording.i18n import Translator
from services.engine.explained import Adjustment, Treatment
from services.lending.interest_views import InterestLine, InterestView, PenaltyView

SUMS: Final = {
    Treatment.DUE: "interest.sum",
    Treatment.DEFERRED: "interest.sum",
    Treatment.CAPITALISED: "interest.sum_capitalised",
    Treatment.AT_DISBURSEMENT: "interest.sum_at_disbursement",
    Treatment.FREE: "interest.sum_free",
}
"""What becomes of an installment's interest."""
ADJUSTMENTS: Final = {
    Adjustment.COST_CAP: "interest.adjusted_cost_cap",
    Adjustment.IN_DUPLUM: "interest.adjusted_in_duplum",
    Adjustment.CLOSED_EARLY: "interest.adjusted_closed_early",
    Adjustment.ALREADY_PAID: "interest.adjusted_already_paid",
}
"""Why the installment asks for something else than its lines come to."""


def button(loan_id: int, origin: str, t: Translator) -> InlineKeyboardButton:
    """The way here from the screen `origin`, to which back leads."""
    return keyboards.button(t.plain("interest.button_open"), keyboards.data("interest", "loan", loan_id, origin))


def card(shown: InterestView, t: Translator) -> str:
    """Whose interest it is, its lines with their sum, how it was counted, and what lateness added."""
    lines = (text for one in shown.lines for text in line(one, t))
    blocks = [_head(shown, t), lines, _sum(shown, t), _counted(shown, t)]
    if shown.penalty is not None:
        blocks.append(_penalty(shown.penalty, t))
    return "\n\n".join(text for block in blocks if (text := "\n".join(block)))


def _head(shown: InterestView, t: Translator) -> Iterator[str]:
    yield t("interest.title")
    key = "interest.installment" if shown.number else "interest.payout"
    yield t(key, loan=shown.reference, number=shown.number, last=shown.last, date=shown.due_on)


def _sum(shown: InterestView, t: Translator) -> Iterator[str]:
    if shown.adjustment is not None:
        yield t("interest.computed", amount=shown.computed)
    yield t(SUMS[shown.treatment], amount=shown.amount)
    if shown.accrued is not None:
        yield t("interest.accrued", amount=shown.accrued)


def line(one: InterestLine, t: Translator) -> Iterator[str]:
    """A segment in two lines: its days, then what bears interest at which rate, and how much."""
    yield t.n("interest.days", one.days, span=t.span(one.start, one.end))
    yield t("interest.line", balance=one.balance, rate=one.rate, amount=one.amount)


def _counted(shown: InterestView, t: Translator) -> Iterator[str]:
    """In plain words, only what applies: why another amount is asked for, how days count, how the sum was rounded."""
    if shown.adjustment is not None:
        yield t(ADJUSTMENTS[shown.adjustment])
    if shown.treatment is Treatment.DEFERRED and shown.waits_for is not None:
        yield t("interest.waits", number=shown.waits_for)
    if not shown.lines:
        return
    if shown.flat is not None:
        yield t.n("interest.flat", shown.flat.rows, total=shown.flat.total)
    yield t(f"interest.counts_{shown.counting}")
    if not shown.is_exact:
        how = t.plain(f"interest.to_{shown.rounding}", unit=shown.round_to)
        yield t(f"interest.rounded_{shown.rounded}", how=how)


def _penalty(penalty: PenaltyView, t: Translator) -> Iterator[str]:
    yield t("interest.penalty")
    for one in penalty.lines:
        yield from line(one, t)
    if penalty.charged != penalty.total:
        yield t("interest.penalty_computed", amount=penalty.total)
    if penalty.lines:
        yield t("interest.penalty_sum", amount=penalty.charged)
        yield t("interest.penalty_counts")
    if penalty.charged < penalty.total:
        yield t("interest.penalty_capped")
    if penalty.fixed:
        yield t("interest.penalty_fixed", amount=penalty.fixed)
