"""What a card says about an application: what is asked, from whom, with which papers, and what was approved."""

from collections import Counter
from collections.abc import Iterator

from bot.cards.figures import term
from bot.cards.head_lines import SEPARATOR
from bot.cards.quotes import shortened
from bot.wording.i18n import Translator
from services.desk.handoff_cards import DeskCard
from services.desk.handoff_states import HandoffStatus
from services.origination.application_views import Application, ApplicationFile, InformationRequest
from services.origination.offer_views import Offer
from services.wording import Label, LocalizedText, Percent

REQUESTS_SHOWN = 3
"""Requests for more that a card still shows, the latest."""
LONGEST_REQUEST = 500


def application_lines(
    card: DeskCard, file: ApplicationFile, offer: Offer | None, t: Translator, quoted: int
) -> Iterator[str]:
    """For the officer who decides."""
    application = file.application
    yield from _asked(file, t)
    if offer is not None:
        yield granted(application, offer, t)
    yield from _who_pays(application, t)
    yield _papers(file, t)
    yield t.n("desk.loans_before", file.earlier_loans) if file.earlier_loans else t("desk.first_loan")
    for request in list(file.requests)[-REQUESTS_SHOWN:]:
        yield _request(request, t, min(quoted, LONGEST_REQUEST))
    if file.flags and card.handoff.status is not HandoffStatus.CLOSED:
        yield t("desk.flags", flags=list(file.flags))


def payout_lines(
    card: DeskCard, file: ApplicationFile, offer: Offer | None, t: Translator, quoted: int
) -> Iterator[str]:
    """For the cashier who pays out."""
    application = file.application
    if offer is not None:
        key = "desk.was_paid" if card.handoff.status is HandoffStatus.CLOSED else "desk.pay_out"
        yield t(key, amount=offer.net_payout, account=application.payout_account_masked or "")
        yield granted(application, offer, t)
    contract = card.details.get("contract")
    if isinstance(contract, str):
        yield t("desk.contract", contract=contract, application=application.reference)


def granted(application: Application, offer: Offer, t: Translator) -> str:
    """What was approved, in one line."""
    if offer.line is not None:
        return t(
            "desk.granted_line",
            limit=offer.amount,
            term=term(application.product, offer.term, t),
            first=offer.line.first_draw,
            apr=offer.apr,
        )
    return t(
        "desk.granted",
        amount=offer.amount,
        term=term(application.product, offer.term, t),
        installment=max(row.total for row in offer.rows),
        apr=offer.apr,
    )


def _asked(file: ApplicationFile, t: Translator) -> Iterator[str]:
    application, estimate = file.application, file.estimate
    if estimate is None:
        return
    yield t(
        "desk.asked",
        reference=application.reference,
        amount=estimate.amount,
        term=term(estimate.product, estimate.term, t),
        method=Label(f"terms.method_{estimate.method}"),
        product=estimate.product.name,
    )
    if application.first_draw is not None:
        yield t("desk.asked_line", first=application.first_draw, apr=estimate.apr, cost=estimate.total_cost)
    else:
        yield t("desk.costs", installment=estimate.highest_installment, apr=estimate.apr, cost=estimate.total_cost)
    if application.purpose is not None:
        key = "desk.purpose_noted" if application.purpose_note else "desk.purpose"
        note = shortened(application.purpose_note or "", LONGEST_REQUEST)
        yield t(key, purpose=application.purpose.name, note=note)


def _who_pays(application: Application, t: Translator) -> Iterator[str]:
    parts: list[str] = []
    if application.employment is not None:
        parts.append(t("desk.work", employment=application.employment.label))
    if application.employer:
        parts.append(t("desk.employer", employer=application.employer))
    if application.monthly_income is not None:
        parts.append(t("desk.income", income=application.monthly_income))
    if parts:
        yield SEPARATOR.join(parts)
    burden = application.affordability
    if burden is not None:
        most = Percent(application.product.eligibility.max_debt_to_income)
        yield t("desk.burden", share=burden.debt_to_income, monthly=burden.monthly, most=most)


def _papers(file: ApplicationFile, t: Translator) -> str:
    if not file.papers:
        return t("desk.papers_none")
    counted = Counter(_name(paper.name, t) for paper in file.papers)
    names = [name if count == 1 else f"{name} ×{count}" for name, count in counted.items()]
    return t.n("desk.papers", len(file.papers), names=names)


def _name(name: LocalizedText | Label, t: Translator) -> str:
    return t.label(name) if isinstance(name, Label) else t.text(name)


def _request(request: InformationRequest, t: Translator, longest: int) -> str:
    question = shortened(request.question, longest)
    if not request.answered:
        return t("desk.request_open", question=question, answer_by=request.answer_by)
    if not request.answer:
        return t("desk.request_answered_in_files", question=question)
    return t("desk.request_answered", question=question, answer=shortened(request.answer, longest))
