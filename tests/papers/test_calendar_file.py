from datetime import date, timedelta

import icalendar
import pytest

from bot.papers.calendar_file import calendar_file
from bot.wording.i18n import Catalogues
from services.lending.loan_views import LoanView
from tests.papers.samples import NOON, loan_view


def events(loan: LoanView, words: Catalogues, language: str = "en") -> list[icalendar.Event]:
    written = calendar_file(loan, words.translator(language), NOON)
    assert written is not None
    return icalendar.Calendar.from_ical(written).events


def test_there_is_one_all_day_event_on_each_unpaid_due_date(words: Catalogues) -> None:
    found = events(loan_view(paid=1), words)
    assert [event.start for event in found] == [date(2027, month, 5) for month in range(2, 7)]
    assert all(event.end - event.start == timedelta(days=1) for event in found)


def test_an_event_keeps_its_identity_when_the_file_is_made_again(words: Catalogues) -> None:
    earlier = events(loan_view(paid=1), words)
    later = events(loan_view(paid=2, as_of=date(2027, 3, 1)), words, "zh_Hans")
    assert [event["uid"] for event in earlier][1:] == [event["uid"] for event in later]
    assert later[0].sequence > earlier[1].sequence


def test_the_calendar_reminds_in_the_morning_three_days_and_one_day_before(words: Catalogues) -> None:
    alarms = [part for part in events(loan_view(), words)[0].subcomponents if isinstance(part, icalendar.Alarm)]
    assert [alarm.TRIGGER for alarm in alarms] == [timedelta(days=-3, hours=9), timedelta(days=-1, hours=9)]


def test_an_event_names_what_is_still_to_pay_and_the_loan(words: Catalogues) -> None:
    event = events(loan_view(partly="300"), words)[0]
    assert event["summary"] == "Repay ¥570.84 · loan L-4T8W2X"
    assert events(loan_view(partly="300"), words, "zh_Hans")[0]["summary"] == "还款 ¥570.84 · 贷款 L-4T8W2X"


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_nothing_else_that_is_private_is_in_the_file(words: Catalogues, language: str) -> None:
    loan = loan_view()
    written = calendar_file(loan, words.translator(language), NOON)
    assert written is not None
    text = icalendar.Calendar.from_ical(written).to_ical().decode()
    assert loan.product.in_language(language) not in text
    assert loan.contract_reference is not None
    assert loan.contract_reference not in text
    assert "4,166.66" not in text


def test_lines_end_and_fold_as_calendars_expect(words: Catalogues) -> None:
    written = calendar_file(loan_view(), words.translator("zh_Hans"), NOON)
    assert written is not None
    lines = written.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in written.replace(b"\r\n", b"")


def test_a_settled_loan_has_no_calendar(words: Catalogues) -> None:
    assert calendar_file(loan_view(paid=6), words.translator("en"), NOON) is None
