"""What the contract of a revolving line says in other words than that of a loan paid out once.

Its principal is the limit, and its annex, cost and total are those of the whole limit drawn at once and kept to the
end: the dearest that the line can be.
"""

from dataclasses import dataclass

from bot.papers import contract_conditions as conditions
from bot.papers.wording import PaperWords
from services.engine.policy import InterestTo
from services.gateways import ContractPaper
from services.origination.line_terms import DrawCharge

Fact = tuple[str, str]

LOAN = ("line_limit", "line_again", "line_term")
PAYOUT = ("account", "line_first", "line_more", "line_stop", "line_date")
REPAYMENT = ("line_method", "revolving")


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """Key facts that a line has in its own words: two and the total in large type, the others in small."""

    big: tuple[Fact, Fact]
    total: Fact
    small: tuple[Fact, ...]


def apr(paper: ContractPaper) -> str:
    """What the line costs; where each draw bears a fee, the dearest case is no longer one draw kept to the end."""
    return "line_apr" if paper.line is None or paper.line.charge is None else "line_apr_charged"


def early(paper: ContractPaper) -> tuple[str, ...]:
    """Repaying early: what it costs, what it settles, and how far interest runs where all is paid."""
    cost, _, to = conditions.early(paper)
    return (cost, "line_part", to, "line_certificate")


def early_facts(paper: ContractPaper) -> tuple[str, ...]:
    """The same among the key facts."""
    fee = "fee" if paper.policy.payoff.fee_percent_of_principal else "free"
    to = "to_day" if paper.policy.payoff.interest_to is InterestTo.PAYOFF_DATE else "to_due"
    return (fee, "line", to)


def key_facts(words: PaperWords, paper: ContractPaper) -> LoanFacts:
    """Limit and first payout, price a day and a year, and when what falls due."""
    told = figures(words, paper)

    def fact(name: str) -> Fact:
        return words.say(f"contract.fact_{name}"), words.say(
            f"contract.fact_{name}_value",
            rate=paper.annual_rate,
            cost=paper.cost_of_credit,
            last=paper.rows[-1].due_on,
            **told,
        )

    fees = words.say("contract.fact_fees_line", charge=told["charge"]) if told["charge"] else None
    return LoanFacts(
        big=(
            (words.say("contract.fact_limit"), words.money(paper.principal)),
            (words.say("contract.fact_first_draw"), words.money(paper.net_payout)),
        ),
        total=(words.say("contract.fact_line_total"), words.money(paper.total_to_repay)),
        small=(
            fact("line_rate"),
            fact("line_cost"),
            (words.say("contract.fact_fees"), fees or words.say("contract.fact_fees_none")),
            fact("line_repayment"),
        ),
    )


def figures(words: PaperWords, paper: ContractPaper) -> dict[str, object]:
    """What the paragraphs and facts of a line name; none for any other loan."""
    line = paper.line
    if line is None:
        return {}
    return {
        "first_draw": line.first_draw,
        "minimum_draw": line.minimum_draw,
        "daily_rate": line.daily_rate,
        "a_day": line.interest_a_day,
        "limit": paper.principal,
        "charge": "" if line.charge is None else _charge(words, line.charge),
    }


def _charge(words: PaperWords, charge: DrawCharge) -> str:
    if charge.amount is not None:
        return words.say("contract.draw_charge_amount", name=charge.name, amount=charge.amount)
    return words.say("contract.draw_charge_percent", name=charge.name, percent=charge.percent)
