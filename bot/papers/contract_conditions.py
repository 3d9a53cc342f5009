"""What a loan's own terms and policy say, in the contract's words; what it has no words for is refused, never guessed.

Each function answers names of paragraphs, to which the clause adds its own, or a phrase that stands in several of them.
"""

from bot.papers.wording import PaperWords
from services.engine.conditions import FeeTime, Method
from services.engine.dates import PERIODS_A_YEAR, DayCount
from services.engine.policy import Component, InterestTo, LateFee, PenaltyRound, Policy
from services.engine.terms import Terms
from services.gateways import ContractPaper
from services.lending.rate_link import RateLink
from services.money import Money
from services.origination.charges import OfferFee
from services.origination.late_cost import LateCost, late_fee_share
from services.wording import Percent

_TERMS_IN_WORDS = frozenset(
    {
        "currency",
        "principal",
        "annual_rate",
        "disbursed_on",
        "installments",
        "every",
        "unit",
        "method",
        "principal_plan",
        "day_count",
        "fees",
    }
)
_TERMS_OF_A_LINK = frozenset({"rate_settlement"})
_POLICY_IN_WORDS = frozenset({"allocation", "allocate_by", "prepayment", "penalty", "late_fee", "payoff"})
_NO_PRICE = frozenset({"close_within", "due_day_counts_as", "classification", "observation_days"})
"""Keys of a policy that neither cost the borrower anything nor change what is due."""
_DAYS_A_YEAR = {DayCount.ACTUAL_360: 360, DayCount.ACTUAL_364: 364, DayCount.ACTUAL_365: 365}


class NoWording(ValueError):
    """The contract has no words for what a loan's terms or policy say under `key`."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"the contract has no words for {key}")


def require_wording(terms: Terms, policy: Policy, link: RateLink | None = None) -> None:
    """Raises NoWording where the clauses would not say, or say wrongly, how the loan works. `link` is what its rate
    follows."""
    told = _TERMS_IN_WORDS if link is None else _TERMS_IN_WORDS | _TERMS_OF_A_LINK
    for key in terms.to_json():
        if key not in told:
            raise NoWording(key)
    for key in policy.to_json():
        if key not in _POLICY_IN_WORDS | _NO_PRICE:
            raise NoWording(key)
    orders = policy.allocation
    if not orders.standard == orders.arrears == orders.written_off:
        raise NoWording("allocation")
    if policy.penalty is not None and policy.penalty.round is not PenaltyRound.TOTAL:
        raise NoWording("penalty.round")


def interest(paper: ContractPaper) -> str:
    """How interest is computed."""
    spread = "flat_" if paper.terms.method is Method.FLAT else ""
    if not paper.terms.runs_daily:
        return f"{spread}by_period"
    return f"{spread}by_day" if paper.terms.day_count in _DAYS_A_YEAR else f"{spread}by_leap_day"


def early(paper: ContractPaper) -> tuple[str, ...]:
    """What paying early costs, what a part does to the schedule, and how far interest runs where all is paid."""
    payoff = paper.policy.payoff
    cost = "fee" if payoff.fee_percent_of_principal else "free"
    to = "to_day" if payoff.interest_to is InterestTo.PAYOFF_DATE else "to_due"
    return (cost, str(paper.policy.prepayment), to)


def late(paper: ContractPaper) -> tuple[str, ...]:
    """What paying late costs."""
    return (*_penalty(paper), _late_fee(paper.late_cost.fee))


def _penalty(paper: ContractPaper) -> tuple[str, ...]:
    cost = paper.late_cost
    if not cost.annual_rate.value:
        return ("free",)
    onto_itself = "compound" if cost.compounds else "simple"
    return (_penalty_starts(cost), onto_itself, *(() if cost.most is None else ("cap",)))


def _penalty_starts(cost: LateCost) -> str:
    """Whether penalty runs at once, after days of grace for these too, or only after them."""
    if not cost.grace_days:
        return "at_once"
    return "grace_free" if cost.grace_free else "grace"


def _late_fee(fee: LateFee | None) -> str:
    if fee is None:
        return "nothing_else"
    return "fee_after" if fee.after_days else "fee"


def fees(words: PaperWords, paper: ContractPaper) -> list[str]:
    """Each fee with its amount and the time at which it is taken."""
    return [_fee(words, fee) for fee in paper.fees if fee.amount]


def _fee(words: PaperWords, fee: OfferFee) -> str:
    return words.say(f"contract.fee_{fee.when}", name=fee.name, amount=fee.amount, each=fee.each)


def added(paper: ContractPaper) -> Money:
    """Fees that are owed with the principal."""
    parts = [fee.amount for fee in paper.fees if fee.when is FeeTime.DISBURSEMENT_ADDED]
    return Money.total(parts, paper.principal.currency)


def figures(words: PaperWords, paper: ContractPaper) -> dict[str, object]:
    """What the paragraphs of this module name."""
    terms, policy, cost = paper.terms, paper.policy, paper.late_cost
    return {
        "period_share": f"{terms.every}/{PERIODS_A_YEAR[terms.unit]}",
        "days_a_year": str(_DAYS_A_YEAR.get(terms.day_count, 365)),
        "order": _order(words, policy.allocation.standard),
        "fees": words.say("contract.semicolon").join(fees(words, paper)),
        "added": added(paper),
        "owed": paper.principal + added(paper),
        "payoff_fee": Percent(policy.payoff.fee_percent_of_principal),
        "penalty_rate": cost.annual_rate,
        "base": _penalty_base(words, cost),
        "grace": words.count("papers.days", cost.grace_days),
        "penalty_most": cost.most or Money.zero(paper.principal.currency),
        "late_fee": _late_fee_amount(words, cost.fee),
        "late_fee_after": words.count("papers.days", cost.fee.after_days if cost.fee else 0),
    }


def _penalty_base(words: PaperWords, cost: LateCost) -> str:
    """What bears penalty."""
    return words.say(f"contract.base_{cost.base}")


def _late_fee_amount(words: PaperWords, fee: LateFee | None) -> str:
    """The fee for a late installment: an amount, or a share of what is overdue."""
    if fee is None:
        return ""
    if fee.amount is not None:
        return words.money(fee.amount)
    return words.say("contract.late_fee_share", percent=late_fee_share(fee))


def _order(words: PaperWords, order: tuple[Component, ...]) -> str:
    return words.say("contract.comma").join(words.say(f"contract.component_{component}") for component in order)
