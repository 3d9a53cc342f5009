"""The explanation of an installment's interest in words, for conditions that the sample products do not have."""

from datetime import UTC, datetime

import pytest

from bot.wording.i18n import Catalogues, Translator
from bot.wording.markup import plain
from handlers.interest_card import card
from services.clock import SteppedClock
from tests.services.test_loan_interest import view

NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)

FLAT = {"method": "flat", "annual_rate": "12"}
DEFERRED = {"grace": {"principal": 2, "interest_payment": 2}}
CAPITALISED = {"grace": {"interest_payment": 1, "capitalise": True}}
FREE = {"grace": {"interest_charged": 1}}
BROKEN = {"first_due_on": "2026-04-15", "broken_period": "at_disbursement"}
PENALTY = {"penalty": {"annual_rate": "36.5", "cap_percent_of_principal": "0.5"}}
VISIT: dict[str, object] = {"on": "2026-04-04", "type": "fee", "name": "visit", "amount": "20", "counts_as": "penalty"}


def translator(language: str) -> Translator:
    return Catalogues.load(clock=SteppedClock(NOON), strict=True).translator(language)


def said(language: str, *arguments: object, **more: object) -> str:
    return plain(card(view(*arguments, **more), translator(language)))  # type: ignore[arg-type]  # passed through


@pytest.mark.parametrize(
    ("terms", "installment", "english", "chinese"),
    [
        (FLAT, 3, "¥480.00 from here on, in 4 equal parts.", "从本期起共 ¥480.00，分 4 期平均收取。"),
        (FLAT, 6, "whatever you have repaid: the last part, ¥120.00.", "从本期起共 ¥120.00，分 1 期平均收取。"),
        (DEFERRED, 3, "5 Mar – 5 Jun · 92 days\n    ¥12,000.00 at 14.4% → ¥432.00", "本期利息：¥432.00"),
        (CAPITALISED, 1, "Interest, added to the principal: ¥144.00", "本期利息，计入本金：¥144.00"),
        (FREE, 1, "There is no interest for this period.", "本期免息。"),
        (BROKEN, 0, "At payout, Thu 5 Mar", "3月5日 周四 放款时"),
        (BROKEN, 0, "Interest taken at payout: ¥46.45", "放款时已收利息：¥46.45"),
        ({"cost_cap": "2"}, 2, "Together: ¥120.71\nInterest: ¥96.00", "各段合计：¥120.71\n本期利息：¥96.00"),
        ({"cost_cap": "2"}, 2, "What the loan may cost has a limit", "这笔贷款的总成本设有上限"),
        ({"unit": "week"}, 1, "Each week counts as 1/52 of it", "每周按一年的 1/52 计算"),
        ({"interest_period": "daily"}, 1, "Each month counts as 30 days, the year as 360.", "一年按 360 天计算。"),
        ({"day_count": "actual/364"}, 1, "Each day counts, the year as 364 days.", "一年按 364 天计算。"),
        ({"day_count": "actual/actual"}, 1, "a leap year as 366.", "平年 365 天，闰年 366 天。"),
    ],
)
def test_conditions_are_told_in_plain_words(
    terms: dict[str, object], installment: int, english: str, chinese: str
) -> None:
    assert english in said("en", "2026-03-05", installment, **terms)
    assert chinese in said("zh_Hans", "2026-03-05", installment, **terms)


@pytest.mark.parametrize(
    ("terms", "english", "chinese"),
    [
        ({}, "The whole is rounded once, to the nearest ¥0.01.", "各段相加后按 ¥0.01 四舍五入。"),
        ({"interest_rounding": "stretch"}, "Each line is rounded by itself, to the", "每段分别按 ¥0.01 四舍五入。"),
        ({"interest_rounding": "day"}, "Each day's interest is rounded by itself", "每天的利息分别按 ¥0.01 四舍五入。"),
        ({"unrounded": True}, "carried on to the next installment.", "利息按 ¥0.01 四舍五入，零头转入下一期。"),
        ({"rounding": "half_even"}, "from the middle to the even one.", "各段相加后按 ¥0.01 四舍六入五成双。"),
        ({"rounding": "up"}, "up to the next ¥0.01.", "各段相加后按 ¥0.01 向上取整。"),
        ({"rounding": "down", "round_to": "1"}, "down to the last full ¥1.00.", "各段相加后按 ¥1.00 向下取整。"),
    ],
)
def test_rounding_is_told_where_there_was_something_to_round(
    terms: dict[str, object], english: str, chinese: str
) -> None:
    assert english in said("en", "2026-03-05", 1, day_count="actual/365", **terms)
    assert chinese in said("zh_Hans", "2026-03-05", 1, day_count="actual/365", **terms)


def test_interest_that_waits_says_until_when() -> None:
    grace = {"interest_payment": 2}
    assert "You pay it later, with installment 3." in said("en", "2026-03-05", 1, grace=grace)
    assert "到第 3 期一起还。" in said("zh_Hans", "2026-03-05", 1, grace=grace)


def test_a_limit_on_penalty_is_told_with_what_it_let_through() -> None:
    late = said("en", "2026-07-05", 1, policy=PENALTY)
    assert "Together: ¥176.62\nPenalty: ¥60.00\n" in late
    assert "Penalty has a limit, so no more is charged." in late
    assert "罚息设有上限，超出部分不收。" in said("zh_Hans", "2026-07-05", 1, policy=PENALTY)


def test_a_fixed_charge_stands_without_lines() -> None:
    told = said("en", "2026-04-04", 1, events=[VISIT])
    assert told.endswith("Penalty for paying late\nFixed charge: ¥20.00")


def test_a_loan_that_was_closed_early_says_why_the_figure_differs() -> None:
    closing = {"on": "2026-04-15", "type": "payoff"}
    policy = {"payoff": {"interest_to": "next_due_date"}}
    told = said("en", "2026-04-20", 2, events=[closing], policy=policy, method="bullet")
    assert "The loan was paid off early; you paid what was agreed for that day." in told


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "Interest that you had already paid before the plan changed stays paid."),
        ("zh_Hans", "还款计划变更前您已付的利息照原样计入，不再重算。"),
    ],
)
def test_interest_paid_before_a_lower_rate_came_says_that_it_stays_paid(language: str, reason: str) -> None:
    paid = {"on": "2026-03-20", "type": "prepay", "amount": "10"}
    lower = {"on": "2026-03-20", "type": "extend", "installments": 0, "annual_rate": "0"}
    assert reason in said(language, "2026-03-20", 1, events=[paid, lower], rate_settlement="current")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_segment_takes_two_short_lines(language: str) -> None:
    told = said(language, "2026-03-05", 1, rate_changes=[{"on": "2026-03-20", "annual_rate": "12"}])
    segments = told.split("\n\n")[1].splitlines()
    assert len(segments) == 4
    assert max(map(len, segments)) <= 36
