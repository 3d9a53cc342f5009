"""Payouts and bank transfers at the desk."""

from services.money import Money
from services.origination.application_states import ApplicationStatus
from services.repayment.payment_states import PaymentStatus
from services.repayment.payment_views import Aim
from tests.conversations.desk_matters import LI, sent_receipt, signed
from tests.conversations.town import Town


async def test_a_payout_is_confirmed_with_the_banks_reference(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    await signed(town, lin)
    card = (await wang.expect("请放款 ¥5,000.00", chat=town.desk))["text"]
    assert "收款账户" in card
    assert "已签合同 C" in card
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("确认放款", chat=town.desk)
    prompt = await wang.expect("银行流水号", chat=town.desk)
    await town.restart()
    await wang.say("ICBC 2026 0302 77", chat=town.desk, reply_to=prompt["id"])
    await wang.expect("已放款：¥5,000.00，银行流水号 ICBC2026030277", chat=town.desk)
    await wang.expect("结果：已放款", chat=town.desk)
    await lin.expect("¥5,000.00")
    loans = await town.services.loans.list(await town.borrower_id(lin))
    assert len(loans) == 1


async def test_an_operator_may_not_pay_out(town: Town) -> None:
    lin, li = await town.borrower(), await town.person(LI)
    await signed(town, lin)
    await li.press("接手", chat=town.desk)
    await town.settled()
    refused = await li.press("确认放款", chat=town.desk)
    assert refused["alert"]
    assert "确认放款" in (refused["text"] or "")


async def test_an_overlong_reference_is_asked_for_again(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    application_id = await signed(town, lin)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("确认放款", chat=town.desk)
    prompt = await wang.expect("银行流水号", chat=town.desk)
    await wang.say("7" * 100, chat=town.desk, reply_to=prompt["id"])
    again = await wang.expect("64", chat=town.desk)
    application = await town.services.applications.get(await town.borrower_id(lin), application_id)
    assert application.status == ApplicationStatus.ACCEPTED
    await wang.say("ICBC-1", chat=town.desk, reply_to=again["id"])
    await wang.expect("已放款", chat=town.desk)


async def test_a_transfer_is_booked_as_stated(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    payment = await sent_receipt(town, lin)
    card = (await wang.expect(f"附言 {payment.reference}", chat=town.desk))["text"]
    assert "已发凭证 1 份" in card
    assert "剩余未还 ¥5,000.00" in card
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("查看材料（1）", chat=town.desk)
    await wang.expect("转账凭证", chat=town.desk)
    await wang.press("确认到账", chat=town.desk)
    panel = (await wang.expect("实际到账", chat=town.desk))["text"]
    assert "3月2日 周一" in panel
    await town.restart()
    await wang.press("确认入账", chat=town.desk)
    await wang.expect("已入账", chat=town.desk)
    await wang.expect("结果：已到账", chat=town.desk)
    settled = await town.services.repayments.get(await town.borrower_id(lin), payment.id)
    assert settled.status == PaymentStatus.SETTLED
    assert settled.amount == payment.amount


async def test_another_amount_is_booked_as_typed_and_another_day_as_chosen(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    payment = await sent_receipt(town, lin)
    await town.pass_time(days=1)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("确认到账", chat=town.desk)
    await wang.expect("实际到账", chat=town.desk)
    await wang.press("改金额", chat=town.desk)
    prompt = await wang.expect("实际到账多少", chat=town.desk)
    await town.restart()
    await wang.say("不知道", chat=town.desk, reply_to=prompt["id"])
    again = await wang.expect("没看懂这个金额", chat=town.desk)
    await wang.say("500.50", chat=town.desk, reply_to=again["id"])
    await wang.expect("¥500.50，3月3日 周二", chat=town.desk)
    await wang.press("3月2日 周一 到账", chat=town.desk)
    await wang.expect("¥500.50，3月2日 周一", chat=town.desk)
    await wang.press("确认入账", chat=town.desk)
    booked = (await wang.expect("已入账", chat=town.desk))["text"]
    assert "¥500.50，3月2日 周一" in booked
    settled = await town.services.repayments.get(await town.borrower_id(lin), payment.id)
    assert str(settled.amount.amount) == "500.50"


async def test_a_transfer_from_before_a_payoff_leaves_money_that_the_desk_is_told_of(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    transfer = await sent_receipt(town, lin)
    await town.pass_time(days=1)
    borrower = await town.borrower_id(lin)
    payoff = await town.services.repayments.open(borrower, transfer.loan_id, Aim.PAYOFF)
    await town.services.repayments.confirm(payoff.reference, "charge-payoff", payoff.amount.minor, "CNY")
    await lin.expect("结清，您不再欠任何款项")
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("确认到账", chat=town.desk)
    await wang.expect("实际到账", chat=town.desk)
    await wang.press("3月2日 周一 到账", chat=town.desk)
    await wang.press("确认入账", chat=town.desk)
    await wang.expect("剩余未还 ¥0.00", chat=town.desk)
    card = (await wang.expect("多收款项", chat=town.desk))["text"]
    assert f"聊天内付款 ¥{payoff.amount.amount:,.2f}，编号 {payoff.reference}" in card
    assert "凭证" not in card
    await lin.expect("日期 3月2日 周一。\n收据 " + transfer.reference)
    assert "待还金额：¥0.00" in (await lin.expect("待还金额"))["text"]
    loan = await town.services.loans.get(borrower, transfer.loan_id)
    assert loan.paid_total == transfer.amount + payoff.amount
    assert loan.surplus > Money.zero("CNY")


async def test_money_not_found_is_told_with_the_reason(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    payment = await sent_receipt(town, lin)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("未到账", chat=town.desk)
    await wang.press("款项未到账", chat=town.desk)
    await wang.press("确定退回凭证", chat=town.desk)
    await wang.expect("已告知客户原因：款项未到账", chat=town.desk)
    await lin.expect("款项未到账")
    rejected = await town.services.repayments.get(await town.borrower_id(lin), payment.id)
    assert rejected.status == PaymentStatus.REJECTED


async def test_an_impossible_day_or_amount_in_altered_data_books_nothing(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    payment = await sent_receipt(town, lin)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    card = (await wang.messages(town.desk))[-1]
    handoff = await town.services.handoffs.handoff_of_message(town.desk, card["id"])
    assert handoff is not None
    for figures in ("85980:20261399", "0:20260302", "-5:20260302", "85980:20990101", "85980:20200101", "x:y"):
        answer = await wang.press_data(card["id"], f"desk:book:{handoff.id}:{figures}", chat=town.desk)
        assert answer["alert"], figures
    waiting = await town.services.repayments.get(await town.borrower_id(lin), payment.id)
    assert waiting.status == PaymentStatus.AWAITING_CONFIRMATION
