"""A loan whose rate follows the LPR, as its borrower meets it: before signing, on the day it changes, and after."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from demo import CONFIG
from services.money import Money
from services.repayment.payment_views import Aim
from tests.conversations.debtors import Debtor, approved, cny, debtor, pay
from tests.conversations.test_interest import amounts_on
from tests.conversations.test_offer import written
from tests.conversations.town import Town

NEW_RATE = '    { since = 2026-03-20, percent = "3.20" },\n]'
ASKED = {"product": "business", "amount": "30000", "term": "12", "income": "20000", "method": "interest_only"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The sample lender, with another LPR from 20 March on and the business loan repriced each quarter."""
    folder = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    rewrite(folder / "rates.toml", r"^\]", NEW_RATE)
    rewrite(folder / "products" / "business.toml", 'repriced = "new_year"', 'repriced = "quarter"')
    return folder


def rewrite(file: Path, pattern: str, instead: str) -> None:
    text, changes = re.subn(pattern, lambda _: instead, file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert changes == 1, pattern
    file.write_text(text, encoding="utf-8")


@pytest.fixture
async def town(tmp_path: Path, migrated: Path, config: Path) -> AsyncIterator[Town]:
    shutil.copy(migrated, tmp_path / "loanline.db")
    async with AsyncExitStack() as stack:
        here = Town(tmp_path, stack, config=config)
        await here.open()
        yield here
        await here.settled()
        assert here.errors == []


async def repriced(town: Town, language: str = "en") -> Debtor:
    """30,000 from 2 March, interest only, on the morning of 1 April."""
    owing = await debtor(town, language, **ASKED)
    await town.pass_time(days=30)
    return owing


async def test_products_and_calculator_say_that_the_rate_floats(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/products")
    listed = (await tom.expect("Our loans"))["text"]
    assert "Business loan: ¥5,000.00 to ¥500,000.00, 9% a year at present (floating)" in listed
    assert "Personal loan: ¥1,000.00 to ¥200,000.00, 10.8% a year\n" in listed
    await tom.press("Business loan")
    card = (await tom.expect("For stock, turnover"))["text"]
    assert "The rate is floating: one-year LPR + 6 percentage points. It is set again on the first day of each" in card
    await tom.press("What would it cost?")
    for answer in ("30000", "12"):
        await tom.say(answer)
        await town.settled()
    await tom.press("Interest first")
    await tom.expect("Reckoned at today's rate, 9% a year. The rate is floating: one-year LPR + 6")


async def test_a_plain_rate_says_nothing_of_it(town: Town) -> None:
    owing = await debtor(town)
    await owing.person.say("/loans")
    card = (await owing.person.expect("You borrowed"))["text"]
    assert "loating" not in card


async def test_the_key_facts_say_how_the_rate_may_change(town: Town) -> None:
    for language, said in (
        ("en", "The rate may change: it is one-year LPR + 6 percentage points, which is at 3% now."),
        ("zh_Hans", "利率可能变化：按一年期LPR加 6 个百分点确定，目前基准为 3%；每季度首日重新确定"),
    ):
        person = await town.borrower(language)
        await approved(town, person, **ASKED)
        await person.say("/offer")
        card = (await person.expect("¥30,000.00"))["text"]
        assert said in card


async def test_the_card_shows_the_rate_of_the_day_and_when_it_is_set_again(town: Town) -> None:
    owing = await debtor(town, **ASKED)
    for rate, since, coming in (("9%", "Mon 2 Mar", "Wed 1 Apr"), ("9.2%", "Wed 1 Apr", "Wed 1 Jul")):
        await owing.person.say("/loans")
        card = (await owing.person.expect(f"Interest rate now: {rate} a year, since {since}"))["text"]
        assert "Floating: one-year LPR + 6 percentage points" in card
        assert f"The rate is next set on {coming}." in card
        await town.pass_time(days=30)


async def test_the_borrower_is_told_on_the_day_with_the_new_plan(town: Town) -> None:
    owing = await repriced(town)
    told = (await owing.person.expect("From Wed 1 Apr your interest rate is 9.2% a year. Before, it was 9%."))["text"]
    rows = (await owing.now(town)).rows
    assert f"Loan {owing.loan.reference} has a floating rate: one-year LPR + 6 percentage points." in told
    assert "Your 12 installments from now on:" in told
    assert f"1. Thu 2 Apr: {written(rows[0].total)}" in told
    assert f"6. Wed 2 Sep: {written(rows[5].total)}" in told
    assert "and so on until Tue 2 Mar 2027" in told
    assert (rows[0].total, rows[1].total) == (cny("225.16"), cny("230.00"))
    await owing.person.press("Interest explained")
    await owing.person.expect("Installment 1 of 12")


async def test_it_is_told_in_chinese(town: Town) -> None:
    owing = await repriced(town, "zh_Hans")
    told = (await owing.person.expect("自4月1日 周三起，您的贷款年利率为 9.2%。之前为 9%。"))["text"]
    assert f"贷款 {owing.loan.reference} 按合同约定执行浮动利率：一年期LPR加 6 个百分点。" in told
    assert "今后 12 期的还款：\n第 1 期，4月2日 周四：¥225.16" in told


async def test_the_interest_of_the_installment_is_explained_with_both_rates(town: Town) -> None:
    owing = await repriced(town)
    await owing.person.say("/interest")
    card = (await owing.person.expect("2 Mar – 1 Apr · 30 days"))["text"]
    assert "¥30,000.00 at 9% → ¥217.74" in card
    assert "1 Apr – 2 Apr · 1 day\n    ¥30,000.00 at 9.2% → ¥7.42" in card
    assert f"Interest: {written(Money.total(amounts_on(card), 'CNY'))}" in card
    assert Money.total(amounts_on(card), "CNY") == (await owing.now(town)).rows[0].interest


async def test_the_statement_calls_it_a_change_of_the_rate(town: Town) -> None:
    owing = await repriced(town)
    paper = await town.services.loans.statement(owing.borrower_id, owing.loan_id)
    english = town.process.catalogues.translator("en")
    assert [english.label(line.what) for line in paper.lines] == ["Payout", "Rate change"]


async def test_nobody_is_told_who_has_paid_all_before_the_news_goes_out(town: Town) -> None:
    owing = await debtor(town, **ASKED)
    await town.pass_time(days=29)
    await pay(town, owing, Aim.PAYOFF)
    await town.pass_time(days=2)
    assert "interest rate is" not in owing.person.last()["text"]


async def test_a_bot_that_was_down_on_the_day_finds_the_change_when_it_is_back(town: Town) -> None:
    owing = await debtor(town, **ASKED)
    await town.settled()
    town.clock.advance(timedelta(days=40))
    await town.restart()
    await town.process.daily_work.run()
    await town.settled()
    await owing.person.expect("From Thu 2 Apr your interest rate is 9.2% a year.")
    assert [row.interest for row in (await owing.now(town)).rows[:2]] == [cny("225.00"), cny("230.00")]
