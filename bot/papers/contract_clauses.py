"""Which clauses a loan contract has, in which order, and which wording of a clause applies to a loan."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Self

from bot.papers import contract_conditions as conditions
from bot.papers import contract_lines as lines
from bot.papers import contract_rate as rate
from bot.papers.chinese_numerals import amount_in_words, ordinal
from bot.papers.press import Json
from bot.papers.wording import PaperWords
from services.configuration.lender import Lender
from services.gateways import ContractPaper
from services.money import Money


@dataclass(frozen=True, slots=True)
class Conduct:
    """What the lender promises in every contract. Collection happens from `contact_opens` to `contact_closes` on the
    borrower's wall clock (default: GB/T 45251-2025); complaints are answered within so many days."""

    contact_opens: time = time(8)
    contact_closes: time = time(22)
    answer_within_days: int = 15

    @classmethod
    def of(cls, lender: Lender) -> Self:
        """As the lender's configuration has it."""
        return cls(lender.contact_hours.open, lender.contact_hours.close, lender.answer_within_days)


@dataclass(frozen=True, slots=True)
class Clause:
    """A title at `contract.<name>_title` and the paragraphs below it; `paragraphs` picks their keys for a loan."""

    name: str
    paragraphs: Callable[[ContractPaper], tuple[str, ...]]


def _always(*names: str) -> Callable[[ContractPaper], tuple[str, ...]]:
    return lambda paper: names


def _loan(paper: ContractPaper) -> tuple[str, ...]:
    if paper.line is not None:
        return lines.LOAN
    return ("principal", "added", "term") if conditions.added(paper) else ("principal", "term")


def _rate(paper: ContractPaper) -> tuple[str, ...]:
    if paper.line is not None:
        return ("line_annual", conditions.interest(paper), lines.apr(paper), "cap")
    return rate.paragraphs(paper, conditions.interest(paper))


def _payout(paper: ContractPaper) -> tuple[str, ...]:
    if paper.line is not None:
        return lines.PAYOUT
    return ("account", "full" if paper.net_payout == paper.principal else "net", "date")


def _repayment(paper: ContractPaper) -> tuple[str, ...]:
    if paper.line is not None:
        return (*lines.REPAYMENT, "channels", f"by_{paper.policy.allocate_by}", "receipts")
    return ("method", str(paper.terms.method), "channels", f"by_{paper.policy.allocate_by}", "receipts")


def _fees(paper: ContractPaper) -> tuple[str, ...]:
    if paper.line is not None and paper.line.charge is not None:
        return ("line_some", "nothing_else")
    return ("some" if charged(paper) else "none", "nothing_else")


def _early(paper: ContractPaper) -> tuple[str, ...]:
    if paper.line is not None:
        return lines.early(paper)
    return (*conditions.early(paper), "certificate")


def _late(paper: ContractPaper) -> tuple[str, ...]:
    return (*conditions.late(paper), "hardship", "consequences")


def _ending(paper: ContractPaper) -> tuple[str, ...]:
    return ("withdraw", "settled", "early_call", "change_floating" if rate.floats(paper) else "change")


CLAUSES = (
    Clause("parties", _always("lender", "borrower", "whole")),
    Clause("loan", _loan),
    Clause("rate", _rate),
    Clause("payout", _payout),
    Clause("repayment", _repayment),
    Clause("fees", _fees),
    Clause("early", _early),
    Clause("late", _late),
    Clause("use", _always("purpose", "banned", "proof")),
    Clause("extension", _always("request", "until_then")),
    Clause("collection", _always("civil", "borrower_only", "hours", "complain")),
    Clause("data", _always("purpose", "consent", "sharing", "abroad", "rights")),
    Clause("disputes", _always("complaint", "court")),
    Clause("signature", _always("how", "effect", "record")),
    Clause("ending", _ending),
    Clause("notices", _always("chat", "keep_current")),
)
"""In the order in which they stand in the contract."""


def charged(paper: ContractPaper) -> bool:
    """Whether the loan bears any fee."""
    return any(fee.amount for fee in paper.fees)


def full_amount(words: PaperWords, amount: Money) -> str:
    """The amount, in a Chinese paper followed by its financial characters."""
    spelled = amount_in_words(amount) if words.is_chinese else None
    return words.say("contract.amount_spelled", amount=amount, words=spelled) if spelled else words.money(amount)


def clauses(words: PaperWords, paper: ContractPaper, conduct: Conduct) -> list[Json]:
    """The numbered clauses with the loan's figures in them. Raises NoWording where they cannot say how it works."""
    conditions.require_wording(paper.terms, paper.policy, paper.rate_link)
    figures = _figures(words, paper, conduct)
    return [_clause(words, number, clause, paper, figures) for number, clause in enumerate(CLAUSES, start=1)]


def _clause(
    words: PaperWords, number: int, clause: Clause, paper: ContractPaper, figures: dict[str, object]
) -> dict[str, Json]:
    title = words.say(f"contract.{clause.name}_title")
    counted = ordinal(number) if words.is_chinese else str(number)
    heading = words.say("contract.clause_heading", number=counted, title=title)
    paragraphs: list[Json] = [
        {"number": f"{number}.{place}", "runs": words.runs(f"contract.{clause.name}_{key}", **figures)}
        for place, key in enumerate(clause.paragraphs(paper), start=1)
    ]
    return {"heading": heading, "paragraphs": paragraphs}


def _figures(words: PaperWords, paper: ContractPaper, conduct: Conduct) -> dict[str, object]:
    return {
        "lender": paper.lender.name,
        "licence": paper.lender.licence,
        "complaint_phone": paper.lender.complaint_phone,
        "borrower": paper.borrower_name,
        "borrower_id": paper.borrower_id_masked,
        "borrower_phone": paper.borrower_phone_masked,
        "account": paper.payout_account_masked,
        "product": paper.product,
        "purpose": paper.purpose,
        "principal": full_amount(words, paper.principal),
        "installments": words.count("papers.installments", len(paper.rows)),
        "method": paper.method,
        "annual_rate": paper.annual_rate,
        "apr": paper.apr,
        "net_payout": paper.net_payout,
        "cost": paper.cost_of_credit,
        "total": paper.total_to_repay,
        "first_due": paper.rows[0].due_on,
        "last_due": paper.rows[-1].due_on,
        "opens": f"{conduct.contact_opens:%H:%M}",
        "closes": f"{conduct.contact_closes:%H:%M}",
        "answer_within": words.count("papers.days", conduct.answer_within_days),
        "issued_on": paper.issued_on,
        **conditions.figures(words, paper),
        **lines.figures(words, paper),
        **rate.figures(words, paper),
    }
