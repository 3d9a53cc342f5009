"""The signed extension agreement: both plans, the new schedule, who signed it when, and the terms' fingerprint."""

from dataclasses import replace

import pytest

from bot.papers.typst_papers import TypstPapers
from tests.papers.reading import pages_of, squeezed, text_of
from tests.papers.samples import extension_paper, paper_rows

LANGUAGES = ("zh_Hans", "en")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_both_plans_and_every_installment_of_the_new_one_stand_on_it(papers: TypstPapers, language: str) -> None:
    paper = extension_paper()
    text = text_of(await papers.extension(paper, language))
    for plan in (paper.before, paper.after):
        assert f"¥{plan.total.amount:,}" in text
        assert f"¥{plan.interest.amount:,}" in text
        assert f"{plan.annual_rate.value}" in text
    assert "¥77.52" in text
    for row in paper.rows:
        assert f"{row.total.amount:,}" in text


async def test_it_names_contract_loan_parties_and_both_ends(papers: TypstPapers) -> None:
    text = squeezed(text_of(await papers.extension(extension_paper(), "zh_Hans")))
    named = ("展期协议", "王小明", "C-7K2M9Q", "L-4T8W2X", "由2027年6月5日变更为2027年9月5日", "展期不收取任何费用")
    assert all(squeezed(words) in text for words in named)


async def test_it_says_who_signed_when_and_how_and_names_the_fingerprint_of_the_terms(papers: TypstPapers) -> None:
    text = squeezed(text_of(await papers.extension(extension_paper(), "en")))
    assert squeezed("9 December 2026, 10:15:30") in text
    assert "one-timecode" in text
    assert "•••4567" in text
    assert "0123456789abcdef" * 2 in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_plan_that_was_due_has_no_next_installment_and_a_long_one_runs_over_pages(
    papers: TypstPapers, language: str
) -> None:
    over = replace(extension_paper().before, next_due_on=None, next_amount=None)
    pdf = await papers.extension(replace(extension_paper(), before=over, rows=paper_rows(9000, 90)), language)
    assert len(pages_of(pdf)) > 2


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_same_agreement_gives_the_same_bytes(papers: TypstPapers, language: str) -> None:
    assert await papers.extension(extension_paper(), language) == await papers.extension(extension_paper(), language)
