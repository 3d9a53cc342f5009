"""A picture of a loan's schedule, made for a phone: the figures of the chat, to look at and to keep."""

from collections.abc import Sequence

from bot.papers.press import Json, Press
from bot.papers.wording import PaperWords
from bot.wording.i18n import Translator
from services.lending.loan_views import LoanView, RowStatus, ScheduleRow
from services.money import Money

MOST_ROWS = 12
"""Rows shown one by one. Of a longer schedule these are the first that are not paid; the others are summed up in a line
before and a line after them, so that the figures of the picture still add up."""


async def schedule_picture(loan: LoanView, t: Translator, press: Press) -> bytes:
    """The schedule as PNG, 720 pixels wide, in the translator's language, as of the day of the view."""
    return await press.picture("schedule_picture", picture_content(loan, PaperWords(t)), loan.as_of)


def picture_content(loan: LoanView, words: PaperWords) -> dict[str, Json]:
    """What stands on the picture."""
    earlier, shown, later = _window(loan.rows)
    rows: list[Json] = []
    if earlier:
        rows.append(_summary(words, "papers.picture_earlier", earlier))
    rows += [_row(words, row) for row in shown]
    if later:
        rows.append(_summary(words, "papers.picture_later", later))
    return words.setting() | {
        "title": words.say("papers.picture_title"),
        "loan": words.say("papers.picture_loan", product=loan.product, loan=loan.reference),
        "as_of": words.say("papers.picture_as_of", date=loan.as_of),
        "figures": [_owed(loan, words), _principal_left(loan, words)],
        "rows": rows,
        "total": _total(loan, words),
        "note": words.say("papers.picture_note", currency=words.currency(loan.principal.currency)),
    }


def _window(
    rows: Sequence[ScheduleRow],
) -> tuple[Sequence[ScheduleRow], Sequence[ScheduleRow], Sequence[ScheduleRow]]:
    if len(rows) <= MOST_ROWS:
        return (), rows, ()
    unpaid = next((place for place, row in enumerate(rows) if row.status is not RowStatus.PAID), len(rows))
    start = min(unpaid, len(rows) - MOST_ROWS)
    return rows[:start], rows[start : start + MOST_ROWS], rows[start + MOST_ROWS :]


def _owed(loan: LoanView, words: PaperWords) -> dict[str, Json]:
    """The first key figure: what is due, or else what comes next."""
    if loan.days_past_due:
        note = words.count("papers.picture_days_late", loan.days_past_due)
        if loan.due_now.penalty:
            note += "\n" + words.say("papers.picture_penalty", amount=loan.due_now.penalty)
        return _figure(words.say("papers.picture_overdue"), words.money(loan.due_now.total), note, alarm=True)
    if loan.due_now.total:
        day = words.weekday(loan.as_of)
        return _figure(words.say("papers.picture_due_today"), words.money(loan.due_now.total), day)
    if loan.next_due:
        day = words.weekday(loan.next_due.on)
        return _figure(words.say("papers.picture_next"), words.money(loan.next_due.amount), day)
    note = words.say("papers.picture_settled_note")
    return _figure(words.say("papers.column_status"), words.say("papers.picture_settled"), note)


def _principal_left(loan: LoanView, words: PaperWords) -> dict[str, Json]:
    note = words.say("papers.picture_principal_note", principal=loan.principal)
    return _figure(words.say("papers.picture_principal_left"), words.money(loan.outstanding.principal), note)


def _figure(label: str, value: str, note: str, *, alarm: bool = False) -> dict[str, Json]:
    return {"label": label, "value": value, "note": note, "alarm": alarm}


def _row(words: PaperWords, row: ScheduleRow) -> dict[str, Json]:
    parts = {"principal": words.digits(row.principal), "interest": words.digits(row.interest)}
    if row.fees:
        written = words.say("papers.picture_parts_fees", fees=words.digits(row.fees), **parts)
    else:
        written = words.say("papers.picture_parts", **parts)
    partly = ""
    if row.paid and row.status is not RowStatus.PAID:
        partly = words.say(
            "papers.picture_partly", paid=words.digits(row.paid), left=words.digits(row.total - row.paid)
        )
    return {
        "kind": "row",
        "number": str(row.number),
        "date": words.weekday(row.due_on),
        "parts": written,
        "partly": partly,
        "amount": words.digits(row.total),
        "status": row.status.value,
        "word": words.say(f"papers.status_{row.status.value}"),
    }


def _summary(words: PaperWords, key: str, rows: Sequence[ScheduleRow]) -> dict[str, Json]:
    return {
        "kind": "summary",
        "label": words.count(key, len(rows)),
        "note": words.say(
            "papers.picture_until", first=words.short_day(rows[0].due_on), last=words.short_day(rows[-1].due_on)
        ),
        "amount": words.digits(_sum(rows, "total")),
    }


def _total(loan: LoanView, words: PaperWords) -> dict[str, Json]:
    total, paid = _sum(loan.rows, "total"), _sum(loan.rows, "paid")
    return {
        "label": words.count("papers.picture_total", len(loan.rows)),
        "note": words.say("papers.picture_total_parts", paid=words.digits(paid), left=words.digits(total - paid)),
        "amount": words.digits(total),
    }


def _sum(rows: Sequence[ScheduleRow], part: str) -> Money:
    amounts = [row.paid if part == "paid" else row.total for row in rows]
    return Money.total(amounts, rows[0].total.currency)
