"""On which days a floating rate is set again, and which changes a loan is then owed."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.configuration.rate_cap import RateCap
from services.engine.events import Event
from services.engine.periods import due_dates
from services.engine.quote import quote
from services.lending.floating_view import floating_view
from services.lending.loan_record import LoanRecord
from services.lending.rate_in_force import event_label, rate_on, rate_since
from services.lending.rate_link import RateLink, Repricing, next_repricing, repricing_days
from services.lending.repricing_rule import OwedChange, Reference, changes_owed, follows_until
from services.origination.offer_views import effective_rate
from tests.services.floating import floating_record, link, reference_rates

FIRST = date(2020, 1, 1)
FALLING = {FIRST: "3.00", date(2026, 3, 20): "2.80", date(2026, 6, 22): "2.50"}


def owed(
    record: LoanRecord, formula: RateLink, today: str, rates: Mapping[date, str] = FALLING
) -> list[tuple[str, str, str]]:
    """The changes by day, with the rate before and after."""
    found = changes_owed(record, formula, reference(record, rates), date.fromisoformat(today))
    return [(change.on.isoformat(), str(change.before), str(change.rate)) for change in found]


def reference(record: LoanRecord, rates: Mapping[date, str]) -> Reference:
    table = reference_rates(rates)
    cap, signed_on = RateCap(table), record.terms.disbursed_on
    return Reference(table.days, table.on, lambda wanted, day: cap.highest(record.terms, wanted, signed_on, day))


def days(repriced: Repricing, disbursed: str, until: str) -> list[str]:
    found = repricing_days(repriced, date.fromisoformat(disbursed), date.fromisoformat(until), list(FALLING))
    return [day.isoformat() for day in found]


@pytest.mark.parametrize(
    ("repriced", "disbursed", "until", "expected"),
    [
        (Repricing.NEW_YEAR, "2025-11-05", "2027-06-30", ["2026-01-01", "2027-01-01"]),
        (Repricing.NEW_YEAR, "2026-01-01", "2027-01-01", ["2027-01-01"]),
        (Repricing.QUARTER, "2026-03-02", "2026-10-01", ["2026-04-01", "2026-07-01", "2026-10-01"]),
        (Repricing.QUARTER, "2026-11-02", "2027-04-01", ["2027-01-01", "2027-04-01"]),
        (Repricing.ANNIVERSARY, "2026-03-02", "2028-03-02", ["2027-03-02", "2028-03-02"]),
        (Repricing.ANNIVERSARY, "2024-02-29", "2028-03-01", ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        (Repricing.AT_ONCE, "2026-03-02", "2026-12-31", ["2026-03-02", "2026-03-20", "2026-06-22"]),
        (Repricing.AT_ONCE, "2026-06-22", "2026-12-31", ["2026-06-22"]),
    ],
)
def test_repricing_days_follow_the_calendar_or_the_reference_rate(
    repriced: Repricing, disbursed: str, until: str, expected: list[str]
) -> None:
    assert days(repriced, disbursed, until) == expected


@given(st.sampled_from(Repricing), st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 3000))
def test_repricing_days_rise_and_none_is_skipped(repriced: Repricing, disbursed_on: date, length: int) -> None:
    until = disbursed_on + timedelta(days=length)
    found = repricing_days(repriced, disbursed_on, until, [])
    assert list(found) == sorted(set(found))
    assert all(disbursed_on <= day <= until for day in found)
    if repriced is not Repricing.AT_ONCE:
        coming = next_repricing(repriced, disbursed_on, max(found, default=disbursed_on))
        assert coming is not None
        assert coming > until
        assert repricing_days(repriced, disbursed_on, coming, []) == (*found, coming)


def test_between_repricing_days_the_rate_stays() -> None:
    assert owed(floating_record(), link(), "2026-03-31") == []
    assert owed(floating_record(), link(), "2026-04-01") == [("2026-04-01", "9", "8.80")]


def test_each_day_missed_is_owed_on_its_own_day() -> None:
    assert owed(floating_record(), link(), "2026-08-15") == [
        ("2026-04-01", "9", "8.80"),
        ("2026-07-01", "8.80", "8.50"),
    ]


def test_what_is_recorded_is_owed_no_more() -> None:
    record = floating_record()
    for change in changes_owed(record, link(), reference(record, FALLING), date(2026, 8, 15)):
        record = record.after(change.event)
    assert owed(record, link(), "2026-08-15") == []
    assert [str(rate_on(record, date(2026, month, 1))) for month in (3, 4, 6, 7) if month > 3] == [
        "8.80",
        "8.80",
        "8.50",
    ]
    assert rate_since(record, date(2026, 8, 1)) == date(2026, 7, 1)


def test_a_fall_found_late_counts_from_its_own_day() -> None:
    record = floating_record(change("2026-04-01", "8.8"), change("2026-07-01", "8.5"))
    corrected = FALLING | {date(2026, 3, 20): "2.70"}
    assert owed(record, link(), "2026-08-15", corrected) == [("2026-04-01", "8.8", "8.70")]


def test_a_rise_found_late_leaves_alone_what_has_fallen_due() -> None:
    rising = {FIRST: "3.00", date(2026, 3, 20): "3.20"}
    assert owed(floating_record(), link(), "2026-04-01", rising) == [("2026-04-01", "9", "9.20")]
    assert owed(floating_record(), link(), "2026-04-02", rising) == [("2026-04-02", "9", "9.20")]
    assert owed(floating_record(), link(), "2026-04-20", rising) == [("2026-04-02", "9", "9.20")]
    assert owed(floating_record(), link(), "2026-05-20", rising) == [("2026-05-02", "9", "9.20")]


def test_a_rise_over_before_it_was_found_is_not_caught_up_with() -> None:
    there_and_back = {FIRST: "3.00", date(2026, 3, 20): "3.20", date(2026, 6, 22): "3.00"}
    assert owed(floating_record(), link(), "2026-08-15", there_and_back) == []


def test_a_fall_over_before_it_was_found_is_made_good_for_its_days() -> None:
    there_and_back = {FIRST: "3.00", date(2026, 3, 20): "2.80", date(2026, 6, 22): "3.00"}
    assert owed(floating_record(), link(), "2026-08-15", there_and_back) == [
        ("2026-04-01", "9", "8.80"),
        ("2026-07-01", "8.80", "9.00"),
    ]


def test_a_rise_on_the_day_it_is_due_counts_though_an_installment_falls_due_that_day() -> None:
    rising, terms = {FIRST: "3.00", date(2026, 3, 20): "3.20"}, {"disbursed_on": "2026-03-01"}
    for settlement, found_later in (("segmented", "2026-04-01"), ("current", "2026-04-02")):
        record = floating_record(**terms, rate_settlement=settlement)
        assert owed(record, link(), "2026-04-01", rising) == [("2026-04-01", "9", "9.20")]
        assert owed(record, link(), "2026-04-02", rising) == [(found_later, "9", "9.20")]


def test_a_day_that_was_no_change_after_all_is_undone_where_the_rate_follows_at_once() -> None:
    plain = {FIRST: "3.00"}
    fallen, risen = floating_record(change("2026-03-20", "8.8")), floating_record(change("2026-03-20", "9.2"))
    assert owed(risen, link(Repricing.AT_ONCE), "2026-05-01", plain) == [("2026-03-20", "9.2", "9.00")]
    assert owed(fallen, link(Repricing.AT_ONCE), "2026-05-01", plain) == [("2026-04-02", "8.8", "9.00")]


def test_a_change_between_agreement_and_payout_counts_from_the_payout_where_the_rate_follows_at_once() -> None:
    record = floating_record(disbursed_on="2026-03-23")
    assert owed(record, link(Repricing.AT_ONCE), "2026-03-23") == [("2026-03-23", "9", "8.80")]
    assert owed(record, link(), "2026-03-31") == []


def test_the_floor_holds() -> None:
    assert owed(floating_record(), link(floor="8.9"), "2026-08-15") == [("2026-04-01", "9", "8.9")]


def test_a_margin_may_be_taken_off() -> None:
    record = floating_record(annual_rate="2")
    assert owed(record, link(margin="-1"), "2026-04-01") == [("2026-04-01", "2", "1.80")]


def test_the_cap_is_that_of_the_day_of_signing_or_of_the_change_whichever_is_lower() -> None:
    """At 2 % nothing may cost more than 8 % a year; what rises later is held by the cap of the day of signing."""
    fallen, risen = {FIRST: "3", date(2026, 3, 20): "2"}, {FIRST: "3", date(2026, 3, 20): "9"}
    record = floating_record()
    for rates, cap in ((fallen, Decimal(8)), (risen, Decimal(12))):
        ((_, _, rate),) = owed(record, link(margin="8"), "2026-04-01", rates)
        higher = Decimal(rate) + Decimal("0.01")
        assert effective_rate(quote(record.terms.changed(annual_rate=Decimal(rate)))).value <= cap
        assert effective_rate(quote(record.terms.changed(annual_rate=higher))).value > cap


PERCENTS = st.decimals("0.50", "9.99", places=2)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(PERCENTS, min_size=2, max_size=5),
    st.decimals("-2", "15", places=1),
    st.decimals("0", "12", places=1),
    st.sampled_from(Repricing),
    st.sampled_from(["equal_installment", "interest_only", "flat"]),
)
def test_no_rate_ever_costs_more_than_the_cap_and_asking_again_finds_nothing(
    percents: list[Decimal], margin: Decimal, floor: Decimal, repriced: Repricing, method: str
) -> None:
    starts = [FIRST, *(date(2026, 3, 20) + timedelta(days=47 * step) for step in range(len(percents) - 1))]
    rates = {since: str(percent) for since, percent in zip(starts, percents, strict=True)}
    record = floating_record(method=method, installments=12)
    formula = link(repriced, margin=str(margin), floor=str(floor))
    table, today = reference_rates(rates), date(2027, 2, 1)
    for found in changes_owed(record, formula, reference(record, rates), today):
        at_that_rate = quote(record.terms.changed(annual_rate=found.rate))
        assert effective_rate(at_that_rate).value <= min(
            table.cap_on(found.on), table.cap_on(record.terms.disbursed_on)
        )
        record = record.after(found.event)
    assert changes_owed(record, formula, reference(record, rates), today) == []
    record.state(today)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(PERCENTS, min_size=2, max_size=4),
    st.lists(PERCENTS, min_size=2, max_size=4),
    st.sampled_from(Repricing),
    st.sampled_from(["segmented", "current"]),
    st.sampled_from(["equal_installment", "equal_principal", "interest_only"]),
    st.integers(1, 350),
)
def test_whatever_is_found_and_when_nobody_who_paid_in_time_becomes_late(
    first: list[Decimal], corrected: list[Decimal], repriced: Repricing, settlement: str, method: str, found_after: int
) -> None:
    """Somebody pays each installment as it is asked for on its day, while the lender works with a wrong table."""
    known, better = ({FIRST: "5.00"} | dated(percents) for percents in (first, corrected))
    record = floating_record(method=method, installments=12, rate_settlement=settlement, annual_rate="11")
    found_on = record.terms.disbursed_on + timedelta(days=found_after)
    for due_on in (due_on for due_on in due_dates(record.terms) if due_on <= found_on):
        record = with_changes(record, repriced, known, due_on)
        asked = str(record.state(due_on).due_now.total.amount)
        record = record.after(Event.from_json({"on": due_on.isoformat(), "type": "repay", "amount": asked}, "CNY"))
    assert record.state(found_on).days_past_due == 0
    record = with_changes(record, repriced, better, found_on)
    assert record.state(found_on).days_past_due == 0
    assert not record.state(found_on).due_now.penalty
    assert with_changes(record, repriced, better, found_on).events == record.events


def dated(percents: list[Decimal]) -> dict[date, str]:
    return {date(2026, 3, 20) + timedelta(days=61 * step): str(percent) for step, percent in enumerate(percents)}


def with_changes(record: LoanRecord, repriced: Repricing, rates: Mapping[date, str], today: date) -> LoanRecord:
    found = changes_owed(record, link(repriced), reference(record, rates), today)
    return record.after(*(each.event for each in found))


def test_a_rate_set_for_good_is_never_owed_a_change() -> None:
    assert owed(floating_record(rate_settlement="contract"), link(None), "2026-08-15") == []


def test_a_loan_that_has_run_out_is_owed_no_change() -> None:
    assert owed(floating_record(installments=3), link(), "2026-12-31") == [("2026-04-01", "9", "8.80")]


def test_an_extended_loan_follows_its_formula_to_its_new_end() -> None:
    extension = {"on": "2026-06-02", "type": "extend", "installments": 3}
    record = floating_record(change("2026-04-01", "8.8"), extension, installments=3)
    assert follows_until(record) == date(2026, 9, 2)
    assert owed(record, link(), "2026-12-31") == [("2026-07-01", "8.8", "8.50")]


NEW_TERMS = {"currency": "CNY", "principal": "20000", "annual_rate": "7.2", "installments": 12}


@pytest.mark.parametrize(
    "agreed",
    [
        {"on": "2026-06-02", "type": "extend", "installments": 3, "annual_rate": "7.2"},
        {"on": "2026-06-02", "type": "reschedule", "terms": NEW_TERMS | {"disbursed_on": "2026-06-02"}},
    ],
)
def test_another_rate_that_was_agreed_takes_the_place_of_the_formula(agreed: dict[str, Any]) -> None:
    record = floating_record(change("2026-04-01", "8.8"), agreed)
    assert owed(record, link(), "2026-12-31") == []
    assert rate_on(record, date(2026, 7, 1)) == Decimal("7.2")
    assert floating_view(link(), record, date(2026, 7, 1)) is None


def test_an_agreement_that_was_reversed_counts_for_nothing() -> None:
    extension = {"on": "2026-05-02", "type": "extend", "installments": 3, "annual_rate": "7.2"}
    reversal = {"on": "2026-05-03", "type": "reverse", "event": 1}
    record = floating_record(change("2026-04-01", "8.8"), extension, reversal)
    assert owed(record, link(), "2026-07-01") == [("2026-07-01", "8.8", "8.50")]


def test_the_next_repricing_day_is_told_unless_the_loan_ends_before() -> None:
    record = floating_record()
    seen = [floating_view(link(), record, date(2026, month, 2)) for month in (3, 8, 9)]
    assert [view and view.next_on for view in seen] == [date(2026, 4, 1), None, None]
    assert seen[1] is not None
    assert seen[2] is None


def test_a_history_tells_a_change_of_the_rate_from_an_extension() -> None:
    record = floating_record(
        change("2026-04-01", "8.8"), {"on": "2026-06-02", "type": "extend", "installments": 3, "annual_rate": "7.2"}
    )
    assert [event_label(event).key for event in record.events] == ["terms.event_rate_change", "terms.event_extend"]


def test_the_change_is_an_extension_by_nothing() -> None:
    found = OwedChange(date(2026, 4, 1), before=Decimal(9), rate=Decimal("8.8"))
    assert found.event.to_json() == change("2026-04-01", "8.8")


def test_a_formula_is_kept_whole() -> None:
    for formula in (link(), link(None, margin="-0.5", floor="4.65")):
        assert RateLink.from_json(formula.to_json()) == formula


def change(on: str, rate: str) -> dict[str, Any]:
    return {"on": on, "type": "extend", "installments": 0, "annual_rate": rate}
