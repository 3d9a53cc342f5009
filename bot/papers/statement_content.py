"""What stands on an account statement and on a settlement certificate, ready for the templates."""

from bot.papers.contract_content import footer
from bot.papers.press import Json
from bot.papers.tables import facts, in_currency, schedule_table
from bot.papers.wording import PaperWords, printable
from services.gateways import CertificatePaper, PaperRow, StatementLine, StatementPaper

_MOVEMENT_COLUMNS = ("on", "what", "amount", "principal", "interest", "fees", "penalty", "outstanding")


def statement_content(words: PaperWords, paper: StatementPaper) -> dict[str, Json]:
    """The movements so far and the schedule, as of one day."""
    return words.setting() | {
        "title": words.say("papers.statement_title"),
        "subtitle": words.text(paper.product),
        "lender": words.text(paper.lender.name),
        "head": facts(
            (words.say("papers.loan_reference"), paper.loan_reference),
            (words.say("papers.as_of"), words.day(paper.as_of)),
        ),
        "footer": footer(words, words.say("papers.footer_statement", reference=paper.loan_reference)),
        "big": facts(
            (words.say("papers.outstanding"), words.money(paper.outstanding)),
            (words.say("papers.due_now"), words.money(paper.due_now)),
            (words.say("papers.principal_lent"), words.money(paper.principal)),
        ),
        "small": facts(
            (words.say("papers.borrower"), printable(paper.borrower_name)),
            (words.say("papers.annual_rate"), words.percent(paper.annual_rate)),
            (words.say("papers.disbursed_on"), words.day(paper.disbursed_on)),
        ),
        "currency": in_currency(words, paper.principal.currency),
        "movements": {"title": words.say("papers.movements_title"), "table": _movements(words, paper)},
        "schedule": {
            "title": words.say("papers.schedule_title"),
            "table": schedule_table(words, paper.rows, [_status(words, paper, row) for row in paper.rows]),
        },
        "note": words.say("papers.statement_note", as_of=paper.as_of, phone=paper.lender.complaint_phone),
    }


def _movements(words: PaperWords, paper: StatementPaper) -> dict[str, Json]:
    heads: list[Json] = [
        {"text": words.say(f"papers.column_{name}"), "align": "left" if name in ("on", "what") else "right"}
        for name in _MOVEMENT_COLUMNS
    ]
    rows: list[Json] = []
    for line in paper.lines:
        parts = (line.amount, line.principal, line.interest, line.fees, line.penalty, line.outstanding_after)
        rows.append([words.short_day(line.on), _what(words, line), *(words.digits(part) for part in parts)])
    return {"columns": heads, "rows": rows, "total": None}


def _what(words: PaperWords, line: StatementLine) -> str:
    """The movement, and the rate that it brings."""
    what = words.label(line.what)
    return what if line.rate is None else words.say("papers.movement_rate", what=what, rate=line.rate)


def _status(words: PaperWords, paper: StatementPaper, row: PaperRow) -> str:
    if row.number in paper.settled:
        return words.say("papers.status_paid")
    if row.due_on < paper.as_of:
        return words.say("papers.status_overdue")
    return words.say("papers.status_due" if row.due_on == paper.as_of else "papers.status_upcoming")


def certificate_content(words: PaperWords, paper: CertificatePaper) -> dict[str, Json]:
    """The confirmation that a loan is settled, with the figures that prove which loan."""
    return words.setting() | {
        "title": words.say("papers.certificate_title"),
        "subtitle": "",
        "lender": words.text(paper.lender.name),
        "head": facts(
            (words.say("papers.certificate_reference"), paper.reference),
            (words.say("papers.issued_on"), words.day(paper.issued_on)),
        ),
        "footer": footer(words, words.say("papers.footer_certificate", reference=paper.reference)),
        "body": [
            words.runs(
                f"papers.certificate_{paragraph}",
                borrower=paper.borrower_name,
                borrower_id=paper.borrower_id_masked,
                lender=paper.lender.name,
                loan=paper.loan_reference,
                contract=paper.contract_reference,
                principal=paper.principal,
                disbursed_on=paper.disbursed_on,
                settled_on=paper.settled_on,
                total_paid=paper.total_paid,
            )
            for paragraph in ("settled", "effect", "closing")
        ],
        "facts": facts(
            (words.say("papers.borrower"), printable(paper.borrower_name)),
            (words.say("papers.id_number"), printable(paper.borrower_id_masked)),
            (words.say("papers.contract_reference"), paper.contract_reference),
            (words.say("papers.loan_reference"), paper.loan_reference),
            (words.say("papers.principal_lent"), words.money(paper.principal)),
            (words.say("papers.disbursed_on"), words.day(paper.disbursed_on)),
            (words.say("papers.settled_on"), words.day(paper.settled_on)),
            (words.say("papers.total_paid"), words.money(paper.total_paid)),
            (words.say("papers.outstanding"), words.say("papers.nothing_owed")),
        ),
        "issuer": words.text(paper.lender.name),
        "issued": words.day(paper.issued_on),
        "small_print": facts(
            (words.say("papers.licence"), printable(paper.lender.licence)),
            (words.say("papers.complaint_phone"), printable(paper.lender.complaint_phone)),
        ),
    }
