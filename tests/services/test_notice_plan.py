"""Which notices a loan is owed on a day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reminders.notice_plan import (
    Escalation,
    LoanFacts,
    NoticeRules,
    OverdueNotice,
    OverdueStep,
    Owed,
    Reminder,
    notices_owed,
)

DUE = date(2025, 10, 5)
RULES = NoticeRules(
    reminder_days=(7, 3, 1, 0),
    overdue_steps=tuple(
        OverdueStep(days, tone)
        for days, tone in (
            (1, "kind"),
            (3, "kind"),
            (7, "firm"),
            (15, "firm"),
            (30, "firm"),
            (60, "firm"),
            (90, "firm"),
        )
    ),
    escalate_from_days=7,
)


def facts(
    days_after_due: int,
    *,
    unpaid: tuple[tuple[int, date], ...] = ((2, DUE),),
    keys: frozenset[str] = frozenset(),
    officer_called: bool = False,
    disbursed_on: date = date(2025, 8, 5),
) -> LoanFacts:
    today = DUE + timedelta(days=days_after_due)
    return LoanFacts(5, today, disbursed_on, unpaid, keys, officer_called)


def live(days: range, known: frozenset[str] = frozenset()) -> list[tuple[int, Owed]]:
    """What a plan made on each of those days adds, every notice being remembered."""
    seen: list[tuple[int, Owed]] = []
    for day in days:
        for notice in notices_owed(facts(day, keys=known), RULES):
            known |= {notice.key}
            seen.append((day, notice))
    return seen


def test_reminders_come_seven_three_one_and_no_days_before_the_due_date() -> None:
    reminders = [(day, notice.rung) for day, notice in live(range(-20, 1)) if isinstance(notice, Reminder)]
    assert reminders == [(-7, 7), (-3, 3), (-1, 1), (0, 0)]


def test_overdue_notices_come_on_every_step_of_the_ladder() -> None:
    notices = [(day, notice.step.days) for day, notice in live(range(1, 200)) if isinstance(notice, OverdueNotice)]
    assert notices == [(1, 1), (3, 3), (7, 7), (15, 15), (30, 30), (60, 60), (90, 90)]


def test_an_officer_is_called_in_once_from_the_seventh_day() -> None:
    assert [day for day, notice in live(range(1, 200)) if isinstance(notice, Escalation)] == [7]


def test_missed_days_are_caught_up_with_the_highest_step_only() -> None:
    overdue = [notice for notice in notices_owed(facts(40), RULES) if isinstance(notice, OverdueNotice)]
    assert [(notice.step.days, notice.days_past_due) for notice in overdue] == [(30, 40)]


def test_a_missed_reminder_is_caught_up_with_the_days_that_are_really_left() -> None:
    [reminder] = notices_owed(facts(-2), RULES)
    assert isinstance(reminder, Reminder)
    assert (reminder.rung, reminder.days_left) == (3, 2)


def test_a_reminder_of_a_date_that_has_passed_is_never_owed() -> None:
    assert not [notice for notice in notices_owed(facts(1), RULES) if isinstance(notice, Reminder)]


def test_a_loan_in_arrears_gets_no_reminder_of_its_next_installment() -> None:
    owed = notices_owed(facts(30, unpaid=((2, DUE), (3, DUE + timedelta(days=31)))), RULES)
    assert [type(notice) for notice in owed] == [OverdueNotice, Escalation]


def test_a_loan_that_owes_nothing_soon_gets_nothing() -> None:
    assert notices_owed(facts(0, unpaid=()), RULES) == ()
    assert notices_owed(facts(-8), RULES) == ()


def test_a_rung_that_had_come_before_the_payout_is_not_owed_after_it() -> None:
    paid_out = DUE - timedelta(days=5)
    days = [day for day in range(-5, 1) if notices_owed(facts(day, disbursed_on=paid_out), RULES)]
    assert days == [-3, -2, -1, 0]


def test_no_second_officer_is_called_while_one_is_at_work() -> None:
    owed = notices_owed(facts(20, officer_called=True), RULES)
    assert not [notice for notice in owed if isinstance(notice, Escalation)]


def test_each_installment_that_comes_soon_has_its_own_reminder() -> None:
    owed = notices_owed(facts(0, unpaid=((2, DUE), (3, DUE + timedelta(days=7)))), RULES)
    assert [notice.key for notice in owed] == ["loan:5:installment:2:reminder:0", "loan:5:installment:3:reminder:7"]


@pytest.mark.parametrize(
    ("days", "key"),
    [(-7, "loan:5:installment:2:reminder:7"), (3, "loan:5:overdue:2025-10-05:3")],
)
def test_the_key_names_the_occasion(days: int, key: str) -> None:
    assert [notice.key for notice in notices_owed(facts(days), RULES)] == [key]


ladders = st.builds(
    NoticeRules,
    reminder_days=st.lists(st.integers(0, 30), unique=True, max_size=6).map(tuple),
    overdue_steps=st.lists(st.integers(1, 120), unique=True, max_size=8).map(
        lambda days: tuple(OverdueStep(day, "kind") for day in days)
    ),
    escalate_from_days=st.integers(1, 60),
)
some_facts = st.builds(
    lambda offset, numbers, disbursed: LoanFacts(
        1,
        DUE + timedelta(days=offset),
        DUE - timedelta(days=disbursed),
        [(number, DUE + timedelta(days=30 * number)) for number in numbers],
        frozenset(),
        False,
    ),
    st.integers(-60, 400),
    st.lists(st.integers(0, 11), unique=True, max_size=12),
    st.integers(0, 60),
)


@given(facts=some_facts, rules=ladders)
def test_whatever_is_planned_is_planned_once(facts: LoanFacts, rules: NoticeRules) -> None:
    owed = notices_owed(facts, rules)
    again = LoanFacts(1, facts.today, facts.disbursed_on, facts.unpaid, {notice.key for notice in owed}, False)
    assert notices_owed(again, rules) == ()


@given(facts=some_facts, rules=ladders)
def test_reminders_are_of_days_to_come_and_overdue_notices_of_days_gone_and_never_both(
    facts: LoanFacts, rules: NoticeRules
) -> None:
    owed = notices_owed(facts, rules)
    reminders = [notice for notice in owed if isinstance(notice, Reminder)]
    late = [notice for notice in owed if not isinstance(notice, Reminder)]
    assert not (reminders and late)
    assert all(notice.due_on >= facts.today and notice.rung >= notice.days_left for notice in reminders)
    assert all(notice.oldest_due_on < facts.today for notice in late)
    assert len([notice for notice in late if isinstance(notice, OverdueNotice)]) <= 1


@given(rules=ladders, days=st.lists(st.integers(-40, 200), unique=True))
def test_however_many_days_are_missed_a_rung_is_sent_at_most_once_and_never_backwards(
    rules: NoticeRules, days: list[int]
) -> None:
    known: frozenset[str] = frozenset()
    steps: list[int] = []
    for day in sorted(days):
        for notice in notices_owed(facts(day, keys=known), rules):
            known |= {notice.key}
            if isinstance(notice, OverdueNotice):
                steps.append(notice.step.days)
    assert steps == sorted(set(steps))
