"""When a borrower may be written to about a debt."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.configuration.contact_policy import ContactWindow

CHINA = ContactWindow(time(8), time(22))
OVERNIGHT = ContactWindow(time(20), time(6))
ZONES = ["Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]


def at(zone: str, *parts: int, fold: int = 0) -> datetime:
    year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
    return datetime(year, month, day, hour, minute, second, fold=fold, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("wall_clock", "allowed"),
    [
        (time(7, 59, 59), False),
        (time(8), True),
        (time(21, 59, 59), True),
        (time(22), False),
        (time(0), False),
    ],
)
def test_the_window_opens_at_eight_sharp_and_closes_at_ten_sharp(wall_clock: time, allowed: bool) -> None:
    assert CHINA.allows(wall_clock) is allowed


@pytest.mark.parametrize(
    ("wall_clock", "allowed"),
    [(time(19, 59), False), (time(20), True), (time(0), True), (time(5, 59), True), (time(6), False)],
)
def test_a_window_may_reach_over_midnight(wall_clock: time, allowed: bool) -> None:
    assert OVERNIGHT.allows(wall_clock) is allowed


def test_a_window_that_opens_when_it_closes_never_closes() -> None:
    assert all(ContactWindow(time(9), time(9)).allows(time(hour)) for hour in range(24))


def test_the_borrowers_own_clock_decides() -> None:
    instant = at("Asia/Shanghai", 2025, 6, 1, 12)
    assert CHINA.is_open(instant, "Asia/Shanghai")
    assert not CHINA.is_open(instant, "America/New_York")


def test_a_notice_of_late_evening_waits_for_the_next_morning() -> None:
    assert CHINA.next_open(at("Asia/Shanghai", 2025, 6, 1, 22), "Asia/Shanghai") == at("Asia/Shanghai", 2025, 6, 2, 8)


def test_a_notice_of_early_morning_waits_for_the_same_morning() -> None:
    assert CHINA.next_open(at("Asia/Shanghai", 2025, 6, 2, 0, 0, 1), "Asia/Shanghai") == at(
        "Asia/Shanghai", 2025, 6, 2, 8
    )


def test_an_open_window_keeps_nothing_waiting() -> None:
    instant = at("Asia/Shanghai", 2025, 6, 1, 12, 34, 56)
    assert CHINA.next_open(instant, "Asia/Shanghai") == instant


def test_a_night_shortened_by_summer_time_ends_at_eight_by_the_new_clock() -> None:
    evening = at("America/New_York", 2025, 3, 8, 22)
    morning = CHINA.next_open(evening, "America/New_York")
    assert morning == at("America/New_York", 2025, 3, 9, 8)
    assert morning.astimezone(UTC) - evening.astimezone(UTC) == timedelta(hours=9)


def test_an_opening_time_that_the_clock_change_skips_comes_right_after_the_change() -> None:
    window = ContactWindow(time(2, 30), time(22))
    opened = window.next_open(at("America/New_York", 2025, 3, 9, 1), "America/New_York")
    assert opened == at("America/New_York", 2025, 3, 9, 3)


@given(
    minutes=st.integers(0, 3 * 365 * 24 * 60),
    second=st.integers(0, 59),
    zone=st.sampled_from(ZONES),
    opens=st.times(),
    closes=st.times(),
)
def test_the_next_open_minute_is_open_and_none_before_it_is(
    minutes: int, second: int, zone: str, opens: time, closes: time
) -> None:
    instant = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes, seconds=second)
    window = ContactWindow(opens.replace(second=0, microsecond=0), closes.replace(second=0, microsecond=0))
    opened = window.next_open(instant, zone)
    assert opened >= instant
    assert window.is_open(opened, zone)
    if opened > instant:
        assert not window.is_open(instant, zone)
        assert not window.is_open(opened - timedelta(minutes=1), zone) or opened - timedelta(minutes=1) < instant


@pytest.mark.parametrize(("wished", "given_hour"), [(9, 9), (3, 8), (21, 21), (22, 21), (23, 21), (8, 8), (0, 8)])
def test_a_wished_hour_outside_the_window_becomes_the_nearest_hour_of_the_same_day_that_is_open(
    wished: int, given_hour: int
) -> None:
    planned = CHINA.wished(date(2025, 6, 1), wished, "Asia/Shanghai")
    assert planned == at("Asia/Shanghai", 2025, 6, 1, given_hour)


def test_a_wished_hour_is_of_the_borrowers_day() -> None:
    assert CHINA.wished(date(2025, 6, 1), 9, "America/New_York") == datetime(2025, 6, 1, 13, tzinfo=UTC)
