"""The contract says of a loan what its own terms and policy say."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.papers.contract_check import check_contracts
from bot.papers.contract_conditions import NoWording, require_wording
from bot.papers.typst_papers import TypstPapers
from services.clock import SteppedClock
from services.configuration.lender import load_lender
from services.configuration.product_definitions import Product, ProductFee, ProductPenalty
from services.configuration.products import Products
from services.configuration.reading import ConfigurationError, check, read_toml
from services.engine.conditions import Method
from services.engine.dates import DayCount, Unit
from services.engine.policy import AllocateBy, InterestTo, PenaltyBase, Policy, Prepayment
from services.engine.quote import quote
from services.engine.terms import Terms
from services.gateways import ContractPaper, PaperRow
from services.origination.charges import fees_of
from services.origination.late_cost import late_cost
from services.wording import Label
from tests.papers.reading import clause_text, key_facts
from tests.papers.samples import NOON, contract_paper, yuan

CONFIG = Path(__file__).resolve().parents[2] / "config"
TODAY = date(2026, 12, 5)
LANGUAGES = ("zh_Hans", "en")


def penalty(**changes: object) -> dict[str, object]:
    """A policy with penalty of 16.2 % a year and the changes."""
    return {"penalty": {"annual_rate": "16.2", **changes}}


def fee(when: str) -> dict[str, object]:
    """Terms with a fee of 30 yuan, taken then."""
    return {"fees": [{"name": "service", "when": when, "amount": "30"}]}


@pytest.mark.parametrize(
    ("changes", "said", "said_in_chinese"),
    [
        ({}, "on the overdue principal, from the day after the due date", "对逾期未还的本金按年利率 16.2% 逐日"),
        ({"base": "overdue_principal_and_interest"}, "on the overdue principal and interest", "逾期未还的本金和利息"),
        ({"base": "overdue_total"}, "on the overdue principal, interest and fees", "逾期未还的本金、利息和费用"),
        ({"grace_days": 3}, "If you pay within 3 days, there is no penalty. After 3 days", "超过 3 天的，自还款日次日"),
        ({"grace_days": 1}, "If you pay within 1 day, there is no penalty", "逾期 1 天以内还清的，不收罚息"),
        ({"grace_days": 3, "grace_free": True}, "The first 3 days after the due date bear no", "头 3 天不收罚息"),
        (
            {"compound": True},
            "While penalty interest is unpaid it bears penalty interest too",
            "没有付清的罚息，同样逐日计收罚息",
        ),
        ({"compound": False}, "Penalty interest bears no penalty interest itself", "对罚息不再计收罚息"),
        ({"cap_percent_of_principal": "20"}, "together comes to ¥1,000.00 at most", "合计不超过 ¥1,000.00"),
    ],
)
def test_the_late_clause_follows_the_penalty(changes: dict[str, object], said: str, said_in_chinese: str) -> None:
    paper = contract_paper(policy=penalty(**changes))
    assert said in clause_text(paper, "late")
    assert said_in_chinese in clause_text(paper, "late", "zh_Hans")
    assert "we charge nothing for late payment" in clause_text(paper, "late")


def test_a_multiple_of_the_rate_is_told_as_the_rate_that_it_comes_to() -> None:
    paper = contract_paper(policy={"penalty": {"multiple_of_rate": "1.3"}})
    assert "14.04% a year" in clause_text(paper, "late")
    assert "14.04% a year" in key_facts(paper)


@pytest.mark.parametrize("policy", [{"penalty": {"annual_rate": "0", "grace_days": 3}}, {"penalty": None}])
def test_a_loan_without_penalty_does_not_name_a_rate_of_nothing(policy: dict[str, object]) -> None:
    paper = contract_paper(policy=policy)
    for text in (clause_text(paper, "late"), key_facts(paper).splitlines()[6]):
        assert "no penalty interest" in text.lower()
        assert "0%" not in text
        assert "1/365" not in text


@pytest.mark.parametrize(
    ("late_fee", "said"),
    [
        ({"amount": "15"}, "Each installment that is late bears a late fee once: ¥15.00."),
        (
            {"percent": "2", "after_days": 5},
            "unpaid more than 5 days after its due date bears a late fee once: 2% of what",
        ),
    ],
)
def test_a_late_fee_is_told_in_the_clause_and_among_the_key_facts(late_fee: dict[str, object], said: str) -> None:
    paper = contract_paper(policy={"penalty": None, "late_fee": late_fee})
    assert said in clause_text(paper, "late")
    assert "a late fee once for each" in key_facts(paper)
    assert "逾期费" in key_facts(paper, "zh_Hans")


def test_the_key_facts_name_what_limits_and_what_raises_penalty() -> None:
    facts = key_facts(contract_paper(policy=penalty(cap_percent_of_principal="20", compound=True)))
    assert "unpaid penalty interest bears penalty interest too; penalty interest comes to ¥1,000.00 at most" in facts


@pytest.mark.parametrize(
    ("prepayment", "said", "said_in_chinese"),
    [
        ("next_installments", "keep their amounts and dates, and no interest is saved", "利息不因此减少"),
        ("reduce_term", "there are fewer of them", "期数相应减少"),
        ("reduce_installment", "their amounts fall", "以后各期的金额相应减少"),
    ],
)
def test_the_clause_says_what_a_part_paid_early_does(prepayment: str, said: str, said_in_chinese: str) -> None:
    paper = contract_paper(policy={"prepayment": prepayment})
    assert "a part " in key_facts(paper)
    assert said in clause_text(paper, "early")
    assert said_in_chinese in clause_text(paper, "early", "zh_Hans")


def test_a_fee_for_paying_off_early_is_told_wherever_early_repayment_is() -> None:
    paper = contract_paper(policy={"payoff": {"fee_percent_of_principal": "1.5"}})
    assert "a fee of 1.5% of the principal then left" in clause_text(paper, "early")
    assert "收取剩余本金的 1.5%" in key_facts(paper, "zh_Hans")
    assert "free of any penalty" not in clause_text(paper, "early")
    assert "free of charge" not in key_facts(paper)


def test_interest_to_the_next_due_date_is_told_wherever_early_repayment_is() -> None:
    paper = contract_paper(policy={"payoff": {"interest_to": "next_due_date"}})
    assert "interest runs to the next due date" in clause_text(paper, "early")
    assert "利息算到下一个还款日" in key_facts(paper, "zh_Hans")
    assert "stops on that day" not in key_facts(paper)


def test_a_payment_too_small_settles_the_oldest_installment_first() -> None:
    text = clause_text(contract_paper(), "repayment")
    assert "settles the oldest installment first, then the next" in text
    assert "it goes to penalty interest, fees, interest, principal, in this order" in text


def test_an_order_of_the_lenders_own_is_told_component_by_component() -> None:
    order = ["principal", "interest", "fee", "penalty"]
    paper = contract_paper(policy={"allocation": order, "allocate_by": "component"})
    assert "goes to principal, interest, fees, penalty interest, in this order" in clause_text(paper, "repayment")
    assert "按本金、利息、费用、罚息的先后顺序抵充；同类款项中" in clause_text(paper, "repayment", "zh_Hans")


@pytest.mark.parametrize(
    ("terms", "said", "said_in_chinese"),
    [
        ({}, "× the annual rate × 1/12", "当期期初的剩余本金×年利率×1/12"),
        ({"unit": "week", "every": 2}, "× the annual rate × 2/52", "年利率×2/52"),
        ({"day_count": "actual/360"}, "each day bears the principal left × the annual rate ÷ 360", "年利率÷360"),
        ({"day_count": "actual/actual"}, "in a leap year 366", "闰年 366 天"),
        ({"method": "flat"}, "always on the whole principal", "利息始终按借款本金全额计算"),
        ({"method": "flat", "day_count": "actual/365"}, "the days of the loan ÷ 365, in equal parts", "平均分摊到各期"),
    ],
)
def test_the_clause_on_the_rate_says_how_interest_is_computed(
    terms: dict[str, object], said: str, said_in_chinese: str
) -> None:
    paper = contract_paper(terms=terms)
    assert said in clause_text(paper, "rate")
    assert said_in_chinese in clause_text(paper, "rate", "zh_Hans")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("disbursement", "service fee ¥30.00, taken from the payout"),
        ("disbursement_added", "service fee ¥30.00, added to the principal you repay"),
        ("every_installment", "service fee ¥180.00, ¥30.00 with every installment"),
        ("first_installment", "service fee ¥30.00, with the first installment"),
    ],
)
def test_a_fee_is_named_with_the_time_at_which_it_is_taken(when: str, said: str) -> None:
    paper = contract_paper(terms=fee(when))
    assert said in clause_text(paper, "fees")
    assert said in key_facts(paper)


def test_a_loan_without_fees_denies_them() -> None:
    assert "no fees" in clause_text(contract_paper(), "fees")


def test_a_fee_added_to_the_principal_is_told_with_what_is_owed_then() -> None:
    assert "the principal you repay is ¥5,030.00" in clause_text(
        contract_paper(terms=fee("disbursement_added")), "loan"
    )
    assert "you repay is" not in clause_text(contract_paper(terms=fee("first_installment")), "loan")


def test_a_payout_in_full_and_one_less_fees_read_differently() -> None:
    assert "paid out in full" in clause_text(contract_paper(), "payout")
    assert "so that you receive ¥4,900.00" in clause_text(contract_paper(fee="100"), "payout")


@pytest.mark.parametrize(
    ("terms", "policy", "key"),
    [
        ({"balloon": {"amount": "1000"}}, {}, "balloon"),
        ({"grace": {"principal": 2}}, {}, "grace"),
        ({"down_payment": "10"}, {}, "down_payment"),
        ({"interest_period": "daily"}, {}, "interest_period"),
        ({"cost_cap": "20"}, {}, "cost_cap"),
        ({"due_day": 20}, {}, "due_day"),
        ({}, {"prepay_interest": "next_due"}, "prepay_interest"),
        ({}, {"allocation": {"arrears": ["principal", "interest", "fee", "penalty"]}}, "allocation"),
        ({}, penalty(round="day"), "penalty.round"),
    ],
)
async def test_a_contract_is_refused_rather_than_printed_with_a_wrong_clause(
    papers: TypstPapers, terms: dict[str, object], policy: dict[str, object], key: str
) -> None:
    with pytest.raises(NoWording, match=f"no words for {key}"):
        await papers.contract(contract_paper(terms=terms, policy=policy), "zh_Hans")


def test_what_costs_the_borrower_nothing_needs_no_words() -> None:
    paper = contract_paper(policy={"close_within": "0.10", "due_day_counts_as": 1, "observation_days": 90})
    require_wording(paper.terms, paper.policy)


# What a product file can say.

PERSONAL: dict[str, Any] = read_toml(CONFIG / "products" / "personal.toml")
HARVEST = {"months": [6, 10], "shares": [40, 60]}
CONTRACTS = [method for method in Method if method is not Method.REVOLVING]
"""A revolving line has a contract of its own, see test_contract_of_a_line.py."""


def product_files() -> Iterator[dict[str, Any]]:
    """The personal loan with each value that the schema lets a lender choose."""
    for method in CONTRACTS:
        harvest = {"harvest": HARVEST} if method is Method.CUSTOM else {}
        for day_count in DayCount:
            yield {"methods": [method.value], "day_count": day_count.value, **harvest}
    yield from ({"term": {"unit": unit.value, "every": 2, "choices": [3]}} for unit in Unit)
    for when in get_args(ProductFee.model_fields["when"].annotation):
        for measure in ("amount", "percent_of_principal"):
            yield {"fees": [{"code": "service", "name": {"en": "fee", "zh_Hans": "费"}, "when": when, measure: "2"}]}
    for base in PenaltyBase:
        for rate in ({"annual_rate": "16.2"}, {"annual_rate": "0"}, {"multiple_of_rate": "1.5"}):
            for days in (0, 3):
                yield {"penalty": {**rate, "base": base.value, "grace_days": days}}
                yield {"penalty": {**rate, "base": base.value, "grace_days": days, "cap_percent_of_principal": "20"}}


def catalogue_of(content: Mapping[str, Any]) -> tuple[Product, Products]:
    product = check(Product, {**PERSONAL, **content}, CONFIG / "products" / "personal.toml")
    return product, Products([product], SteppedClock(NOON), load_lender(CONFIG))


def paper_of(content: Mapping[str, Any]) -> ContractPaper:
    product, products = catalogue_of(content)
    terms = products.terms(product, yuan("5000"), product.term.choices[0], product.methods[0], TODAY)
    return paper_with(terms, products.policy(product))


def paper_with(terms: Terms, policy: Policy) -> ContractPaper:
    facts = quote(terms)
    sample = contract_paper()
    return ContractPaper(
        **{name: getattr(sample, name) for name in UNTOUCHED},
        principal=terms.principal,
        term=terms.installments,
        method=Label("terms.method_equal_installment"),
        terms=terms,
        policy=policy,
        late_cost=late_cost(terms, policy, facts.rows),
        fees=fees_of(terms, {}),
        net_payout=facts.net_disbursed,
        cost_of_credit=facts.cost_of_credit,
        total_to_repay=facts.totals.total,
        rows=[
            PaperRow(row.n, row.due_on, row.principal, row.interest, row.fees, row.total, row.balance)
            for row in facts.rows
        ],
    )


UNTOUCHED = (
    "reference",
    "issued_on",
    "lender",
    "borrower_name",
    "borrower_id_masked",
    "borrower_phone_masked",
    "payout_account_masked",
    "product",
    "purpose",
    "annual_rate",
    "apr",
    "template_version",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_a_product_file_can_say_has_words(language: str) -> None:
    for content in product_files():
        paper = paper_of(content)
        spoken = " ".join(clause_text(paper, name, language) for name in ("rate", "repayment", "fees", "early", "late"))
        assert "{" not in spoken + key_facts(paper, language)


def test_a_new_key_of_fee_or_penalty_asks_for_words() -> None:
    assert set(ProductPenalty.model_fields) == {
        "annual_rate",
        "multiple_of_rate",
        "base",
        "grace_days",
        "cap_percent_of_principal",
    }
    assert set(ProductFee.model_fields) == {"code", "name", "amount", "percent_of_principal", "when"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_a_stored_policy_can_say_has_words_or_is_refused(language: str) -> None:
    for allocate_by in AllocateBy:
        for prepayment in Prepayment:
            for interest_to in InterestTo:
                paper = contract_paper(
                    policy={
                        "allocate_by": allocate_by.value,
                        "prepayment": prepayment.value,
                        "payoff": {"interest_to": interest_to.value, "fee_percent_of_principal": "1"},
                    }
                )
                assert "{" not in clause_text(paper, "repayment", language) + clause_text(paper, "early", language)


class StricterProducts(Products):
    """A catalogue whose loans would round penalty by the day."""

    def policy(self, product: Product) -> Policy:
        return Policy.from_json(penalty(round="day"), product.currency)


def test_a_product_whose_contract_has_no_words_is_refused_at_start() -> None:
    product, products = catalogue_of({})
    check_contracts(CONFIG, products, TODAY)
    stricter = StricterProducts([product], SteppedClock(NOON), load_lender(CONFIG))
    with pytest.raises(ConfigurationError, match=r"products: personal\.penalty\.round: expected a condition that"):
        check_contracts(CONFIG, stricter, TODAY)
