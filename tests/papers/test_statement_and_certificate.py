from dataclasses import replace

import pytest

from bot.papers.typst_papers import TypstPapers
from tests.papers.reading import squeezed, text_of
from tests.papers.samples import certificate_paper, paper_rows, statement_paper

LANGUAGES = ("zh_Hans", "en")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_statement_shows_every_movement_and_installment(papers: TypstPapers, language: str) -> None:
    paper = statement_paper()
    text = text_of(await papers.statement(paper, language))
    for figure in ("¥4,210.55", "¥870.84", "¥5,000.00"):
        assert figure in text
    for line in paper.lines:
        assert f"{line.amount.amount:,}" in text
        assert f"{line.outstanding_after.amount:,}" in text
    for row in paper.rows:
        assert f"{row.total.amount:,}" in text
    assert "5,157.50" in text


async def test_a_statement_words_the_standing_of_each_installment(papers: TypstPapers) -> None:
    text = text_of(await papers.statement(statement_paper(), "zh_Hans"))
    assert text.count("已还") == 1
    assert text.count("逾期") == 1
    assert text.count("未到期") == 4


async def test_an_installment_due_on_the_day_is_not_called_overdue(papers: TypstPapers) -> None:
    paper = statement_paper()
    text = text_of(await papers.statement(replace(paper, as_of=paper.rows[1].due_on), "en"))
    assert "Due today" in text
    assert "Overdue" not in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_statement_without_movements_is_still_a_statement(papers: TypstPapers, language: str) -> None:
    empty = replace(statement_paper(), lines=(), rows=())
    assert "L-4T8W2X" in text_of(await papers.statement(empty, language))


async def test_a_long_statement_runs_over_pages(papers: TypstPapers) -> None:
    paper = statement_paper()
    text = text_of(
        await papers.statement(replace(paper, lines=list(paper.lines) * 60, rows=paper_rows(9000, 90)), "en")
    )
    assert "Page 4 of" in text


async def test_a_certificate_says_that_nothing_is_owed(papers: TypstPapers) -> None:
    text = text_of(await papers.certificate(certificate_paper(), "zh_Hans"))
    for words in ("结清证明", "王小明", "2027年6月5日", "¥5,157.50", "债权债务关系终止", "特此证明", "C-7K2M9Q"):
        assert squeezed(words) in squeezed(text)


async def test_a_certificate_reads_well_in_english(papers: TypstPapers) -> None:
    text = squeezed(text_of(await papers.certificate(certificate_paper(), "en")))
    assert squeezed("settled the loan in full on 5 June 2027") in text
    assert squeezed("Nothing is owed under that contract any more") in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_both_give_the_same_bytes_again(papers: TypstPapers, language: str) -> None:
    assert await papers.statement(statement_paper(), language) == await papers.statement(statement_paper(), language)
    first = await papers.certificate(certificate_paper(), language)
    assert await papers.certificate(certificate_paper(), language) == first


async def test_a_name_with_marks_of_the_typesetter_stands_literally(papers: TypstPapers) -> None:
    name = "#let$*_x_*<b>&@y"
    for pdf in (
        await papers.statement(replace(statement_paper(), borrower_name=name), "en"),
        await papers.certificate(replace(certificate_paper(), borrower_name=name), "en"),
    ):
        assert name in squeezed(text_of(pdf))
