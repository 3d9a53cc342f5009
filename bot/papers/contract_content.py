"""What stands on a loan contract and on its signature page, ready for the template."""

from bot.papers import contract_conditions as conditions
from bot.papers import contract_lines as lines
from bot.papers import contract_rate as rate
from bot.papers.contract_clauses import Conduct, charged, clauses, full_amount
from bot.papers.press import Json
from bot.papers.tables import facts, in_currency, schedule_table
from bot.papers.wording import PaperWords, printable
from services.gateways import ContractPaper, Signature

_FINGERPRINT_GROUP = 8
_LATE_FACTS = frozenset({"free", "at_once", "grace", "grace_free", "compound", "cap", "fee", "fee_after"})
"""Paragraphs of the clause on paying late that are told among the key facts already."""


def contract_content(
    words: PaperWords, paper: ContractPaper, conduct: Conduct, signature: Signature | None
) -> dict[str, Json]:
    """The whole paper; with a `signature`, its signature page too."""
    return words.setting() | {
        "title": words.say("contract.title"),
        "subtitle": words.text(paper.product),
        "lender": words.text(paper.lender.name),
        "head": facts(
            (words.say("papers.contract_reference"), paper.reference),
            (words.say("papers.issued_on"), words.day(paper.issued_on)),
        ),
        "footer": footer(words, words.say("papers.footer_contract", reference=paper.reference), paper.template_version),
        "key_facts": _key_facts(words, paper),
        "parties": _parties(words, paper),
        "clauses": clauses(words, paper, conduct),
        "annex": _annex(words, paper),
        "signing": _signing(words, paper, signature),
        "signature_page": None if signature is None else _signature_page(words, paper, signature),
    }


def footer(words: PaperWords, name: str, version: str | None = None) -> dict[str, Json]:
    """The line at the foot of each page; the template puts the numbers in place of {page} and {pages}."""
    return {
        "name": name,
        "version": words.say("papers.footer_version", version=version) if version else "",
        "page": words.say("papers.footer_page", page="{page}", pages="{pages}"),
    }


def _key_facts(words: PaperWords, paper: ContractPaper) -> dict[str, Json]:
    loan = _loan_facts(words, paper) if paper.line is None else lines.key_facts(words, paper)
    return {
        "title": words.say("contract.key_facts_title"),
        "note": words.say("contract.key_facts_note"),
        "big": facts(*loan.big, (words.say("contract.fact_apr"), words.percent(paper.apr)), loan.total),
        "small": facts(
            *loan.small,
            (words.say("contract.fact_dates"), _dates(words, paper)),
            (words.say("contract.fact_early"), _early(words, paper)),
            (words.say("contract.fact_late"), _late(words, paper)),
            (
                words.say("contract.fact_contact"),
                words.say("contract.fact_contact_value", phone=paper.lender.complaint_phone),
            ),
        ),
    }


def _loan_facts(words: PaperWords, paper: ContractPaper) -> lines.LoanFacts:
    return lines.LoanFacts(
        big=(
            (words.say("contract.fact_principal"), words.money(paper.principal)),
            (words.say("contract.fact_net_payout"), words.money(paper.net_payout)),
        ),
        total=(words.say("contract.fact_total"), words.money(paper.total_to_repay)),
        small=(
            (words.say("contract.fact_rate"), rate.key_fact(words, paper)),
            (words.say("contract.fact_cost"), words.say("contract.fact_cost_value", cost=paper.cost_of_credit)),
            (words.say("contract.fact_fees"), _fees(words, paper)),
            (words.say("contract.fact_repayment"), _repayment(words, paper)),
        ),
    )


def _fees(words: PaperWords, paper: ContractPaper) -> str:
    if not charged(paper):
        return words.say("contract.fact_fees_none")
    named = words.say("contract.semicolon").join(conditions.fees(words, paper))
    return words.say("contract.fact_fees_some", fees=named)


def _repayment(words: PaperWords, paper: ContractPaper) -> str:
    totals = [row.total for row in paper.rows]
    key = "contract.fact_repayment_same" if min(totals) == max(totals) else "contract.fact_repayment_range"
    return words.count(key, len(paper.rows), method=paper.method, least=min(totals), most=max(totals))


def _dates(words: PaperWords, paper: ContractPaper) -> str:
    first, last = paper.rows[0].due_on, paper.rows[-1].due_on
    return words.say(
        "contract.fact_dates_one" if first == last else "contract.fact_dates_value", first=first, last=last
    )


def _early(words: PaperWords, paper: ContractPaper) -> str:
    keys = conditions.early(paper) if paper.line is None else lines.early_facts(paper)
    return _facts(words, [f"contract.fact_early_{key}" for key in keys], paper)


def _late(words: PaperWords, paper: ContractPaper) -> str:
    keys = [f"contract.fact_late_{key}" for key in conditions.late(paper) if key in _LATE_FACTS]
    return _facts(words, keys, paper)


def _facts(words: PaperWords, keys: list[str], paper: ContractPaper) -> str:
    figures = conditions.figures(words, paper)
    return words.say("contract.semicolon").join(words.say(key, **figures) for key in keys)


def _parties(words: PaperWords, paper: ContractPaper) -> list[Json]:
    return [
        {
            "role": words.say("contract.role_lender"),
            "name": words.text(paper.lender.name),
            "lines": facts(
                (words.say("papers.licence"), printable(paper.lender.licence)),
                (words.say("papers.complaint_phone"), printable(paper.lender.complaint_phone)),
            ),
        },
        {
            "role": words.say("contract.role_borrower"),
            "name": printable(paper.borrower_name),
            "lines": facts(
                (words.say("papers.id_number"), printable(paper.borrower_id_masked)),
                (words.say("papers.phone"), printable(paper.borrower_phone_masked)),
                (words.say("papers.payout_account"), printable(paper.payout_account_masked)),
            ),
        },
    ]


def _annex(words: PaperWords, paper: ContractPaper) -> dict[str, Json]:
    return {
        "title": words.say("contract.annex_title"),
        "intro": (
            rate.annex_intro(words, paper)
            if paper.line is None
            else words.say("contract.annex_line_intro", issued_on=paper.issued_on)
        ),
        "currency": in_currency(words, paper.principal.currency),
        "table": schedule_table(words, paper.rows),
        "note": words.say(
            "contract.annex_note" if paper.line is None else "contract.annex_line_note",
            principal=full_amount(words, paper.principal + conditions.added(paper)),
            total=paper.total_to_repay,
        ),
    }


def _signing(words: PaperWords, paper: ContractPaper, signature: Signature | None) -> dict[str, Json]:
    if signature is None:
        state = words.say("contract.signing_open")
        borrower_date = ""
    else:
        state = words.say("contract.signing_done")
        borrower_date = words.moment(signature.signed_at, signature.time_zone)
    return {
        "title": words.say("contract.signing_title"),
        "state": state,
        "date_label": words.say("contract.signing_date"),
        "parties": [
            {
                "role": words.say("contract.signing_lender"),
                "name": words.text(paper.lender.name),
                "date": words.day(paper.issued_on),
            },
            {
                "role": words.say("contract.signing_borrower"),
                "name": printable(paper.borrower_name),
                "date": borrower_date,
            },
        ],
    }


def _signature_page(words: PaperWords, paper: ContractPaper, signature: Signature) -> dict[str, Json]:
    return {
        "title": words.say("contract.signature_page_title"),
        "statement": words.say(
            "contract.signature_page_statement",
            borrower=paper.borrower_name,
            borrower_id=paper.borrower_id_masked,
            lender=paper.lender.name,
            reference=paper.reference,
        ),
        "facts": facts(
            (words.say("papers.contract_reference"), paper.reference),
            (words.say("contract.signed_by"), printable(paper.borrower_name)),
            (words.say("papers.id_number"), printable(paper.borrower_id_masked)),
            (words.say("contract.signed_at"), words.moment(signature.signed_at, signature.time_zone)),
            (words.say("contract.signed_how"), words.label(signature.how)),
            (words.say("contract.signed_chat"), printable(signature.chat_id_masked)),
            (words.say("contract.signed_version"), paper.template_version),
        ),
        "fingerprint_label": words.say("contract.fingerprint"),
        "fingerprint": grouped(signature.contract_sha256),
        "note": words.say("contract.fingerprint_note"),
    }


def grouped(fingerprint: str) -> list[Json]:
    """A fingerprint in groups that can be compared by eye."""
    return [fingerprint[start : start + _FINGERPRINT_GROUP] for start in range(0, len(fingerprint), _FINGERPRINT_GROUP)]
