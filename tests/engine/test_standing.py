"""Days past due, the regulator's classes, the overdue ladder."""

from datetime import date

import pytest

from services.engine.classes import FIVE_CLASSES
from services.engine.policy import Policy
from services.engine.standing import Arrears, class_of, classification, days_past_due, rung

DUE = date(2026, 1, 10)


def after(days: int) -> date:
    return date.fromordinal(DUE.toordinal() + days)


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (0, "normal"),
        (1, "special_mention"),
        (90, "special_mention"),
        (91, "substandard"),
        (270, "substandard"),
        (271, "doubtful"),
        (360, "doubtful"),
        (361, "loss"),
    ],
)
def test_a_class_begins_the_day_after_its_limit(days: int, name: str) -> None:
    assert class_of(days, FIVE_CLASSES) == name


@pytest.mark.parametrize(
    ("days", "threshold"),
    [(0, 0), (1, 1), (2, 1), (3, 3), (6, 3), (7, 7), (29, 15), (59, 30), (89, 60), (90, 90), (400, 90)],
)
def test_the_rung_is_the_worst_one_reached(days: int, threshold: int) -> None:
    assert rung(days) == threshold


def test_days_count_from_the_oldest_due_date_that_is_not_cleared() -> None:
    arrears = [Arrears(DUE, after(40)), Arrears(after(31), None), Arrears(after(59), None)]
    assert days_past_due(arrears, after(60)) == 29
    assert days_past_due(arrears, after(60), due_day_counts_as=1) == 30
    assert days_past_due([Arrears(after(5), None)], after(4)) == 0
    assert days_past_due([], after(4)) == 0


def test_the_due_date_itself_can_count_as_a_day() -> None:
    assert days_past_due([Arrears(DUE, None)], DUE) == 0
    assert days_past_due([Arrears(DUE, None)], DUE, due_day_counts_as=1) == 1


def test_the_worst_class_stays_for_the_observation_period() -> None:
    arrears = [Arrears(DUE, after(100)), Arrears(after(31), after(100))]
    watched, unwatched = Policy(observation_days=180), Policy()
    assert classification(arrears, after(99), unwatched) == "substandard"
    assert classification(arrears, after(100), unwatched) == "normal"
    assert classification(arrears, after(279), watched) == "substandard"
    assert classification(arrears, after(280), watched) == "normal"


def test_paying_only_the_oldest_arrears_does_not_lift_the_class_under_observation() -> None:
    arrears = [Arrears(DUE, after(100)), Arrears(after(31), None)]
    assert classification(arrears, after(101), Policy(observation_days=30)) == "substandard"
    assert classification(arrears, after(101), Policy()) == "special_mention"


def test_arrears_long_cleared_do_not_count_for_new_ones() -> None:
    arrears = [Arrears(DUE, after(100)), Arrears(after(400), None)]
    assert classification(arrears, after(405), Policy(observation_days=180)) == "special_mention"


def test_an_installment_paid_on_time_neither_ends_the_observation_nor_begins_one() -> None:
    watched = Policy(observation_days=180)
    cleared = [Arrears(DUE, after(100)), Arrears(after(150), after(150))]
    assert classification(cleared, after(160), watched) == "substandard"
    late = [Arrears(DUE, DUE), Arrears(after(31), after(140))]
    assert classification(late, after(145), watched) == "substandard"


def test_arrears_that_begin_on_the_day_when_others_end_continue_their_run() -> None:
    arrears = [Arrears(DUE, after(100)), Arrears(after(100), after(110))]
    assert classification(arrears, after(115), Policy(observation_days=180)) == "substandard"
    apart = [Arrears(DUE, after(100)), Arrears(after(101), after(110))]
    assert classification(apart, after(115), Policy(observation_days=180)) == "special_mention"


@pytest.mark.parametrize(("counts", "name"), [(0, "special_mention"), (1, "substandard")])
def test_the_due_date_counts_for_the_class_where_it_counts_as_a_day(counts: int, name: str) -> None:
    assert classification([Arrears(DUE, None)], after(90), Policy(due_day_counts_as=counts)) == name
    cleared = [Arrears(DUE, after(90))]
    assert classification(cleared, after(95), Policy(due_day_counts_as=counts, observation_days=30)) == name
