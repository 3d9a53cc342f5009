"""What an offer says: the key facts a borrower reads before signing, all derived from the frozen terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from services.configuration.product_definitions import Product
from services.engine.policy import Payoff, Policy
from services.engine.quote import Quote, quote
from services.engine.terms import Terms
from services.lending.rate_link import RateLink
from services.models import ApplicationRow, ContractRow, OfferRow
from services.money import Money
from services.origination.charges import OfferFee, fees_of
from services.origination.late_cost import LateCost, late_cost
from services.origination.line_offers import line_offer
from services.origination.line_terms import LineOffer
from services.origination.offer_states import OfferStatus
from services.wording import Label, LocalizedText, Percent


@dataclass(frozen=True, slots=True)
class OfferedRow:
    """One installment as offered. `balance` is the principal outstanding after it."""

    number: int
    due_on: date
    principal: Money
    interest: Money
    fees: Money
    total: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms that the lender stands by until `expires_at`."""

    id: int
    reference: str
    application_id: int
    application_reference: str
    borrower_id: int
    status: OfferStatus
    product_code: str
    product: LocalizedText
    asked_amount: Money
    asked_term: int
    amount: Money
    """The loan, or the limit of a revolving line."""
    term: int
    """Number of installments."""
    method: str
    annual_rate: Percent
    rate_link: RateLink | None
    """How the rate follows a reference rate, None where it does not."""
    apr: Percent
    """Effective rate with all charges, see `services.engine.apr`."""
    fees: Sequence[OfferFee]
    net_payout: Money
    """What reaches the account: of a revolving line its first draw. Costs and rows are those of the whole amount."""
    total_cost: Money
    total_to_repay: Money
    installment: Money | None
    """The regular installment, None where installments differ."""
    rows: Sequence[OfferedRow]
    late_cost: LateCost
    payoff: Payoff
    """What closing the loan early costs."""
    made_at: datetime
    expires_at: datetime
    contract_id: int | None
    contract_reference: str | None
    line: LineOffer | None = None
    """What else is agreed about a revolving line."""

    @property
    def method_label(self) -> Label:
        return Label(f"terms.method_{self.method}")


def view_offer(row: OfferRow, application: ApplicationRow, product: Product, contract: ContractRow | None) -> Offer:
    """The offer as its row, its application and its product say."""
    terms = Terms.from_json(row.terms)
    policy = Policy.from_json(row.policy, terms.currency)
    facts = quote(terms)
    currency = terms.currency
    line = line_offer(terms, application, product)
    return Offer(
        id=row.id,
        reference=row.reference,
        application_id=application.id,
        application_reference=application.reference,
        borrower_id=row.borrower_id,
        status=OfferStatus(row.status),
        product_code=row.product_code,
        product=product.name,
        asked_amount=Money.from_minor(application.amount_minor or terms.principal.minor, currency),
        asked_term=application.term or terms.installments,
        amount=terms.principal,
        term=terms.installments,
        method=application.method or terms.method,
        annual_rate=Percent(terms.annual_rate),
        rate_link=None if row.rate_link is None else RateLink.from_json(row.rate_link),
        apr=effective_rate(facts),
        fees=fees_of(terms, {fee.code: fee.name for fee in product.fees}) if line is None else (),
        net_payout=facts.net_disbursed if line is None else line.first_draw,
        total_cost=facts.cost_of_credit,
        total_to_repay=facts.totals.total,
        installment=facts.installment,
        rows=tuple(
            OfferedRow(line.n, line.due_on, line.principal, line.interest, line.fees, line.total, line.balance)
            for line in facts.rows
            if line.total
        ),
        late_cost=late_cost(terms, policy, facts.rows),
        payoff=policy.payoff,
        made_at=row.made_at,
        expires_at=row.expires_at,
        contract_id=None if contract is None else contract.id,
        contract_reference=None if contract is None else contract.reference,
        line=line,
    )


def effective_rate(facts: Quote) -> Percent:
    """The APR of a schedule in percent with two digits, as it is shown and as it is held against the cap.

    Raises ValueError for terms so odd that they have none; no product yields such.
    """
    if facts.apr is None:
        raise ValueError("these terms have no annual percentage rate")
    return Percent(facts.apr.quantize(Decimal("0.01"), ROUND_HALF_UP))
