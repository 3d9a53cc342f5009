"""Calendars: due dates, day counts, broken periods, working days."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engine.dates import DayCount, Move, Workdays, day_weights, month_day, year_fraction
from tests.engine.answers import ask
from tests.engine.profiles import examples

TERMS: dict[str, Any] = {
    "currency": "CNY",
    "principal": "12000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-31",
    "installments": 4,
    "method": "interest_only",
}
DATES = st.dates(date(2000, 1, 1), date(2060, 1, 1))


def due_dates(**changes: object) -> list[str]:
    return [row["due_on"] for row in ask("quote", TERMS | changes)["rows"]]


def interest(**changes: object) -> list[str]:
    return [row["interest"] for row in ask("quote", TERMS | changes)["rows"]]


def test_month_ends_return_to_the_day_of_the_disbursement() -> None:
    assert due_dates() == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


def test_a_leap_february_has_its_29th() -> None:
    assert due_dates(disbursed_on="2027-12-31") == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]


def test_due_dates_follow_the_day_of_the_first_one() -> None:
    assert due_dates(first_due_on="2026-02-28") == ["2026-02-28", "2026-03-28", "2026-04-28", "2026-05-28"]


def test_a_due_day_anchors_the_later_due_dates() -> None:
    assert due_dates(first_due_on="2026-02-28", due_day=31) == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    assert due_dates(disbursed_on="2026-01-10", due_day=20)[:2] == ["2026-02-20", "2026-03-20"]


def test_weeks_days_and_quarters_are_counted_as_such() -> None:
    assert due_dates(every=2, unit="week")[:2] == ["2026-02-14", "2026-02-28"]
    assert due_dates(every=10, unit="day")[:2] == ["2026-02-10", "2026-02-20"]
    assert due_dates(every=3)[:3] == ["2026-04-30", "2026-07-31", "2026-10-31"]


def test_listed_due_dates_are_taken_as_they_are() -> None:
    listed = ["2026-02-20", "2026-06-30", "2026-11-11", "2026-12-31"]
    assert due_dates(due_dates=listed) == listed
    assert interest(due_dates=listed)[1:] == ["120.00", "120.00", "120.00"]


def test_a_weekend_moves_the_payment_but_not_the_interest() -> None:
    rule = {"weekdays": [6, 7], "move": "next"}
    moved = ask("quote", TERMS | {"non_working_days": rule, "day_count": "actual/360"})["rows"]
    assert [row["due_on"] for row in moved] == ["2026-03-02", "2026-03-31", "2026-04-30", "2026-06-01"]
    assert [row["interest"] for row in moved] == ["112.00", "124.00", "120.00", "124.00"]


def test_interest_moves_with_the_payment_where_asked() -> None:
    rule = {"weekdays": [6, 7], "move": "next", "move_interest": True}
    rows = ask("quote", TERMS | {"non_working_days": rule, "day_count": "actual/360"})["rows"]
    assert [row["days"] for row in rows] == [30, 29, 30, 32]
    assert [row["interest"] for row in rows] == ["120.00", "116.00", "120.00", "128.00"]


def test_the_next_working_day_stays_in_the_month_where_asked() -> None:
    rule = {"weekdays": [6, 7], "move": "next_same_month"}
    assert due_dates(non_working_days=rule) == ["2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29"]


def test_the_previous_working_day_is_the_nearest_one_before() -> None:
    rule = {"weekdays": [6, 7], "move": "previous"}
    assert due_dates(non_working_days=rule) == ["2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29"]


@pytest.mark.parametrize(("off", "moved"), [(1, "2026-02-02"), (60, "2026-04-02"), (61, "2026-02-01")])
def test_a_day_stays_where_it_is_if_no_day_works_for_sixty_days(off: int, moved: str) -> None:
    day = date(2026, 2, 1)
    workdays = Workdays((), [day + timedelta(days=distance) for distance in range(off)], None)
    assert workdays.moved(day, Move.NEXT).isoformat() == moved


@pytest.mark.parametrize(
    ("unit", "every", "annual_rate", "charged"),
    [
        ("day", 1, "36.5", "12.00"),
        ("day", 20, "36.5", "240.00"),
        ("week", 2, "5.2", "24.00"),
        ("month", 3, "12", "360.00"),
    ],
)
def test_a_plain_period_is_a_365th_a_52nd_or_a_twelfth_of_a_year(
    unit: str, every: int, annual_rate: str, charged: str
) -> None:
    found = interest(unit=unit, every=every, annual_rate=annual_rate, interest_period="per_period")
    assert found == [charged] * 4


def test_public_holidays_of_a_country_do_not_work() -> None:
    rule = {"country": "CN", "weekdays": [6, 7], "move": "next", "holidays": ["2026-10-08"]}
    moved = due_dates(disbursed_on="2026-09-01", installments=1, non_working_days=rule)
    assert moved == ["2026-10-09"]


def test_a_first_due_date_on_the_day_of_disbursement_bears_no_interest() -> None:
    for day_count in ("30/360", "actual/365"):
        assert interest(first_due_on="2026-01-31", day_count=day_count)[0] == "0.00"


def test_ignoring_the_broken_period_counts_one_plain_period() -> None:
    rows = ask("quote", TERMS | {"first_due_on": "2026-03-15", "broken_period": "ignore"})["rows"]
    assert (rows[0]["from"], rows[0]["interest"]) == ("2026-02-15", "120.00")


def test_a_short_first_period_counts_its_days() -> None:
    for rule in ("first_installment", "at_disbursement"):
        assert interest(first_due_on="2026-02-15", broken_period=rule)[0] == "58.06"


def test_the_first_period_is_plain_if_it_ends_one_month_after_the_disbursement_whatever_the_days() -> None:
    rows = ask("quote", TERMS | {"first_due_on": "2026-02-28"})["rows"]
    assert (rows[0]["from"], rows[0]["interest"]) == ("2026-01-31", "120.00")


@pytest.mark.parametrize(
    ("due_day", "start", "charged"),
    [(31, "2026-01-31", "188.57"), (28, "2026-01-28", "170.32"), (10, "2026-01-28", "170.32")],
)
def test_a_plain_period_begins_on_the_due_day_that_the_first_due_date_stands_for(
    due_day: int, start: str, charged: str
) -> None:
    terms = TERMS | {"disbursed_on": "2026-01-15", "first_due_on": "2026-02-28", "due_day": due_day}
    assert ask("quote", terms | {"broken_period": "ignore"})["rows"][0]["from"] == start
    assert ask("quote", terms)["rows"][0]["interest"] == charged


def test_a_down_payment_shares_row_nought_with_broken_interest() -> None:
    terms = TERMS | {"first_due_on": "2026-03-15", "broken_period": "at_disbursement", "down_payment": "25"}
    answer = ask("quote", terms)
    zero = answer["rows"][0]
    assert (zero["n"], zero["due_on"], zero["principal"], zero["balance"]) == (0, "2026-01-31", "3000.00", "9000.00")
    assert zero["interest"] == "48.21"
    assert answer["net_disbursed"] == "11951.79"


@pytest.mark.parametrize(
    ("day_count", "start", "end", "fraction"),
    [
        ("30/360", "2026-01-31", "2026-02-28", (28, 360)),
        ("30/360", "2026-02-28", "2026-03-31", (32, 360)),
        ("30/360", "2026-01-01", "2027-01-01", (360, 360)),
        ("actual/360", "2026-01-01", "2026-02-01", (31, 360)),
        ("actual/364", "2026-01-01", "2026-01-08", (7, 364)),
        ("actual/365", "2028-02-01", "2028-03-01", (29, 365)),
        ("actual/actual", "2028-02-01", "2028-03-01", (29, 366)),
        ("actual/actual", "2027-12-30", "2028-01-30", (2 * 366 + 29 * 365, 365 * 366)),
        ("actual/actual", "2024-07-01", "2028-07-01", (1095 * 366 + (184 + 182) * 365, 365 * 366)),
    ],
)
def test_a_day_count_is_an_exact_fraction(day_count: str, start: str, end: str, fraction: tuple[int, int]) -> None:
    found = year_fraction(DayCount(day_count), date.fromisoformat(start), date.fromisoformat(end))
    assert found[0] * fraction[1] == found[1] * fraction[0]


@examples(80)
@given(DATES, st.integers(0, 800), st.sampled_from(DayCount))
def test_single_days_add_up_to_the_whole(start: date, days: int, day_count: DayCount) -> None:
    end = date.fromordinal(start.toordinal() + days)
    whole = year_fraction(day_count, start, end)
    parts = day_weights(day_count, start, end)
    assert sum(part[2] for part in parts) == days
    total = sum(part[0] * part[2] * (365 * 366 * 360 * 364 // part[1]) for part in parts)
    assert total * whole[1] == whole[0] * 365 * 366 * 360 * 364


@given(st.integers(1900, 2200), st.integers(-30, 30), st.integers(1, 31))
def test_a_day_of_the_month_is_that_day_or_the_last(year: int, month: int, day: int) -> None:
    found = month_day(year, month, day)
    assert found.day == day or (found.day < day and date.fromordinal(found.toordinal() + 1).day == 1)
    assert (found.year, found.month) == (year + (month - 1) // 12, (month - 1) % 12 + 1)


def test_a_working_day_moved_before_the_plain_period_leaves_a_period_without_days() -> None:
    changes: dict[str, Any] = {
        "principal": "0.01",
        "installments": 1,
        "unit": "day",
        "disbursed_on": "2024-02-05",
        "first_due_on": "2024-03-10",
        "broken_period": "ignore",
        "day_count": "actual/360",
        "non_working_days": {"weekdays": [6, 7], "move": "previous", "move_interest": True},
    }
    rows = ask("quote", TERMS | changes)["rows"]
    assert [(row["from"], row["due_on"], row["interest"]) for row in rows] == [("2024-03-08", "2024-03-08", "0.00")]


def test_years_after_a_december_fall_in_the_next_december() -> None:
    found = due_dates(disbursed_on="2026-12-10", every=12, installments=3)
    assert found == ["2027-12-10", "2028-12-10", "2029-12-10"]


def test_a_due_day_alone_makes_the_first_period_irregular() -> None:
    """From 10 January to 20 February there are 41 days, 31 of them in the plain period."""
    changes: dict[str, Any] = {"principal": "6000", "disbursed_on": "2026-01-10", "due_day": 20}
    assert due_dates(**changes)[0] == "2026-02-20"
    assert interest(**changes)[:2] == ["79.35", "60.00"]


def test_an_irregular_first_period_that_moves_counts_its_days_to_the_moved_date() -> None:
    """31 January is a Saturday: 22 of the 31 days from 2 January, 1 % a month on 1,000."""
    terms = {"currency": "USD", "principal": "1000", "annual_rate": "12", "disbursed_on": "2026-01-11"}
    terms |= {"installments": 2, "first_due_on": "2026-01-31"}
    moved = {"weekdays": [6, 7], "move": "next", "move_interest": True}
    found: Any = ask("quote", terms | {"non_working_days": moved})
    assert (found["rows"][0]["days"], found["rows"][0]["interest"]) == (22, "7.10")
    stays: Any = ask("quote", terms | {"non_working_days": moved | {"move_interest": False}})
    assert (stays["rows"][0]["days"], stays["rows"][0]["interest"]) == (22, "6.45"), "20 of 31 days to the 31st"


def test_parts_lent_one_after_the_other_in_a_broken_period_bear_interest_from_their_days() -> None:
    """Of 28 days, 3 % in all: 5 of 3,000, then 7 of 3,000 and 4,000; row 1 follows with 3 % of 17,000."""
    terms = {"currency": "USD", "principal": "10000", "annual_rate": "36", "disbursed_on": "2026-01-10"}
    terms |= {"installments": 2, "first_due_on": "2026-03-01", "broken_period": "at_disbursement"}
    terms |= {"tranches": [{"on": "2026-01-20", "amount": "3000"}, {"on": "2026-01-25", "amount": "4000"}]}
    found: Any = ask("explain", {"terms": terms, "policy": {}, "events": [], "as_of": "2026-01-10"})
    segments = [(segment["from"], segment["balance"], segment["amount"]) for segment in found["rows"][1]["segments"]]
    assert segments == [
        ("2026-01-20", "3000.00", "16.07"),
        ("2026-01-25", "7000.00", "52.50"),
        ("2026-02-01", "17000.00", "510.00"),
    ]
    assert found["rows"][1]["interest"] == "578.57"


def test_a_regular_first_period_that_moves_stays_a_whole_one() -> None:
    terms = {"currency": "USD", "principal": "1000", "annual_rate": "12", "disbursed_on": "2025-12-31"}
    moved = {"weekdays": [6, 7], "move": "next", "move_interest": True}
    found: Any = ask("quote", terms | {"installments": 1, "non_working_days": moved})
    assert (found["rows"][0]["due_on"], found["rows"][0]["interest"]) == ("2026-02-02", "10.00")


def test_an_irregular_first_period_that_need_not_move_is_counted_to_the_due_day_before() -> None:
    """20 of the 30 days from 31 March to 30 April, a Thursday."""
    terms = {"currency": "USD", "principal": "1000", "annual_rate": "12", "disbursed_on": "2026-04-10"}
    terms |= {"installments": 2, "first_due_on": "2026-04-30", "due_day": 31}
    moved = {"weekdays": [6, 7], "move": "next", "move_interest": True}
    found: Any = ask("quote", terms | {"non_working_days": moved})
    assert found["rows"][0]["interest"] == "6.67"


def test_what_is_lent_in_a_broken_period_bears_interest_in_it() -> None:
    """3 % a month: 22 of 28 days on 10,000 at disbursement; 12 of them on 10,000 more, and February, with row 1."""
    terms = {"currency": "USD", "principal": "10000", "annual_rate": "36", "disbursed_on": "2026-01-10"}
    terms |= {"installments": 2, "first_due_on": "2026-03-01", "broken_period": "at_disbursement"}
    terms |= {"tranches": [{"on": "2026-01-20", "amount": "10000"}]}
    found: Any = ask("quote", terms)
    assert [row["interest"] for row in found["rows"]] == ["235.71", "728.57", "306.33"]
    assert [row["balance"] for row in found["rows"]] == ["10000.00", "10211.12", "0.00"]
    paid_off = {"on": "2026-01-25", "type": "payoff"}
    replayed: Any = ask("replay", {"terms": terms, "policy": {}, "events": [paid_off], "as_of": "2026-01-25"})
    assert replayed["transactions"][0]["amount"] == "20053.57", "five days on the tranche"


def test_flat_interest_of_a_broken_period_at_disbursement_is_counted_by_its_days() -> None:
    """6,000 at 1 % for 10 of 31 days; then equal shares."""
    changes: dict[str, Any] = {"principal": "6000", "disbursed_on": "2026-01-10", "first_due_on": "2026-02-20"}
    found = interest(**changes, installments=3, broken_period="at_disbursement", method="flat")
    assert found == ["19.35", "60.00", "60.00", "60.00"]
