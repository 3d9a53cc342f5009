"""What holds for every explanation of interest, whatever the terms and the history."""

from datetime import date
from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given

from services.engine import EngineError, Event, LoanState, Policy, RowInterest, Terms, explain, replay
from services.engine.conditions import Method
from services.engine.explained import Adjustment, Rounded, Segment, Treatment
from services.engine.rounding import Rounder, divide
from services.money import Money
from tests.engine.profiles import examples
from tests.engine.strategies import Document, scenarios


def understood(scenario: Document) -> tuple[Terms, tuple[RowInterest, ...], LoanState]:
    """Terms, explanation and state of a valid scenario; an invalid one is not an example."""
    try:
        terms = Terms.from_json(scenario["terms"])
        policy = Policy.from_json(scenario["policy"], terms.currency)
        events = [Event.from_json(event, terms.currency) for event in scenario["events"]]
        as_of = date.fromisoformat(scenario["as_of"])
        return terms, explain(terms, policy, events, as_of), replay(terms, policy, events, as_of)
    except EngineError:
        assume(False)
        raise


RESTRUCTURING = ("draw", "extend", "reschedule")


def days_of_events(scenario: Document) -> set[str]:
    return {event["on"] for event in scenario["events"]}


def is_restructured(scenario: Document) -> bool:
    return any(event["type"] in RESTRUCTURING for event in scenario["events"])


def amounts(row: RowInterest) -> Money:
    return Money.total((segment.amount for segment in row.segments), row.interest.currency)


@examples(80, nightly=6000)
@given(scenarios())
def test_every_row_of_the_schedule_is_explained(scenario: Document) -> None:
    _, rows, state = understood(scenario)
    dated = [row for row in rows if row.due_on is not None]
    assert len(dated) == len(rows) or not scenario["terms"]["installments"] or "reschedule" in str(scenario["events"])
    assert [(row.n, row.due_on, row.interest) for row in dated] == [
        (row.n, row.due_on, row.row.interest) for row in state.rows
    ]


@examples(80, nightly=6000)
@given(scenarios())
def test_segments_add_up_to_the_figure_as_the_terms_round_it(scenario: Document) -> None:
    _, rows, _ = understood(scenario)
    for row in rows:
        rounder = Rounder(row.round_to.minor, row.rounding)
        computed = row.computed.minor
        match row.rounded:
            case Rounded.ROW:
                assert abs(computed - row.exact) < rounder.step * len({segment.n for segment in row.segments} or {0})
                if len({segment.n for segment in row.segments}) == 1:
                    assert computed == rounder.fraction(row.exact)
                    assert amounts(row).minor == divide(row.exact.numerator, row.exact.denominator, row.rounding)
            case Rounded.STRETCH:
                assert [segment.amount.minor for segment in row.segments] == [
                    rounder.fraction(segment.exact) for segment in row.segments
                ]
                assert amounts(row) == row.computed
            case Rounded.DAY:
                assert amounts(row) == row.computed
            case Rounded.RUNNING_TOTAL:
                assert abs(computed - row.exact) < rounder.step


@examples(80, nightly=6000)
@given(scenarios())
def test_a_row_asks_for_what_its_segments_come_to_unless_it_says_why_not(scenario: Document) -> None:
    _, rows, state = understood(scenario)
    for row in rows:
        asked = row.interest + row.capitalised
        if row.treatment is Treatment.DEFERRED:
            assert (asked.minor, row.adjustment) == (0, None)
        elif row.adjustment is None:
            assert asked == row.computed
        elif row.adjustment is Adjustment.IN_DUPLUM:
            assert scenario["policy"]["in_duplum"]
        elif row.adjustment is Adjustment.COST_CAP:
            assert "cost_cap" in str(scenario)
        elif row.adjustment is Adjustment.ALREADY_PAID:
            assert any(event["type"] in {*RESTRUCTURING, "repay", "prepay"} for event in scenario["events"])
        elif state.outstanding.principal != state.due_now.principal:
            assert any(event["type"] in RESTRUCTURING for event in scenario["events"])
        else:
            assert row.adjustment is Adjustment.CLOSED_EARLY


@examples(80, nightly=6000)
@given(scenarios())
def test_interest_of_a_segment_is_balance_times_rate_times_part_of_a_year(scenario: Document) -> None:
    terms, rows, _ = understood(scenario)
    assume(terms.method is not Method.FLAT and not terms.unrounded and "reschedule" not in str(scenario["events"]))
    for segment in (segment for row in rows for segment in row.segments):
        rate = Fraction(segment.annual_rate) / 100
        assert segment.exact == segment.balance.minor * rate * segment.year_part


@examples(80, nightly=6000)
@given(scenarios())
def test_segments_tile_the_row_s_period_without_gap_or_overlap(scenario: Document) -> None:
    _, rows, state = understood(scenario)
    assume(not is_restructured(scenario))
    assume(scenario["policy"]["accrual"] == "scheduled" and scenario["terms"]["installments"])
    closed = not state.outstanding.principal
    for row in rows:
        # What is lent in a broken period that is settled at disbursement bears before row 1 begins.
        own = [segment for segment in row.segments if segment.n == row.n and segment.start >= row.start]
        assert_adjoining(row.segments)
        if own:
            assert own[0].start == row.start
            cut_short = own[-1].end < row.end and (closed or own[-1].end.isoformat() in days_of_events(scenario))
            assert own[-1].end == row.end or cut_short or not own[-1].balance
        elif row.treatment in (Treatment.DUE, Treatment.DEFERRED, Treatment.CAPITALISED):
            assert closed


@examples(80, nightly=6000)
@given(scenarios())
def test_no_day_bears_interest_twice(scenario: Document) -> None:
    assume("flat" not in str(scenario))
    _, rows, state = understood(scenario)
    for row in rows:
        assert all(segment.start <= segment.end for segment in row.segments)
        assert all(before.end <= after.start for before, after in pairwise(row.segments))
        assert not row.segments or row.segments[-1].end <= max(row.end, state.as_of)


def assert_adjoining(segments: tuple[Segment, ...]) -> None:
    for segment in segments:
        assert segment.start <= segment.end
    for before, after in pairwise(segments):
        assert before.end == after.start


@examples(80, nightly=6000)
@given(scenarios())
def test_penalty_segments_add_up_and_do_not_overlap(scenario: Document) -> None:
    _, rows, state = understood(scenario)
    currency = state.payoff.currency
    for row in rows:
        if row.penalty is None:
            continue
        parts = row.penalty.segments
        assert Money.total((part.amount for part in parts), currency) == row.penalty.accrued
        assert row.penalty.charged <= row.penalty.accrued
        assert all(part.base and part.start < part.end for part in parts)
        assert all(before.end <= after.start for before, after in pairwise(parts))
        assert all(part.end <= state.as_of for part in parts)


@examples(80, nightly=6000)
@given(scenarios(written_off=False))
def test_penalty_of_all_rows_is_what_was_charged(scenario: Document) -> None:
    """Without caps, what the segments come to is what the borrower owes, has paid, was waived and was forgiven."""
    scenario["terms"].pop("cost_cap", None)
    scenario["policy"].get("penalty", {}).pop("cap_percent_of_principal", None)
    scenario["policy"].pop("in_duplum")
    _, rows, state = understood(scenario)
    currency = state.payoff.currency
    explained = Money.total((r.penalty.accrued + r.penalty.fixed for r in rows if r.penalty), currency)
    settled = Money.total((made.allocated.penalty for made in state.transactions if not made.reversed), currency)
    forgiven = explained - settled - state.outstanding.penalty
    assert not forgiven or (forgiven.minor > 0 and "close_within" in scenario["policy"])
