"""The contract of a revolving line says what a limit is, what a day costs, and what a draw is."""

from typing import Any

import pytest

from bot.papers.contract_conditions import require_wording
from bot.papers.typst_papers import TypstPapers
from services.clock import SteppedClock
from services.configuration.lender import load_lender
from services.configuration.product_definitions import Product
from services.configuration.products import Products
from services.configuration.reading import check, read_toml
from services.engine.policy import Policy
from services.engine.terms import Terms
from services.gateways import ContractPaper, PaperRow
from services.models import ApplicationRow, OfferRow
from services.origination.offer_views import view_offer
from tests.papers.reading import clause_text, key_facts, squeezed, text_of
from tests.papers.samples import LENDER, NOON, PURPOSE, yuan
from tests.papers.test_contract_conditions import CONFIG, TODAY

LINE: dict[str, Any] = read_toml(CONFIG / "products" / "line.toml")
FEES = [
    ({"amount": "5"}, "draw fee ¥5.00 for each draw", "提款手续费 每次提款 ¥5.00"),
    ({"percent_of_draw": "0.5"}, "draw fee 0.5% of each draw", "提款手续费 提款金额的 0.5%"),
]


def paper_of_line(**revolving: object) -> ContractPaper:
    """Of a limit of 20,000 for a year, 5,000 of it drawn at once."""
    content = LINE | {"revolving": LINE["revolving"] | revolving}
    product = check(Product, content, CONFIG / "products" / "line.toml")
    products = Products([product], SteppedClock(NOON), load_lender(CONFIG))
    terms = products.terms(product, yuan("20000"), 12, "revolving", TODAY)
    policy = products.policy(product)
    application = ApplicationRow(id=1, reference="A1", amount_minor=20_000_00, first_draw_minor=5_000_00, term=12)
    offer = OfferRow(
        id=1,
        reference="F1",
        borrower_id=1,
        status="open",
        terms=terms.to_json(),
        policy=policy.to_json(),
        product_code="line",
        made_at=NOON,
        expires_at=NOON,
    )
    facts = view_offer(offer, application, product, None)
    return ContractPaper(
        reference="C-LINE",
        issued_on=TODAY,
        lender=LENDER,
        borrower_name="王小明",
        borrower_id_masked="3301**********1234",
        borrower_phone_masked="138****5678",
        payout_account_masked="**** 4021",
        product=product.name,
        purpose=PURPOSE,
        principal=facts.amount,
        term=facts.term,
        method=facts.method_label,
        annual_rate=facts.annual_rate,
        apr=facts.apr,
        terms=Terms.from_json(offer.terms),
        policy=Policy.from_json(offer.policy, "CNY"),
        late_cost=facts.late_cost,
        fees=facts.fees,
        net_payout=facts.net_payout,
        cost_of_credit=facts.total_cost,
        total_to_repay=facts.total_to_repay,
        rows=tuple(
            PaperRow(row.number, row.due_on, row.principal, row.interest, row.fees, row.total, row.balance)
            for row in facts.rows
        ),
        template_version="2026-02",
        line=facts.line,
    )


def test_the_clause_on_the_loan_grants_a_limit_that_can_be_used_again() -> None:
    paper = paper_of_line()
    text = clause_text(paper, "loan")
    for said in ("more than ¥20,000.00 of principal", "¥500.00 or more each time", "What you repay can be drawn again"):
        assert said in text, said
    chinese = clause_text(paper, "loan", "zh_Hans")
    for said in ("本金合计不超过¥20,000.00", "每次不少于 ¥500.00", "末期还款日须还清尚未归还的全部本金"):
        assert said in chinese, said


def test_the_clause_on_the_rate_names_the_day_the_year_and_the_dearest_case() -> None:
    paper = paper_of_line()
    text = clause_text(paper, "rate")
    for said in ("0.03% a day, 10.95% a year", "Only what is drawn bears interest", "11.52%", "¥2,190.00", "÷ 365"):
        assert said in text, said
    chinese = clause_text(paper, "rate", "zh_Hans")
    for said in ("日利率为 0.03%", "折合年利率 10.95%", "只对已提取的本金计息", "利息和费用合计 ¥2,190.00"):
        assert said in chinese, said


def test_the_clause_on_the_payout_says_what_a_draw_is_and_when_none_is_paid_out() -> None:
    paper = paper_of_line()
    text = clause_text(paper, "payout")
    for said in ("The first draw is ¥5,000.00", "lent only when it is paid out", "while an amount is overdue"):
        assert said in text, said
    assert "已提取的借款不因此提前到期" in clause_text(paper, "payout", "zh_Hans")


def test_the_clauses_on_repaying_say_that_any_amount_on_any_day_frees_the_limit() -> None:
    paper = paper_of_line()
    assert "You may repay any amount on any day" in clause_text(paper, "repayment")
    assert "可以在任何一天归还任意金额" in clause_text(paper, "repayment", "zh_Hans")
    assert "makes as much of the limit available again" in clause_text(paper, "early")
    assert "额度相应恢复" in clause_text(paper, "early", "zh_Hans")
    assert "no fees" in clause_text(paper, "fees")


def test_the_key_facts_name_the_limit_and_what_it_costs_a_day() -> None:
    facts = key_facts(paper_of_line())
    assert "0.03% a day on what is drawn, 10.95% a year" in facts
    assert "With all ¥20,000.00 drawn: ¥6.00 a day, ¥2,190.00 to the end" in facts
    assert "20,000.00 全部用满：每天 ¥6.00" in key_facts(paper_of_line(), "zh_Hans")


@pytest.mark.parametrize(("measure", "said", "said_in_chinese"), FEES)
def test_a_fee_for_each_draw_stands_among_the_fees(measure: dict[str, str], said: str, said_in_chinese: str) -> None:
    paper = paper_of_line(draw_fee={"name": {"en": "draw fee", "zh_Hans": "提款手续费"}, **measure})
    require_wording(paper.terms, paper.policy)
    for text in (clause_text(paper, "fees"), key_facts(paper)):
        assert said in text
    assert said_in_chinese in clause_text(paper, "fees", "zh_Hans")
    assert "each further draw bears its fee besides" in clause_text(paper, "rate")
    assert "最高成本" not in clause_text(paper, "rate", "zh_Hans")


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
async def test_the_paper_is_pressed_with_limit_first_draw_and_an_example(papers: TypstPapers, language: str) -> None:
    text = squeezed(text_of(await papers.contract(paper_of_line(), language)))
    example = {"en": "Anexample:thewholelimitisdrawn", "zh_Hans": "举例：假定"}
    for said in ("20,000.00", "5,000.00", "22,190.00", example[language]):
        assert said in text, said
