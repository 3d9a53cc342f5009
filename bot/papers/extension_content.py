"""What stands on a signed extension agreement (展期协议), ready for its template."""

from bot.papers.contract_content import footer, grouped
from bot.papers.press import Json
from bot.papers.tables import facts, in_currency, schedule_table
from bot.papers.wording import PaperWords, printable
from services.gateways import ExtensionPaper, PaperPlan


def extension_content(words: PaperWords, paper: ExtensionPaper) -> dict[str, Json]:
    """What is agreed, both plans side by side, the new schedule, and the signature with the terms' fingerprint."""
    return words.setting() | {
        "title": words.say("papers.extension_title"),
        "subtitle": words.text(paper.product),
        "lender": words.text(paper.lender.name),
        "head": facts(
            (words.say("papers.extension_reference"), paper.reference),
            (words.say("papers.loan_reference"), paper.loan_reference),
            (words.say("papers.contract_reference"), paper.contract_reference),
        ),
        "footer": footer(words, words.say("papers.footer_extension", reference=paper.reference)),
        "body": [words.runs(f"papers.extension_{paragraph}", **_named(paper)) for paragraph in _PARAGRAPHS],
        "plans": _plans(words, paper),
        "schedule": {
            "title": words.say("papers.extension_schedule"),
            "table": schedule_table(words, paper.rows),
        },
        "currency": in_currency(words, paper.extra.currency),
        "signature": {
            "title": words.say("papers.extension_signature"),
            "facts": _signature(words, paper),
            "fingerprint_label": words.say("papers.extension_fingerprint"),
            "fingerprint": grouped(paper.terms_sha256),
            "note": words.say("papers.extension_fingerprint_note"),
        },
    }


_PARAGRAPHS = ("parties", "change", "rest")


def _named(paper: ExtensionPaper) -> dict[str, object]:
    return {
        "borrower": paper.borrower_name,
        "borrower_id": paper.borrower_id_masked,
        "lender": paper.lender.name,
        "contract": paper.contract_reference,
        "loan": paper.loan_reference,
        "effective_on": paper.effective_on,
        "before": paper.before.last_due_on,
        "after": paper.after.last_due_on,
        "extra": paper.extra,
    }


def _plans(words: PaperWords, paper: ExtensionPaper) -> dict[str, Json]:
    heads: list[Json] = [
        {"text": words.say("papers.extension_still_to_pay"), "align": "left"},
        {"text": words.say("papers.extension_before"), "align": "right"},
        {"text": words.say("papers.extension_after"), "align": "right"},
    ]
    before, after = _figures(words, paper.before), _figures(words, paper.after)
    rows: list[Json] = [[label, before[label], after[label]] for label in before]
    return {"columns": heads, "rows": rows, "total": None}


def _figures(words: PaperWords, plan: PaperPlan) -> dict[str, str]:
    """By label. A plan whose dates have all passed has no next installment."""
    coming = "–" if plan.next_amount is None else words.money(plan.next_amount)
    due_on = "–" if plan.next_due_on is None else words.day(plan.next_due_on)
    return {
        words.say("papers.annual_rate"): words.percent(plan.annual_rate),
        words.say("papers.extension_installments"): str(plan.installments),
        words.say("papers.extension_next_due"): due_on,
        words.say("papers.extension_next_amount"): coming,
        words.say("papers.extension_last_due"): words.day(plan.last_due_on),
        words.say("papers.extension_interest"): words.money(plan.interest),
        words.say("papers.extension_total"): words.money(plan.total),
    }


def _signature(words: PaperWords, paper: ExtensionPaper) -> list[Json]:
    return facts(
        (words.say("contract.signed_by"), printable(paper.borrower_name)),
        (words.say("papers.id_number"), printable(paper.borrower_id_masked)),
        (words.say("contract.signed_at"), words.moment(paper.signed_at, paper.time_zone)),
        (words.say("contract.signed_how"), words.label(paper.signed_how)),
        (words.say("contract.signed_chat"), printable(paper.chat_id_masked)),
        (words.say("papers.issued_by"), words.text(paper.lender.name)),
        (words.say("papers.licence"), printable(paper.lender.licence)),
        (words.say("papers.complaint_phone"), printable(paper.lender.complaint_phone)),
    )
