"""Taking a payment back at the desk, when the bank has returned its money."""

from services.repayment.payment_states import PaymentStatus
from tests.conversations.desk_matters import LI, sent_receipt
from tests.conversations.town import Town


async def test_a_payment_whose_money_went_back_counts_no_longer_and_the_borrower_is_told(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    payment = await sent_receipt(town, lin)
    await town.services.transfers.confirm(town.stage.officer, payment.id)
    await wang.say("/reverse", chat=town.desk)
    await wang.expect("哪一笔付款", chat=town.desk)
    await wang.say("/reverse P0000000", chat=town.desk)
    await wang.expect("没有找到", chat=town.desk)
    await wang.say(f"/reverse {payment.reference.lower()}", chat=town.desk)
    panel = (await wang.expect(f"冲正付款 {payment.reference}", chat=town.desk))["text"]
    assert f"¥{payment.amount.amount:,.2f}" in panel
    await town.restart()
    await wang.press("款项已退回", chat=town.desk)
    done = (await wang.expect(f"已从贷款 {payment.loan_reference} 冲正", chat=town.desk))["text"]
    assert "未还 ¥5,000.00" in done
    said = (await lin.expect("已被银行退回，不再计入还款"))["text"]
    assert "待还金额：¥5,000.00" in said
    assert "¥0.00" not in said
    assert "结清证明" not in said
    borrower = await town.borrower_id(lin)
    assert (await town.services.repayments.get(borrower, payment.id)).status == PaymentStatus.REVERSED
    await wang.say(f"/reverse {payment.reference}", chat=town.desk)
    await wang.expect("已冲正", chat=town.desk)


async def test_only_who_confirms_receipts_takes_payments_back(town: Town) -> None:
    lin, li = await town.borrower(), await town.person(LI)
    payment = await sent_receipt(town, lin)
    await town.services.transfers.confirm(town.stage.officer, payment.id)
    await li.say(f"/reverse {payment.reference}", chat=town.desk)
    await li.expect("确认到账", chat=town.desk)
    await lin.say(f"/reverse {payment.reference}")
    await lin.expect("您想办理什么")
    borrower = await town.borrower_id(lin)
    assert (await town.services.repayments.get(borrower, payment.id)).status == PaymentStatus.SETTLED
