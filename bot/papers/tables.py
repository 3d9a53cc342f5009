"""Tables of figures as templates take them: heads, rows and a total row whose figures are the sums of their columns."""

from collections.abc import Sequence

from bot.papers.press import Json
from bot.papers.wording import PaperWords
from services.gateways import PaperRow
from services.money import Money


def facts(*pairs: tuple[str, str]) -> list[Json]:
    """Labels with their values; a pair without a value is left out."""
    return [{"label": label, "value": value} for label, value in pairs if value]


def schedule_table(words: PaperWords, rows: Sequence[PaperRow], marks: Sequence[str] | None = None) -> dict[str, Json]:
    """The rows of a schedule. The column of fees stands there only if an installment has one; `marks`, one word for
    each row, add a last column."""
    has_fees = any(row.fees for row in rows)
    columns = ["principal", "interest", *(["fees"] if has_fees else []), "total"]
    heads = [_head(words, name) for name in ("number", "due_on", *columns, "balance")]
    body: list[list[str]] = [_cells(words, row, has_fees) for row in rows]
    total = [words.say("papers.total"), "", *_sums(words, rows, has_fees), ""]
    if marks is not None:
        heads.append(_head(words, "status", "left"))
        body = [[*cells, mark] for cells, mark in zip(body, marks, strict=True)]
        total.append("")
    return {"columns": heads, "rows": body, "total": total if rows else None}


def in_currency(words: PaperWords, currency: str) -> str:
    """The line over a table that says what its figures are in."""
    return words.say("papers.in_currency", currency=words.currency(currency), code=currency)


def _head(words: PaperWords, name: str, align: str | None = None) -> dict[str, Json]:
    usual = {"number": "center", "due_on": "left"}.get(name, "right")
    return {"text": words.say(f"papers.column_{name}"), "align": align or usual}


def _cells(words: PaperWords, row: PaperRow, has_fees: bool) -> list[str]:
    parts = [row.principal, row.interest, *([row.fees] if has_fees else []), row.total, row.balance]
    return [str(row.number), words.short_day(row.due_on), *(words.digits(part) for part in parts)]


def _sums(words: PaperWords, rows: Sequence[PaperRow], has_fees: bool) -> list[str]:
    if not rows:
        return []
    columns = [
        [row.principal for row in rows],
        [row.interest for row in rows],
        *([[row.fees for row in rows]] if has_fees else []),
        [row.total for row in rows],
    ]
    return [words.digits(Money.total(column, rows[0].total.currency)) for column in columns]
