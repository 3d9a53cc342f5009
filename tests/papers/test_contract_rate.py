"""What the contract says of a rate that follows a reference rate."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.papers.contract_clauses import Conduct
from bot.papers.contract_conditions import NoWording, require_wording
from bot.papers.contract_content import contract_content
from bot.papers.typst_papers import TypstPapers
from services.engine.conditions import RateSettlement
from services.engine.policy import Policy
from services.gateways import ContractPaper, StatementLine
from services.lending.rate_link import Repricing
from services.wording import Label, Percent
from tests.papers.reading import clause_text, key_facts, squeezed, text_of, words_in
from tests.papers.samples import contract_paper, statement_paper, yuan
from tests.services.floating import link

LANGUAGES = ("zh_Hans", "en")


def floating(repriced: Repricing | None = Repricing.NEW_YEAR, **formula: str) -> ContractPaper:
    return replace(contract_paper(), annual_rate=Percent(Decimal(9)), rate_link=link(repriced, **formula))


def settled(paper: ContractPaper, settlement: RateSettlement) -> ContractPaper:
    return replace(paper, terms=paper.terms.changed(rate_settlement=settlement))


def test_the_clause_states_formula_day_settlement_limits_and_notice() -> None:
    clause = clause_text(floating(floor="5"), "rate")
    for said in (
        "The interest rate is floating. It is one-year LPR + 6 percentage points",
        "the one-year LPR was 3%, and the interest rate is 9% a year",
        "The rate is set again on 1 January of each year, by the one-year LPR in force on that day.",
        "each rate counts for its own days",
        "The rate never falls below 5% a year.",
        "We tell you of each change in this chat",
    ):
        assert said in clause
    assert "stays fixed" not in clause


def test_it_is_stated_in_chinese_too() -> None:
    clause = clause_text(floating(floor="5"), "rate", "zh_Hans")
    for said in (
        "本借款执行浮动利率，年利率为 一年期LPR加 6 个百分点（单利）",
        "利率每年1月1日按当日有效的一年期LPR重新确定",
        "分段计息",
        "年利率最低为 5%",
    ):
        assert said in clause
    assert "固定不变" not in clause


def test_a_plain_rate_keeps_its_words() -> None:
    assert "stays fixed for the whole term" in clause_text(contract_paper(), "rate")
    assert "fixed for the whole term" in key_facts(contract_paper())
    assert "We cannot raise the rate or add fees on our own." in clause_text(contract_paper(), "ending")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("settlement", [RateSettlement.SEGMENTED, RateSettlement.CURRENT])
@pytest.mark.parametrize("repriced", list(Repricing))
@pytest.mark.parametrize("margin", ["6", "0", "-0.5"])
def test_every_formula_has_words(language: str, settlement: RateSettlement, repriced: Repricing, margin: str) -> None:
    paper = settled(floating(repriced, margin=margin), settlement)
    require_wording(paper.terms, paper.policy, paper.rate_link)
    texts = [clause_text(paper, "rate", language), key_facts(paper, language), clause_text(paper, "ending", language)]
    assert all(text and "…" not in text and "{" not in text for text in texts)


def test_a_rate_at_the_due_date_reads_otherwise_than_a_segmented_one() -> None:
    clause = clause_text(settled(floating(), RateSettlement.CURRENT), "rate")
    assert "at the rate in force on its due date, for all of its days" in clause
    assert "for its own days" not in clause


def test_a_rate_set_once_names_its_formula_and_stays() -> None:
    paper = settled(floating(None), RateSettlement.CONTRACT)
    clause = clause_text(paper, "rate")
    assert "stays fixed for the whole term" in clause
    assert "It was set by a formula, one-year LPR + 6 percentage points" in clause
    assert "fixed for the whole term" in key_facts(paper)


def test_a_margin_below_the_reference_rate_is_taken_off() -> None:
    assert "one-year LPR − 0.5 percentage points" in clause_text(floating(margin="-0.5"), "rate")


def test_penalty_follows_only_where_it_is_a_multiple_of_the_rate() -> None:
    multiple = Policy.from_json({"penalty": {"multiple_of_rate": "1.5"}}, "CNY")
    own = Policy.from_json({"penalty": {"annual_rate": "18"}}, "CNY")
    followed = clause_text(replace(floating(), policy=multiple), "rate")
    assert "The rate of penalty interest is 1.5 times the interest rate and changes with it." in followed
    assert "penalty" not in clause_text(replace(floating(), policy=own), "rate")


def test_the_key_facts_say_that_the_installments_change() -> None:
    assert "9% a year at present, floating: one-year LPR + 6 percentage points." in key_facts(floating())
    assert "the installments change with it" in key_facts(floating())


def test_the_plan_of_the_annex_says_for_which_rate_it_holds() -> None:
    content = contract_content(words_in("en"), floating(), Conduct(), None)
    assert "at the interest rate of 9% a year as long as it holds" in str(content["annex"])


def test_a_settlement_that_no_formula_explains_has_no_words() -> None:
    paper = settled(contract_paper(), RateSettlement.CURRENT)
    with pytest.raises(NoWording, match="rate_settlement"):
        require_wording(paper.terms, paper.policy)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_paper_is_set_with_the_formula(papers: TypstPapers, language: str) -> None:
    text = squeezed(text_of(await papers.contract(floating(), language)))
    assert squeezed("one-year LPR + 6 percentage points" if language == "en" else "一年期LPR加 6 个百分点") in text


async def test_a_statement_names_the_new_rate_beside_the_change(papers: TypstPapers) -> None:
    nil = yuan("0")
    paper = statement_paper()
    line = StatementLine(
        on=paper.as_of,
        what=Label("terms.event_rate_change"),
        amount=nil,
        principal=nil,
        interest=nil,
        fees=nil,
        penalty=nil,
        outstanding_after=paper.outstanding,
        rate=Percent(Decimal("8.8")),
    )
    text = squeezed(text_of(await papers.statement(replace(paper, lines=[*paper.lines, line]), "en")))
    assert squeezed("Rate change: 8.8%") in text
