"""What a contract says about its rate: that it stays, or what it follows, when it is set again, within which limits."""

from decimal import Decimal

from bot.papers.wording import PaperWords
from bot.wording import floating_words
from services.gateways import ContractPaper
from services.lending.rate_link import RateLink, Repricing
from services.wording import Percent


def floats(paper: ContractPaper) -> bool:
    """Whether the rate may change."""
    return paper.rate_link is not None and paper.rate_link.repriced is not None


def paragraphs(paper: ContractPaper, interest: str) -> tuple[str, ...]:
    """The paragraphs of the clause on the rate, that on computing `interest` among them."""
    link = paper.rate_link
    if link is None:
        return ("annual", interest, "apr", "cap")
    if link.repriced is None:
        return ("annual", "linked_once", interest, "apr", "cap")
    set_again = "repriced_at_once" if link.repriced is Repricing.AT_ONCE else "repriced"
    settled = f"settled_{paper.terms.rate_settlement}"
    limits = "limits" if link.floor else "limit"
    penalty = ("penalty_follows",) if _multiple(paper) else ()
    return ("floating", set_again, settled, limits, "told", *penalty, interest, "apr_floating", "cap")


def key_fact(words: PaperWords, paper: ContractPaper) -> str:
    """The rate among the key facts."""
    if not floats(paper):
        return words.say("contract.fact_rate_value", rate=paper.annual_rate)
    return words.say("contract.fact_rate_floating", rate=paper.annual_rate, **figures(words, paper))


def annex_intro(words: PaperWords, paper: ContractPaper) -> str:
    """On what the plan of the annex is reckoned."""
    if not floats(paper):
        return words.say("contract.annex_intro", issued_on=paper.issued_on)
    return words.say("contract.annex_intro_floating", issued_on=paper.issued_on, rate=paper.annual_rate)


def figures(words: PaperWords, paper: ContractPaper) -> dict[str, object]:
    """What the paragraphs name; none for a loan of a plain rate."""
    link = paper.rate_link
    if link is None:
        return {}
    return {
        "formula": floating_words.formula(words.say, link.title, Percent(link.margin)),
        "reference": link.title,
        "reference_rate": link.reference_rate,
        "agreed_on": link.agreed_on,
        "when": _when(words, link),
        "floor": Percent(link.floor),
        "penalty_multiple": _multiple(paper),
    }


def _when(words: PaperWords, link: RateLink) -> str:
    return "" if link.repriced is None else words.say(f"terms.repricing_{link.repriced}")


def _multiple(paper: ContractPaper) -> Decimal:
    """How many times the loan's rate the penalty is; nought where it has a rate of its own."""
    penalty = paper.policy.penalty
    return Decimal(0) if penalty is None or penalty.multiple_of_rate is None else penalty.multiple_of_rate.normalize()
