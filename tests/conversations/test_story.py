"""A loan from first hello to settlement certificate, on two phones over real HTTP."""

import re
from decimal import Decimal

from sandbox import Person
from services.desk.handoff_states import HandoffKind
from services.engine.ledger import Account
from services.money import Money
from tests.builders import card_number, id_number
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf

ID_NUMBER, CARD = id_number(serial=31), card_number(31)


async def test_a_loan_from_hello_to_certificate(town: Town) -> None:
    lin = await register_in_chinese(town)
    wang = await town.officer()
    await apply_with_three_refusals(lin)
    await send_papers(lin)
    await town.settled()
    await officer_asks_for_more_and_approves_less(town, lin, wang)
    await read_key_facts_and_sign(town, lin)
    await confirm_payout(town, wang)
    loan_id = await look_at_the_schedule(town, lin)
    await reminders_come_on_the_days(town, lin)
    await pay_the_first_installment(town, lin, loan_id)
    await miss_the_second(town, lin, wang, loan_id)
    await pay_part_then_all(town, lin, loan_id)
    await every_figure_equals_the_ledger(town, lin, loan_id)


async def register_in_chinese(town: Town) -> Person:
    lin = await town.person(town.stage.borrower)
    await lin.start()
    await lin.press("简体中文")
    await lin.press("我同意")
    await lin.press("发送我的手机号")
    await lin.expect("您想办理什么")
    return lin


async def apply_with_three_refusals(lin: Person) -> None:
    await lin.press("申请贷款")
    await lin.press("个人消费贷")
    await lin.expect("借款金额")
    await lin.say("50万")
    await lin.expect("¥200,000.00")
    await lin.say("五千")
    await lin.expect("借款期限")
    await lin.say("7个月")
    await lin.expect("3、6、12和24")
    await lin.press("6个月")
    await lin.press("等额本息")
    await lin.expect("借款用途")
    await lin.press("家庭日用")
    await lin.expect("姓名")
    await lin.say("林美")
    await lin.expect("身份证号")
    await lin.say("110101199003070018")
    await lin.expect("校验码")
    await lin.say(ID_NUMBER)
    await lin.expect("职业")
    await lin.press("上班族")
    await lin.expect("工作单位")
    await lin.say("华联超市")
    await lin.expect("月收入")
    await lin.say("6千")
    await lin.expect("住址")
    await lin.say("上海市浦东新区张杨路500号")
    await lin.expect("收款账户")
    await lin.say(CARD)
    await lin.expect("核对")
    assert ID_NUMBER not in lin.transcript()
    assert CARD not in lin.transcript()
    await lin.press("核对无误")


async def send_papers(lin: Person) -> None:
    await lin.expect("身份证正面")
    await lin.send_photo(jpeg(1))
    await lin.expect("收入证明")
    await lin.send_document(pdf(2, seed=2), "工资单.pdf")
    await lin.expect("2 / 2")
    await lin.press("提交申请")
    await lin.expect("已提交")


async def officer_asks_for_more_and_approves_less(town: Town, lin: Person, wang: Person) -> None:
    desk = town.desk
    await wang.expect("林美", chat=desk)
    await wang.press("接手", chat=desk)
    await wang.press("要求补充", chat=desk)
    prompt = await wang.expect(re.compile("回复"), chat=desk)
    await wang.say("请补充一张近三个月的银行流水。", chat=desk, reply_to=prompt["id"])
    await lin.expect("银行流水")
    await lin.press("补充材料")
    await lin.send_document(pdf(1, seed=5), "流水.pdf")
    await lin.press("发给信贷员")
    await town.settled()
    await wang.mark()
    await wang.press("批准", chat=desk)
    await wang.press("改金额", chat=desk)
    prompt = await wang.expect(re.compile("回复"), chat=desk)
    await wang.say("4千", chat=desk, reply_to=prompt["id"])
    await wang.expect("¥4,000.00", chat=desk)
    await wang.press("确认批准", chat=desk)
    await town.settled()


async def read_key_facts_and_sign(town: Town, lin: Person) -> None:
    await lin.expect("4,000.00")
    await lin.press("查看贷款方案")
    card = await lin.expect("年化")
    for fact in ("¥4,000.00", "11.35%", "687.8"):
        assert fact in card["text"], f"{fact} is missing\n{card['text']}"
    await lin.press("阅读合同")
    contract = await lin.expect_media("document")
    assert (await lin.download(contract)).startswith(b"%PDF")
    await lin.press("签署合同")
    asked = await lin.expect(re.compile(r"\d{6}"))
    code = re.search(r"\b(\d{6})\b", asked["text"])
    assert code is not None
    await lin.say(code.group(1))
    signed = await lin.expect_media("document")
    assert (await lin.download(signed)).startswith(b"%PDF")
    await town.settled()


async def confirm_payout(town: Town, wang: Person) -> None:
    desk = town.desk
    await wang.expect("放款", chat=desk)
    await wang.press("接手", chat=desk)
    await wang.press("确认放款", chat=desk)
    prompt = await wang.expect(re.compile("回复"), chat=desk)
    await wang.say("ICBC-20260302-001", chat=desk, reply_to=prompt["id"])
    await town.settled()


async def look_at_the_schedule(town: Town, lin: Person) -> int:
    await lin.expect("放款")
    await lin.say("/loans")
    await lin.press("计划图片")
    await lin.expect_media("photo")
    loans = await town.services.loans.list(await town.borrower_id(lin))
    return loans[0].id


async def reminders_come_on_the_days(town: Town, lin: Person) -> None:
    """Disbursed on 2 March, first due on 2 April: reminders on 26 and 30 March, 1 and 2 April."""
    for first_words, gone_by in (("还有 7 天", 24), ("再过 3 天", 4), ("明天", 2), ("今天", 1)):
        await lin.mark()
        await town.pass_time(days=gone_by)
        reminder = await lin.expect("¥687.82")
        assert first_words in reminder["text"].splitlines()[0]


async def pay_the_first_installment(town: Town, lin: Person, loan_id: int) -> None:
    await lin.mark()
    await lin.press("立即还款")
    await lin.press("应还")
    await lin.press("在聊天里付款")
    await lin.expect("还款")
    await lin.pay()
    await town.settled()
    receipt = await lin.expect("已收到")
    assert "¥687.8" in receipt["text"]
    view = await town.services.loans.get(await town.borrower_id(lin), loan_id)
    assert view.rows[0].settled_on is not None


async def miss_the_second(town: Town, lin: Person, wang: Person, loan_id: int) -> None:
    await town.to_due_date()
    # 657.69 of principal is late, at 16.2 % a year: 0.29 after one day, 0.88 after three, 2.04 after seven.
    for gone_by, penalty, total in ((1, "0.29", "688.11"), (2, "0.88", "688.70"), (4, "2.04", "689.86")):
        await lin.mark()
        await wang.mark()
        await town.pass_time(days=gone_by)
        notice = await lin.expect("逾期")
        assert f"¥{penalty}" in notice["text"]
        assert f"¥{total}" in notice["text"]
    await wang.expect("逾期", chat=town.desk)
    view = await town.services.loans.get(await town.borrower_id(lin), loan_id)
    assert view.days_past_due == 7
    assert view.due_now.penalty > Money.zero("CNY")


async def pay_part_then_all(town: Town, lin: Person, loan_id: int) -> None:
    await lin.say("/repay")
    await lin.press("其他金额")
    await lin.say("300")
    await lin.press("银行转账")
    await lin.expect("附言")
    await lin.send_photo(jpeg(9))
    await town.settled()
    wang = await town.officer()
    await wang.expect("转账", chat=town.desk)
    await wang.press("接手", chat=town.desk)
    await wang.press("确认到账", chat=town.desk)
    await wang.press("确认入账", chat=town.desk)
    await town.settled()
    receipt = await lin.expect("已收到还款")
    assert "¥389.86" in receipt["text"]
    await lin.say("/repay")
    await lin.press("结清")
    await lin.press("在聊天里付款")
    await lin.expect("3 / 3 · 支付")
    assert (await lin.pay())["ok"]
    await town.settled()
    certificate = await lin.expect_media("document")
    assert (await lin.download(certificate)).startswith(b"%PDF")


async def every_figure_equals_the_ledger(town: Town, lin: Person, loan_id: int) -> None:
    services = town.services
    view = await services.loans.get(await town.borrower_id(lin), loan_id)
    assert view.closed_on is not None
    assert view.outstanding.total == Money.zero("CNY")
    balances = await services.loans.trial_balance(loan_id)
    assert sum((balance.amount for balance in balances.values()), Decimal(0)) == 0
    for account in (Account.LOAN_PRINCIPAL, Account.INTEREST_RECEIVABLE, Account.PENALTY_RECEIVABLE):
        assert not balances.get(account, Money.zero("CNY"))
    waiting = await services.handoffs.waiting(town.stage.officer)
    assert HandoffKind.ESCALATION not in {handoff.kind for handoff in waiting}
