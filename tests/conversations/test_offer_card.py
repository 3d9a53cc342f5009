"""The key facts card of loans whose policies differ, in both languages."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.wording.i18n import Catalogues, Translator
from handlers import offer_card
from services.clock import SteppedClock
from services.configuration.product_definitions import Product
from services.configuration.reading import load
from services.engine.conditions import FeeTime
from services.engine.policy import InterestTo, PenaltyBase
from services.models import ApplicationRow, OfferRow
from services.origination.offer_states import OfferStatus
from services.origination.offer_views import view_offer

PERSONAL = load(Product, Path(__file__).resolve().parents[2] / "config" / "products" / "personal.toml")
NOON = datetime(2026, 12, 5, 4, tzinfo=UTC)
CATALOGUES = Catalogues.load(clock=SteppedClock(NOON), strict=True)
LANGUAGES = ("zh_Hans", "en")


def card(t: Translator, policy: dict[str, object], **terms: object) -> str:
    agreed = {
        "currency": "CNY",
        "principal": "5000",
        "annual_rate": "10.8",
        "disbursed_on": "2026-12-05",
        "installments": 6,
        **terms,
    }
    row = OfferRow(
        id=1,
        reference="F1",
        borrower_id=1,
        status=OfferStatus.OPEN,
        product_code="personal",
        terms=agreed,
        policy=policy,
        made_at=NOON,
        expires_at=NOON,
    )
    application = ApplicationRow(id=1, reference="A1", amount_minor=500000, term=6, method="equal_installment")
    return offer_card.card(view_offer(row, application, PERSONAL, None), PERSONAL, t)


def english(policy: dict[str, object], **terms: object) -> str:
    return card(CATALOGUES.translator("en"), policy, **terms)


def chinese(policy: dict[str, object], **terms: object) -> str:
    return card(CATALOGUES.translator("zh_Hans"), policy, **terms)


@pytest.mark.parametrize(
    ("base", "said", "said_in_chinese"),
    [
        (PenaltyBase.PRINCIPAL, "¥814.78 of overdue principal costs ¥0.36 a day (16.2% a year)", "逾期本金 ¥814.78"),
        (PenaltyBase.PRINCIPAL_AND_INTEREST, "¥859.78 of overdue principal and interest costs", "逾期本息 ¥859.78"),
        (PenaltyBase.TOTAL, "¥859.78 of overdue principal, interest and fees", "本金、利息和费用共 ¥859.78"),
    ],
)
def test_being_late_is_priced_on_what_bears_penalty(base: PenaltyBase, said: str, said_in_chinese: str) -> None:
    policy: dict[str, object] = {"penalty": {"annual_rate": "16.2", "base": base.value}}
    assert said in english(policy)
    assert said_in_chinese in chinese(policy)


def test_grace_that_only_puts_penalty_off_reads_differently_from_free_days() -> None:
    put_off: dict[str, object] = {"penalty": {"annual_rate": "16.2", "grace_days": 3}}
    free: dict[str, object] = {"penalty": {"annual_rate": "16.2", "grace_days": 3, "grace_free": True}}
    assert "within 3 days; later than that, it counts from the due date" in english(put_off)
    assert "从还款日次日算起" in chinese(put_off)
    assert "The first 3 days late cost nothing" in english(free)
    assert "头 3 天不收罚息" in chinese(free)


def test_a_cap_compounding_and_a_late_fee_are_on_the_card() -> None:
    policy: dict[str, object] = {
        "penalty": {"annual_rate": "16.2", "compound": True, "cap_percent_of_principal": "20"},
        "late_fee": {"percent": "2", "after_days": 5},
    }
    told = english(policy)
    assert "All penalty comes to ¥1,000.00 at most" in told
    assert "Unpaid penalty bears penalty too" in told
    assert "more than 5 days late also bears a late fee once: 2% of what is overdue of it" in told
    assert "罚息合计不超过 ¥1,000.00" in chinese(policy)


def test_early_repayment_is_free_or_has_its_price_on_the_card() -> None:
    assert "repay early at any time, free of charge" in english({})
    assert "interest stops on that day" in english({})
    dear: dict[str, object] = {"payoff": {"fee_percent_of_principal": "1", "interest_to": "next_due_date"}}
    assert "Repaying everything costs 1% of the principal left" in english(dear)
    assert "interest runs to the next due date" in english(dear)
    assert "不收违约金" not in chinese(dear)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fee_base_and_payoff_has_words(language: str) -> None:
    for when in FeeTime:
        for base in PenaltyBase:
            for interest_to in InterestTo:
                fees = [{"name": "service", "when": when.value, "amount": "30"}]
                policy: dict[str, object] = {
                    "penalty": {"annual_rate": "16.2", "base": base.value},
                    "payoff": {"interest_to": interest_to.value},
                }
                assert "¥30.00" in card(CATALOGUES.translator(language), policy, fees=fees)
