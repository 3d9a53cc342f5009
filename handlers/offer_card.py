"""What an offer says, worded: the key facts on one screen, every installment, and what became of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.wording import floating_words
from bot.wording.i18n import Translator
from handlers import line_card
from handlers.catalogue import term
from services.configuration.product_definitions import Product
from services.engine.policy import InterestTo, LateFee
from services.lending.rate_link import RateLink
from services.origination.charges import OfferFee
from services.origination.late_cost import LateCost, late_fee_share
from services.origination.offer_states import OfferStatus
from services.origination.offer_views import Offer, OfferedRow
from services.wording import Percent

ROWS_ON_CARD: Final = 6
"""Up to so many installments stand on the card one by one; of more, the first and the last do."""
STATES: Final = {
    OfferStatus.ACCEPTED: "offer.state_accepted",
    OfferStatus.DECLINED: "offer.state_declined",
    OfferStatus.EXPIRED: "offer.state_expired",
    OfferStatus.WITHDRAWN: "offer.state_withdrawn",
}


def card(offer: Offer, product: Product, t: Translator) -> str:
    """The key facts: what is lent, what it costs, when it is repaid, and what being late costs."""
    price, dates = _price(offer, t), _installments(offer, t)
    if offer.line is not None:
        price, dates = line_card.offer_price(offer, t), line_card.offer_dates(offer, t)
    blocks = [_head(offer, product, t), price, dates, _conditions(offer, t)]
    return "\n\n".join("\n".join(block) for block in blocks)


def _head(offer: Offer, product: Product, t: Translator) -> Iterator[str]:
    title = "offer.title" if offer.line is None else "draws.offer_title"
    yield t(title, amount=offer.amount, term=term(product, offer.term, t))
    yield t("offer.product", product=offer.product, method=offer.method_label)
    if offer.asked_amount != offer.amount:
        yield t("offer.other_amount", asked=offer.asked_amount)
    if offer.asked_term != offer.term:
        yield t("offer.other_term", asked=term(product, offer.asked_term, t))


def _price(offer: Offer, t: Translator) -> Iterator[str]:
    yield t("offer.net_payout", amount=offer.net_payout)
    for fee in offer.fees:
        if fee.amount:
            yield _fee(fee, t)
    yield t("offer.rate", rate=offer.annual_rate)
    yield from _floating(offer.rate_link, t)
    yield t("offer.apr", apr=offer.apr, cost=offer.total_cost)
    yield t("offer.total", total=offer.total_to_repay, net=offer.net_payout, cost=offer.total_cost)


def _floating(link: RateLink | None, t: Translator) -> Iterator[str]:
    """That the rate may change, how, and down to what."""
    if link is None or link.repriced is None:
        return
    formula = floating_words.formula_of(link, t)
    yield t("offer.floating", formula=formula, now=link.reference_rate, when=link.repriced)
    if link.floor:
        yield t("offer.floating_floor", floor=Percent(link.floor))


def _fee(fee: OfferFee, t: Translator) -> str:
    return t(f"offer.fee_{fee.when}", name=fee.name, amount=fee.amount, each=fee.each)


def _installments(offer: Offer, t: Translator) -> Iterator[str]:
    yield t.n("offer.installments", len(offer.rows))
    if len(offer.rows) <= ROWS_ON_CARD:
        yield from (_short_row(row, t) for row in offer.rows)
    else:
        yield _short_row(offer.rows[0], t)
        yield _between(offer.rows[1:-1], t)
        yield _short_row(offer.rows[-1], t)
    yield t("offer.dates_move")


def _short_row(row: OfferedRow, t: Translator) -> str:
    return t("offer.row", number=row.number, date=row.due_on, total=row.total)


def _between(rows: Sequence[OfferedRow], t: Translator) -> str:
    totals = [row.total for row in rows]
    first, last, least, most = rows[0].number, rows[-1].number, min(totals), max(totals)
    if least == most:
        return t("offer.rows_same", first=first, last=last, amount=least)
    return t("offer.rows_range", first=first, last=last, least=least, most=most)


def _conditions(offer: Offer, t: Translator) -> Iterator[str]:
    late, payoff = offer.late_cost, offer.payoff
    yield from _penalty(late, t) if late.annual_rate.value else [t("offer.late_free")]
    if late.fee is not None:
        yield _late_fee(late.fee, t)
    fee = payoff.fee_percent_of_principal
    yield t("offer.early_fee", fee=Percent(fee)) if fee else t("offer.early_free")
    to_the_day = payoff.interest_to is InterestTo.PAYOFF_DATE
    yield t("offer.early_to_day" if to_the_day else "offer.early_to_due")
    yield t("offer.valid_until", until=offer.expires_at)


def _penalty(late: LateCost, t: Translator) -> Iterator[str]:
    overdue, per_day = late.example_overdue, late.example_per_day
    yield t(f"offer.late_{late.base}", rate=late.annual_rate, overdue=overdue, per_day=per_day)
    if late.grace_days:
        yield t.n("offer.late_grace_free" if late.grace_free else "offer.late_grace", late.grace_days)
    if late.compounds:
        yield t("offer.late_compound")
    if late.most is not None:
        yield t("offer.late_most", most=late.most)


def _late_fee(fee: LateFee, t: Translator) -> str:
    cost = fee.amount or t.plain("offer.late_fee_share", percent=late_fee_share(fee))
    if fee.after_days:
        return t.n("offer.late_fee_after", fee.after_days, cost=cost)
    return t("offer.late_fee", cost=cost)


def all_rows(offer: Offer, t: Translator) -> str:
    """Every installment with what it is made of, and their sum."""
    lines = [t.n("offer.all_rows", len(offer.rows), amount=offer.amount), ""]
    lines += [_long_row(row, t) for row in offer.rows]
    return "\n".join([*lines, "", t("offer.rows_total", total=offer.total_to_repay), t("offer.dates_move")])


def _long_row(row: OfferedRow, t: Translator) -> str:
    parts = [t("offer.part_principal", amount=row.principal)] if row.principal else []
    parts += [t("offer.part_interest", amount=row.interest)] if row.interest else []
    parts += [t("offer.part_fees", amount=row.fees)] if row.fees else []
    return f"{_short_row(row, t)}\n{t('offer.parts', parts=_joined(parts, t))}"


def _joined(parts: Sequence[str], t: Translator) -> str:
    return t.plain("offer.comma").join(parts)


def state(offer: Offer, status: OfferStatus, t: Translator) -> str:
    """What became of an offer that no longer waits."""
    return t(STATES[status], amount=offer.amount, contract=offer.contract_reference or "", until=offer.expires_at)
