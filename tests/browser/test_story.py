"""A loan from first hello to settlement certificate, clicked and typed on two phones of the phone page.

The same story as `tests/conversations/test_story.py` with the same figures: 4,000 yuan over six months at 10.8 %.
"""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from sandbox import ClockControls
from services.money import Money
from tests.browser.lending_stage import LendingStage
from tests.browser.stage import WAIT_MS
from tests.builders import card_number, id_number
from tests.conversations import conftest as conversations
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf

pytestmark = pytest.mark.browser

ID_NUMBER, CARD = id_number(serial=31), card_number(31)

lending_town = conversations.town


@pytest.fixture
async def stage(browser: Browser, lending_town: Town) -> AsyncIterator[LendingStage]:
    """The borrower's phone on the left, the officer's with the desk open on the right. Script errors fail the test."""
    town, errors = lending_town, list[str]()
    machine = town.machine
    town.sandbox.clock_controls = ClockControls(
        advance=machine.advance, jumps={"to next due date": machine.to_next_due_date}
    )
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Asia/Shanghai")
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{town.sandbox.base_url}/?people={town.stage.borrower},{town.stage.officer}")
    await page.wait_for_selector("body[data-ready]")
    await page.locator(f"[data-person='{town.stage.officer}'] [data-chat='{town.desk}']").click()
    yield LendingStage(page, town)
    await context.close()
    assert errors == []


async def test_a_loan_from_hello_to_certificate_on_the_phone_page(stage: LendingStage) -> None:
    await register_in_chinese(stage)
    await apply_with_three_refusals(stage)
    await send_papers(stage)
    await officer_asks_for_more_and_approves_less(stage)
    await read_key_facts_and_sign(stage)
    await confirm_payout(stage)
    await look_at_the_schedule(stage)
    await reminders_come_on_the_days(stage)
    await pay_the_first_installment(stage)
    await miss_the_second(stage)
    await pay_part_by_transfer(stage)
    await pay_the_rest(stage)
    await the_ledger_is_settled(stage.town)
    await the_bank_returns_the_last_payment(stage)


async def register_in_chinese(stage: LendingStage) -> None:
    lin = stage.borrower
    await lin.screen.get_by_test_id("start").click()
    await lin.tap("简体中文")
    await lin.sees("个人信息")
    await stage.milestone("consent")
    await lin.tap("我同意")
    await lin.sees("手机号")
    await lin.share_number()
    await lin.sees("您想办理什么")
    await expect(lin.screen.get_by_test_id("reply-keyboard")).to_have_count(0)
    await stage.milestone("menu")


async def apply_with_three_refusals(stage: LendingStage) -> None:
    lin = stage.borrower
    await lin.tap("申请贷款")
    await lin.sees("个人消费贷")
    await stage.milestone("products")
    await lin.tap("个人消费贷")
    await lin.sees("借款金额")
    await lin.say("50万")
    await lin.sees("超出本产品的最高金额")
    await stage.milestone("amount-refused")
    await lin.say("五千")
    await lin.sees("借款期限")
    await lin.say("7个月")
    await lin.sees("3、6、12和24个月")
    await stage.milestone("term-refused")
    await lin.tap("6个月")
    await lin.tap("等额本息")
    await lin.tap("家庭日用")
    await lin.sees("· 姓名")
    await lin.say("林美")
    await lin.sees("· 身份证号")
    await lin.say("110101199003070018")
    await lin.sees("校验码")
    await stage.milestone("id-number-refused")
    await lin.say(ID_NUMBER)
    await lin.tap("上班族")
    for heading, text in (("工作单位", "华联超市"), ("月收入", "6千"), ("住址", "上海市浦东新区张杨路500号")):
        await lin.sees(f"· {heading}")
        await lin.say(text)
    await lin.sees("· 收款账户")
    await lin.say(CARD)
    await lin.sees("请核对")
    await expect(lin.screen.get_by_text(ID_NUMBER)).to_have_count(0)
    await expect(lin.screen.get_by_text(CARD)).to_have_count(0)
    await stage.milestone("review")
    await lin.tap("核对无误")


async def send_papers(stage: LendingStage) -> None:
    lin = stage.borrower
    await lin.sees("请发送：身份证正面")
    await stage.milestone("checklist")
    await lin.attach(jpeg(1), "身份证.jpg")
    await lin.sees("材料 1 / 2")
    await stage.milestone("first-paper")
    await lin.attach(pdf(2, seed=2), "工资单.pdf")
    await lin.sees("材料 2 / 2")
    await stage.milestone("second-paper")
    await lin.tap("提交申请")
    await lin.sees("申请已提交")
    await stage.milestone("submitted")


async def officer_asks_for_more_and_approves_less(stage: LendingStage) -> None:
    lin, wang = stage.borrower, stage.officer
    await wang.sees("贷款申请")
    await wang.tap("接手")
    await wang.tap("查看材料")
    await wang.sees("2 / 2 收入证明")
    await stage.milestone("papers-opened")
    await wang.tap("要求补充")
    await wang.reply("补充什么", "请补充一张近三个月的银行流水。")
    await wang.sees("已发给客户")
    await lin.sees("请补充一张近三个月的银行流水")
    await stage.milestone("more-asked")
    await lin.tap("补充材料")
    await lin.sees("请直接打字回复")
    await lin.attach(pdf(1, seed=5), "流水.pdf")
    await lin.tap("发给信贷员")
    await lin.sees("已发给信贷员")
    await stage.milestone("more-given")
    await wang.sees("补充材料已到")
    await wang.tap("批准")
    await wang.tap("改金额")
    await wang.reply("批准多少", "4千")
    await expect(wang.bubble("您将批准")).to_contain_text("¥4,000.00，6个月")
    await stage.milestone("decision-preview")
    await wang.tap("确认批准")
    await wang.sees("已批准，方案已发给客户")
    await stage.milestone("approved")


async def read_key_facts_and_sign(stage: LendingStage) -> None:
    lin = stage.borrower
    await lin.tap("查看贷款方案")
    facts = await lin.sees("年化综合成本：11.35%")
    for fact in (
        "到账金额：¥4,000.00",
        "¥4,126.94（¥4,000.00 + ¥126.94）",
        "4月2日 周四：¥687.82",
        "9月2日 周三：¥687.84",
    ):
        await expect(facts).to_contain_text(fact)
    await stage.milestone("key-facts")
    await lin.tap("阅读合同")
    await lin.sees("借款合同")
    await stage.milestone("contract")
    await lin.tap("签署合同")
    asked = await lin.sees(re.compile(r"验证码：\d{6}"))
    code = re.search(r"\d{6}", await asked.inner_text())
    assert code is not None
    await stage.milestone("code")
    await lin.say(code.group())
    await lin.sees("签署成功")
    await stage.milestone("signed")


async def confirm_payout(stage: LendingStage) -> None:
    wang = stage.officer
    await wang.sees("放款 ¥4,000.00")
    await wang.tap("接手")
    await wang.tap("确认放款")
    await wang.reply("银行流水号", "ICBC-20260302-001")
    await wang.sees("已放款：¥4,000.00")
    await stage.borrower.sees("¥4,000.00 已放款到您的账户")
    await stage.milestone("paid-out")


async def look_at_the_schedule(stage: LendingStage) -> None:
    lin = stage.borrower
    await lin.say("/loans")
    await lin.sees("今天待还金额：¥4,000.00")
    await stage.milestone("loan-card")
    await lin.tap("计划图片")
    picture = (await lin.sees("6. 9月2日 周三：¥687.84")).get_by_test_id("photo")
    await expect(picture).to_be_visible()
    await stage.milestone("schedule-picture")


async def reminders_come_on_the_days(stage: LendingStage) -> None:
    """Disbursed on 2 March, first due on 2 April: reminders on 26 and 30 March, 1 and 2 April."""
    lin = stage.borrower
    for words, days in (("还有 7 天", 24), ("再过 3 天", 4), ("明天", 2)):
        await stage.pass_days(days)
        await lin.sees_last(words, "¥687.82")
    await stage.to_due_date()
    await lin.sees_last("今天", "¥687.82")
    await stage.milestone("reminders")


async def pay_the_first_installment(stage: LendingStage) -> None:
    lin = stage.borrower
    await lin.tap("立即还款")
    await lin.tap("应还")
    await lin.sees("本金 ¥651.82")
    await stage.milestone("payment-preview")
    await lin.tap("在聊天里付款")
    await lin.sees("上方的付款按钮")
    await stage.milestone("invoice")
    await lin.pay("¥687.82")
    await stage.town.settled()
    await lin.sees_last("已收到还款 ¥687.82", "待还金额：¥3,348.18")
    await stage.milestone("receipt")


async def miss_the_second(stage: LendingStage) -> None:
    """657.69 of principal is late, at 16.2 % a year: 0.29 after one day, 0.88 after three, 2.04 after seven."""
    lin, wang = stage.borrower, stage.officer
    await stage.to_due_date()
    await lin.sees_last("今天，5月2日", "¥687.82")
    for days, penalty, total in ((1, "0.29", "688.11"), (2, "0.88", "688.70"), (4, "2.04", "689.86")):
        await stage.pass_days(days)
        notice = await lin.sees(f"当前应还：¥{total}")
        await expect(notice).to_contain_text(f"罚息 ¥{penalty}")
        await stage.milestone(f"overdue-{penalty}")
    await wang.sees("逾期跟进")
    await lin.sees("信贷员会在这里联系您")


async def pay_part_by_transfer(stage: LendingStage) -> None:
    lin, wang = stage.borrower, stage.officer
    await lin.say("/repay")
    await lin.sees("还多少")
    await stage.milestone("repay-options")
    await lin.tap("其他金额")
    await lin.sees("请输入金额")
    await lin.say("300")
    await lin.sees("本金 ¥267.83")
    await stage.milestone("part-preview")
    await lin.tap("银行转账")
    await lin.sees("附言")
    await stage.milestone("transfer")
    await lin.attach(jpeg(9), "回单.jpg")
    await lin.sees("已收到 ¥300.00 的凭证")
    await stage.town.settled()
    await wang.sees("转账凭证")
    await wang.tap("接手")
    await wang.tap("确认到账")
    await wang.sees("确认入账")
    await stage.milestone("receipt-claimed")
    await wang.tap("确认入账")
    await wang.sees("已入账 ¥300.00")
    await stage.town.settled()
    await lin.sees_last("已收到还款 ¥300.00", "待还金额：¥3,085.82")
    await stage.milestone("transfer-booked")


async def pay_the_rest(stage: LendingStage) -> None:
    lin = stage.borrower
    await lin.say("/repay")
    await lin.tap("结清")
    await lin.sees("可省利息 ¥55.34")
    await stage.milestone("payoff-preview")
    await lin.tap("在聊天里付款")
    await lin.sees("支付 ¥3,085.82")
    await lin.pay("¥3,085.82")
    await stage.town.settled()
    await expect((await lin.sees_last("结清")).get_by_test_id("document")).to_be_visible()
    await stage.milestone("certificate")


async def the_ledger_is_settled(town: Town) -> None:
    borrower = await town.services.borrowers.meet(town.stage.borrower)
    (loan,) = await town.services.loans.list(borrower.id)
    view = await town.services.loans.get(borrower.id, loan.id)
    assert view.closed_on is not None
    assert view.outstanding.total == Money.zero("CNY")


async def the_bank_returns_the_last_payment(stage: LendingStage) -> None:
    lin, wang, services = stage.borrower, stage.officer, stage.town.services
    borrower = await services.borrowers.meet(stage.town.stage.borrower)
    (loan,) = await services.loans.list(borrower.id)
    last = (await services.repayments.list(borrower.id, loan.id))[-1]
    await wang.say("/reverse")
    await wang.sees("哪一笔付款")
    await wang.say("/reverse P0000000")
    await wang.sees("没有找到这一项")
    await wang.say(f"/reverse {last.payment_reference}")
    await wang.sees(f"冲正付款 {last.payment_reference}")
    await stage.milestone("payment-returned")
    await wang.tap("款项已退回")
    await wang.sees("未还 ¥3,085.82")
    await stage.town.settled()
    await lin.sees_last("已被银行退回，不再计入还款", "待还金额：¥3,085.82", "结清证明")
    await stage.milestone("payment-reversed")
