import asyncio
import hashlib
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.papers.contract_clauses import CLAUSES, Conduct
from bot.papers.press import Press
from bot.papers.typst_papers import TypstPapers
from bot.papers.wording import PaperWords, printable
from services.configuration.lender import load_lender
from services.gateways import PaperRow
from services.money import Money
from tests.papers.reading import clause_text, pages_of, squeezed, text_of
from tests.papers.samples import NOON, SIGNATURE, catalogues, contract_paper, yuan

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("zh_Hans", "en")


async def test_the_key_facts_stand_on_the_first_page(papers: TypstPapers) -> None:
    first = pages_of(await papers.contract(contract_paper(fee="100"), "zh_Hans"))[0]
    for fact in (
        "重要事项",
        "¥5,000.00",
        "¥4,900.00",
        "11.35%",
        "¥5,157.50",
        "10.8%",
        "服务费 ¥100.00",
        "随时可以提前还",
    ):
        assert fact in first
    assert first.index("重要事项") < first.index("第一条")


async def test_the_principal_stands_in_financial_characters_in_chinese_only(papers: TypstPapers) -> None:
    assert "人民币伍仟元整" in text_of(await papers.contract(contract_paper(), "zh_Hans"))
    assert "伍仟" not in text_of(await papers.contract(contract_paper(), "en"))


async def test_a_principal_in_another_currency_has_no_yuan_words(papers: TypstPapers) -> None:
    paper = contract_paper()
    shillings = Money.of("5000", "KES")
    text = text_of(await papers.contract(replace(paper, principal=shillings, net_payout=shillings), "zh_Hans"))
    assert "人民币伍仟" not in text
    assert "5,000.00" in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_clause_is_there_and_numbered(papers: TypstPapers, language: str) -> None:
    text = squeezed(text_of(await papers.contract(contract_paper(), language)))
    words = PaperWords(catalogues().translator(language))
    for number, clause in enumerate(CLAUSES, start=1):
        assert squeezed(words.say(f"contract.{clause.name}_title")) in text
        assert f"{number}.1" in text
    assert "第十六条" in text or language == "en"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_schedule_stands_in_full_with_totals_that_add_up(papers: TypstPapers, language: str) -> None:
    paper = contract_paper(fee="12", term=24, principal=20000)
    paper = replace(paper, rows=[replace(row, fees=yuan("2"), total=row.total + yuan("2")) for row in paper.rows])
    text = text_of(await papers.contract(paper, language))
    for row in paper.rows:
        for figure in (row.principal, row.interest, row.total, row.balance):
            assert f"{figure.amount:,}" in text
    for column in ("principal", "interest", "fees", "total"):
        total: Decimal = sum((getattr(row, column).amount for row in paper.rows), Decimal(0))
        assert f"{total:,}" in text


@pytest.mark.parametrize("term", [1, 12, 36, 37, 41, 60, 68, 69, 70, 120])
async def test_the_total_row_never_stands_alone_on_a_page(papers: TypstPapers, term: int) -> None:
    pages = pages_of(await papers.contract(contract_paper(term=term, principal=60000), "en"))
    with_total = next(page for page in pages if "Total" in page.split())
    total_line = [line.split()[0] for line in with_total.splitlines() if line.strip()].index("Total")
    assert with_total.splitlines()[total_line - 1].split()[0] == str(term)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_names_contract_template_and_page_number(papers: TypstPapers, language: str) -> None:
    pages = pages_of(await papers.contract(contract_paper(), language))
    for number, page in enumerate(pages, start=1):
        assert "C-7K2M9Q" in page
        assert "2026-02" in page
        expected = f"第 {number} 页，共 {len(pages)} 页" if language == "zh_Hans" else f"Page {number} of {len(pages)}"
        assert squeezed(expected) in squeezed(page)


@pytest.mark.parametrize("name", ["#王*小_明$ @x <b> [y] \\z", "=Li `wei` ~ //", '#read("house.typ")', "A & B {fee}"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_name_with_marks_of_the_typesetter_stands_literally(
    papers: TypstPapers, language: str, name: str
) -> None:
    paper = contract_paper(borrower=name)
    for pdf in (await papers.contract(paper, language), await papers.signed_contract(paper, SIGNATURE, language)):
        assert squeezed(name) in squeezed(text_of(pdf))


def test_invisible_and_direction_turning_characters_are_taken_out_of_a_name() -> None:
    assert printable("王\u202e小\n明\ud800\x00") == "王小 明"


async def test_the_same_contract_gives_the_same_bytes_whenever_it_is_printed(papers: TypstPapers, press: Press) -> None:
    first = await papers.contract(contract_paper(), "zh_Hans")
    years_later = TypstPapers(catalogues(NOON + timedelta(days=900)), press)
    await years_later.contract(contract_paper(borrower="somebody else"), "en")
    assert await years_later.contract(contract_paper(), "zh_Hans") == first


async def test_another_process_gives_the_same_bytes(papers: TypstPapers) -> None:
    program = (
        "import asyncio, hashlib\n"
        "from bot.papers.press import Press\nfrom bot.papers.typst_papers import TypstPapers\n"
        "from tests.papers.samples import SIGNATURE, catalogues, contract_paper\n"
        "papers = TypstPapers(catalogues(), Press())\n"
        "pdf = asyncio.run(papers.signed_contract(contract_paper(), SIGNATURE, 'zh_Hans'))\n"
        "print(hashlib.sha256(pdf).hexdigest())"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    here = await papers.signed_contract(contract_paper(), SIGNATURE, "zh_Hans")
    assert said.decode().strip() == hashlib.sha256(here).hexdigest()


async def test_one_changed_figure_changes_the_fingerprint(papers: TypstPapers) -> None:
    paper = contract_paper()
    changed = replace(paper, apr=replace(paper.apr, value=paper.apr.value + Decimal("0.01")))
    assert await papers.contract(paper, "en") != await papers.contract(changed, "en")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_signed_copy_adds_one_page_that_says_when_and_how(papers: TypstPapers, language: str) -> None:
    unsigned = pages_of(await papers.contract(contract_paper(), language))
    signed = pages_of(await papers.signed_contract(contract_paper(), SIGNATURE, language))
    assert len(signed) == len(unsigned) + 1
    page = squeezed(signed[-1])
    assert SIGNATURE.contract_sha256 in page
    assert "14:21:09" in page
    assert "UTC+08:00" in page
    assert "*****4821" in page
    assert ("验证码" if language == "zh_Hans" else "one-timecode") in page


async def test_the_signing_time_is_told_in_the_borrowers_zone(papers: TypstPapers) -> None:
    evening = replace(SIGNATURE, signed_at=datetime(2026, 12, 5, 20, 0, 5, tzinfo=UTC), time_zone="Africa/Nairobi")
    page = pages_of(await papers.signed_contract(contract_paper(), evening, "en"))[-1]
    assert "5 December 2026, 23:00:05 (Africa/Nairobi, UTC+03:00)" in page


def test_the_lenders_configuration_gives_its_promises() -> None:
    lender = load_lender(ROOT / "config")
    assert Conduct.of(lender) == Conduct(time(8), time(22), lender.answer_within_days)


def test_contact_hours_and_answer_time_are_the_lenders() -> None:
    conduct = Conduct(contact_opens=time(9), contact_closes=time(20, 30), answer_within_days=7)
    assert "09:00 and 20:30" in clause_text(contract_paper(), "collection", conduct=conduct)
    assert "within 7 days" in clause_text(contract_paper(), "disputes", conduct=conduct)


async def test_a_single_installment_reads_well(papers: TypstPapers) -> None:
    text = text_of(await papers.contract(contract_paper(term=1), "en"))
    assert "1 installment of ¥5,045.00" in text
    assert "1 installments" not in text


async def test_a_contract_without_installments_is_refused(papers: TypstPapers) -> None:
    with pytest.raises(ValueError, match="without installments"):
        await papers.contract(replace(contract_paper(), rows=()), "en")


async def test_the_longest_schedule_fits(papers: TypstPapers) -> None:
    row = PaperRow(1, date(2027, 1, 5), yuan("100"), yuan("1"), yuan("0"), yuan("101"), yuan("0"))
    rows = [replace(row, number=number) for number in range(1, 361)]
    pages = pages_of(await papers.contract(replace(contract_paper(), rows=rows), "en"))
    assert len(pages) > 8
    assert "36,000.00" in "".join(pages)
