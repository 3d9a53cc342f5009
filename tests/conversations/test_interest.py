"""What borrowers are told about how their interest comes about."""

from collections.abc import Sequence
from datetime import date

import pytest

from services.lending.interest_views import InterestView
from services.money import Money
from services.repayment.payment_views import Aim
from tests.conversations.debtors import Debtor, cny, debtor, paid_out, pay
from tests.conversations.test_offer import written
from tests.conversations.town import Town


async def explained(town: Town, owing: Debtor, installment: int | None = None) -> InterestView:
    return await town.services.loans.interest(owing.borrower_id, owing.loan_id, installment)


def amounts_on(card: str) -> Sequence[Money]:
    """The figures behind the arrows."""
    return [cny(line.split("→ ¥")[1].replace(",", "")) for line in card.splitlines() if "→" in line]


async def test_the_command_explains_the_next_installment(town: Town) -> None:
    owing = await debtor(town)
    await owing.person.say("/interest")
    card = (await owing.person.expect("How your interest is computed"))["text"]
    assert f"Loan {owing.loan.reference}\nInstallment 1 of 6, due Thu 2 Apr" in card
    assert "2 Mar – 2 Apr · 31 days\n    ¥5,000.00 at 10.8% → ¥45.00\n\nInterest: ¥45.00" in card
    assert "Rates are for a year. Each month counts as one twelfth of it" in card
    assert "rounded" not in card
    assert await owing.person.buttons() == ["Later ▶", "Back", "Menu"]


async def test_it_is_told_in_chinese(town: Town) -> None:
    owing = await debtor(town, "zh_Hans")
    await owing.person.say("利息怎么算")
    card = (await owing.person.expect("分段计息明细"))["text"]
    assert f"贷款 {owing.loan.reference}\n第 1 期，共 6 期，4月2日 周四 应还" in card
    assert "3月2日–4月2日 · 31 天\n    ¥5,000.00 按 10.8% → ¥45.00\n\n本期利息：¥45.00" in card
    assert "利率均为年利率，每个月按一年的十二分之一计算，不满一个月的按天数折算。" in card


async def test_what_has_run_up_by_today_is_told_within_a_period(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=10)
    await owing.person.say("/interest")
    accrued = (await explained(town, owing)).accrued
    assert accrued is not None
    assert f"Up to today: {written(accrued)}" in (await owing.person.expect("Up to today"))["text"]


async def test_pages_turn_by_button_by_word_and_by_number(town: Town) -> None:
    owing = await debtor(town)
    await owing.person.say("/interest")
    await owing.person.expect("Installment 1 of 6")
    await owing.person.press("Later ▶")
    card = (await owing.person.expect("Installment 2 of 6"))["text"]
    assert written((await owing.now(town)).rows[1].interest) in card
    assert await owing.person.buttons() == ["◀ Earlier", "Later ▶", "Back", "Menu"]
    await owing.person.say("６")
    await owing.person.expect("Installment 6 of 6")
    assert await owing.person.buttons() == ["◀ Earlier", "Back", "Menu"]
    await owing.person.say("earlier")
    await owing.person.expect("Installment 5 of 6")
    await owing.person.say("later")
    await owing.person.expect("Installment 6 of 6")
    await owing.person.say("later")
    await owing.person.expect("Installment 6 of 6")
    await owing.person.say("why so much")
    await owing.person.expect("Installment 6 of 6")


async def test_money_paid_early_cuts_the_period_and_the_lines_add_up(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=10)
    await pay(town, owing, Aim.EARLY, cny("1500"))
    await owing.person.say("/interest")
    card = (await owing.person.expect("12 Mar – 2 Apr · 21 days"))["text"]
    lines = amounts_on(card)
    assert len(lines) == 2
    total = Money.total(lines, "CNY")
    assert f"Interest: {written(total)}" in card
    assert total == (await owing.now(town)).rows[0].interest
    assert "The whole is rounded once, to the nearest ¥0.01." in card


async def test_penalty_is_explained_where_somebody_is_late(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=41)
    await pay(town, owing, Aim.OTHER, cny("300"))
    await town.pass_time(days=5)
    await owing.person.say("/interest")
    card = (await owing.person.expect("Penalty for paying late"))["text"]
    penalty = (await explained(town, owing)).penalty
    assert penalty is not None
    lines = amounts_on(card)[1:]
    assert lines == [line.amount for line in penalty.lines]
    assert len(lines) == 2
    assert f"Penalty: {written(Money.total(lines, 'CNY'))}" in card
    assert "at 16.2% → " in card


@pytest.mark.parametrize(("opened", "again"), [("/loans", "What you still owe"), ("/repay", "How much")])
async def test_the_way_leads_there_and_back(town: Town, opened: str, again: str) -> None:
    owing = await debtor(town)
    await owing.person.say(opened)
    await owing.person.expect(again)
    await owing.person.press("Interest explained")
    await owing.person.expect("Installment 1 of 6")
    await owing.person.press("Back")
    await owing.person.expect(again)


async def test_it_is_reached_from_the_plan_and_from_a_payment(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=31)
    await owing.person.say("/loans")
    await owing.person.expect("Due today")
    await owing.person.press("Repayment plan")
    await owing.person.expect("1 to 6 of 6")
    await owing.person.press("Interest explained")
    await owing.person.expect("Installment 1 of 6")
    await owing.person.press("Back")
    await owing.person.expect("1 to 6 of 6")
    await owing.person.say("/repay")
    await owing.person.expect("How much")
    await owing.person.say("500")
    await owing.person.expect("It settles:")
    await owing.person.press("Interest explained")
    await owing.person.expect("Installment 1 of 6")
    await owing.person.press("Back")
    await owing.person.expect("It settles:")


async def test_one_of_several_loans_is_chosen_by_button_or_reference(town: Town) -> None:
    owing = await debtor(town)
    second = await paid_out(town, owing.person, amount="3000")
    await owing.person.say("/interest")
    await owing.person.expect("For which loan?")
    await owing.person.press(second.loan.reference)
    await owing.person.expect(f"Loan {second.loan.reference}")
    await owing.person.say("/interest")
    await owing.person.expect("For which loan?")
    await owing.person.say("the small one")
    await owing.person.expect("For which loan?")
    await owing.person.say(owing.loan.reference)
    await owing.person.expect(f"Loan {owing.loan.reference}\nInstallment 1")


async def test_somebody_without_a_loan_is_told_so(town: Town) -> None:
    person = await town.borrower("en")
    await person.say("/interest")
    await person.expect("You have no loan with us yet, so there is no interest to explain.")
    assert await person.buttons() == ["Apply for a loan", "Menu"]


async def test_a_settled_loan_keeps_its_explanation(town: Town) -> None:
    owing = await debtor(town)
    await town.pass_time(days=10)
    await pay(town, owing, Aim.PAYOFF)
    await owing.person.say("/interest")
    card = (await owing.person.expect("2 Mar – 12 Mar · 10 days"))["text"]
    assert f"Interest: {written((await owing.now(town)).rows[0].interest)}" in card


async def test_a_forged_button_opens_nobody_elses_loan(town: Town) -> None:
    owing, other = await debtor(town), await debtor(town)
    await owing.person.say("/interest")
    card = await owing.person.expect("Installment 1 of 6")
    for data in (f"interest:page:{other.loan_id}:1", f"interest:loan:{other.loan_id}:card", "interest:loan:x"):
        await owing.person.press_data(card["id"], data)
        await town.settled()
        assert other.loan.reference not in owing.person.last()["text"]


async def test_a_button_of_an_installment_that_is_gone_shows_the_current_one(town: Town) -> None:
    owing = await debtor(town)
    await owing.person.say("/interest")
    await owing.person.expect("Installment 1 of 6")
    await owing.person.press("Later ▶")
    card = await owing.person.expect("Installment 2 of 6")
    await owing.person.press_data(card["id"], f"interest:page:{owing.loan_id}:600")
    await owing.person.expect("Installment 1 of 6")


def test_a_span_carries_the_year_of_a_day_in_another_year(town: Town) -> None:
    """The town lives in 2026."""
    english, chinese = (town.process.catalogues.translator(language) for language in ("en", "zh_Hans"))
    assert english.span(date(2026, 12, 5), date(2027, 1, 5)) == "5 Dec – 5 Jan 2027"
    assert chinese.span(date(2026, 12, 5), date(2027, 1, 5)) == "12月5日–2027年1月5日"
