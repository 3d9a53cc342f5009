"""Due dates for the borrower's own calendar, as an iCalendar file (RFC 5545)."""

from datetime import datetime, time, timedelta

from icalendar import Alarm, Calendar, Event

from bot.papers.wording import PaperWords
from bot.wording.i18n import Translator
from services.lending.loan_views import LoanView, RowStatus, ScheduleRow

ALARM_DAYS = (3, 1)
"""Days before a due date on which the calendar reminds."""
ALARM_AT = time(9)
"""Wall clock of the phone at which it does."""


def calendar_file(loan: LoanView, t: Translator, issued_at: datetime) -> bytes | None:
    """One event on each due date that is not paid, or None when all are.

    An event names the amount still to pay and the loan's reference, and nothing else that is private. Its identity
    depends on the loan and the installment alone, so that a later file (`issued_at`, aware, tells which is later)
    updates the events of an earlier one.
    """
    unpaid = [row for row in loan.rows if row.status is not RowStatus.PAID and row.total > row.paid]
    if not unpaid:
        return None
    words = PaperWords(t)
    calendar = Calendar()
    calendar.add("prodid", "-//Loanline//Due dates//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", words.say("papers.calendar_name", loan=loan.reference))
    for row in unpaid:
        calendar.add_component(_event(loan, row, words, issued_at))
    written: bytes = calendar.to_ical()
    return written


def _event(loan: LoanView, row: ScheduleRow, words: PaperWords, issued_at: datetime) -> Event:
    amount = row.total - row.paid
    event = Event()
    event.add("uid", f"{loan.reference}-{row.number}@loanline")
    event.add("dtstamp", issued_at)
    event.add("sequence", max((loan.as_of - loan.disbursed_on).days, 0))
    event.add("dtstart", row.due_on)
    event.add("dtend", row.due_on + timedelta(days=1))
    event.add("summary", words.say("papers.calendar_event", amount=amount, loan=loan.reference))
    details = words.say("papers.calendar_details", number=row.number, count=len(loan.rows), amount=amount)
    event.add("description", details)
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    for days in ALARM_DAYS:
        event.add_component(
            _alarm(days, words.count("papers.calendar_alarm", days, loan=loan.reference, amount=amount))
        )
    return event


def _alarm(days: int, text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", timedelta(hours=ALARM_AT.hour) - timedelta(days=days))
    return alarm
