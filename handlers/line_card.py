"""A revolving line, worded: what an offer of one says, what its loan card says, and what a draw would do."""

from collections.abc import Iterator
from typing import Final

from telegram import InlineKeyboardButton

from bot import keyboards
from bot.wording.i18n import Translator
from services.configuration.estimates import Estimate
from services.lending.credit_line_views import Draw
from services.lending.draw_states import DrawStatus
from services.lending.draw_views import DrawOptions, DrawPreview
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import LoanView
from services.money import Money
from services.origination.line_terms import DrawCharge
from services.origination.offer_views import Offer

BAR_LENGTH: Final = 6


def offer_price(offer: Offer, t: Translator) -> Iterator[str]:
    """In the place of payout, fees, rate and total: the limit's price a day and a year, and the dearest it can be."""
    line = offer.line
    if line is None:
        return
    yield t("draws.offer_first", amount=line.first_draw, a_day=line.first_interest_a_day)
    yield t("draws.offer_rate", daily=line.daily_rate, rate=offer.annual_rate, apr=offer.apr)
    if line.charge is not None:
        yield charge(line.charge, t)
    yield t("draws.offer_full", limit=offer.amount, a_day=line.interest_a_day, cost=offer.total_cost)


def offer_dates(offer: Offer, t: Translator) -> Iterator[str]:
    """In the place of the installments: how it is drawn and repaid, and until when."""
    line = offer.line
    if line is None:
        return
    yield t("draws.offer_use", minimum=line.minimum_draw)
    yield t("draws.offer_due", first=offer.rows[0].due_on, last=line.valid_until)
    yield t("offer.dates_move")


def charge(of_draw: DrawCharge, t: Translator) -> str:
    """What each draw costs besides interest."""
    if of_draw.amount is not None:
        return t("draws.charge_amount", name=of_draw.name, amount=of_draw.amount)
    return t("draws.charge_percent", name=of_draw.name, percent=of_draw.percent)


def estimate(found: Estimate, t: Translator) -> str:
    """What a line costs, before anything is drawn: by the day and by the year."""
    return t(
        "draws.estimate",
        limit=found.amount,
        daily=found.daily_rate,
        rate=found.product.nominal_rate,
        apr=found.apr,
        a_day=found.interest_a_day,
        cost=found.total_cost,
        last=found.rows[-1].due_on,
    )


def block(loan: LoanView, t: Translator) -> Iterator[str]:
    """Limit, drawn, available, until when, and interest so far; nothing for a loan that is no line."""
    line = loan.line
    if line is None or loan.status is not LoanStatus.ACTIVE:
        return
    yield t("draws.card_available", available=line.available, limit=line.limit)
    yield t("draws.card_drawn", bar=bar(line.drawn, line.limit), drawn=line.drawn)
    for draw in line.on_the_way:
        yield t("draws.card_on_the_way", amount=draw.amount)
    yield t("draws.card_interest", interest=line.interest_so_far, a_day=line.interest_a_day, daily=line.daily_rate)
    yield t("draws.card_until", until=line.valid_until)
    if line.blocked:
        yield t("draws.blocked")
    elif loan.days_past_due:
        yield t("draws.arrears", due=loan.due_now.total)


def bar(drawn: Money, limit: Money) -> str:
    """How much of the limit is drawn, as a row of signs; the figures stand beside it."""
    filled = min(-(-drawn.minor * BAR_LENGTH // limit.minor), BAR_LENGTH) if limit.minor else 0
    return "▰" * filled + "▱" * (BAR_LENGTH - filled)


def tranches(loan: LoanView, t: Translator) -> Iterator[str]:
    """Further disbursements that the contract agrees, before they happen."""
    for tranche in loan.tranches:
        yield t("draws.tranche", amount=tranche.amount, date=tranche.on)


def buttons(loan: LoanView, t: Translator) -> Iterator[InlineKeyboardButton]:
    """Drawing, taking a draw back, ending the line."""
    line = loan.line
    if line is None or loan.status is not LoanStatus.ACTIVE:
        return
    if line.drawable:
        yield keyboards.button(t.plain("draws.button_draw"), keyboards.data("draw", "loan", loan.id))
    for draw in line.on_the_way:
        label = t.plain("draws.button_take_back", amount=draw.amount)
        yield keyboards.button(label, keyboards.data("draw", "cancel", draw.id))


def end_button(loan: LoanView, t: Translator) -> list[InlineKeyboardButton]:
    """For a line on which nothing is owed and nothing is on its way."""
    line = loan.line
    if line is None or loan.status is not LoanStatus.ACTIVE or loan.outstanding.total or line.on_the_way:
        return []
    return [keyboards.button(t.plain("draws.button_end"), keyboards.data("draw", "end", loan.id))]


def ask_amount(options: DrawOptions, t: Translator) -> str:
    """How much may be drawn, and what drawing costs."""
    return t(
        "draws.ask_amount",
        loan=options.loan_reference,
        available=options.line.available,
        minimum=options.line.minimum_draw,
        example=options.example,
        a_day=options.example_a_day,
        daily=options.line.daily_rate,
        account=options.account_masked,
    )


def preview(shown: DrawPreview, code: str, phrase: str, minutes: int, t: Translator) -> str:
    """What the draw costs a day, what falls due when, and how to confirm it."""
    lines = [
        t("draws.preview", amount=shown.draw.amount, loan=shown.draw.loan_reference, account=shown.account_masked),
        "",
        t("draws.preview_a_day", a_day=shown.interest_a_day),
        t("draws.preview_after", drawn=shown.drawn_after, a_day=shown.interest_a_day_after),
    ]
    if shown.fee:
        lines.append(t("draws.preview_fee", fee=shown.fee))
    if shown.next_due is not None:
        lines.append(t("draws.preview_next", amount=shown.next_due.amount, date=shown.next_due.on))
    lines += [
        t("draws.preview_last", date=shown.last_due_on),
        t("draws.preview_available", available=shown.available_after),
        "",
        t.n("draws.preview_confirm", minutes, code=code, phrase=phrase),
    ]
    return "\n".join(lines)


def state(draw: Draw, t: Translator) -> str:
    """What became of a draw that does not wait for a confirmation."""
    if draw.status is DrawStatus.REQUESTED:
        return t("draws.requested", amount=draw.amount, loan=draw.loan_reference)
    return t("draws.over_now", amount=draw.amount, state=draw.status)
