"""The officers' desk: cards, who takes them, who may not, what waits."""

from sandbox.shapes import PressAnswer
from services.desk.handoff_states import HandoffKind
from tests.conversations.desk_matters import CHEN, LI, WANG, applied, asked, borrowed
from tests.conversations.town import Town


def said_nothing(answer: PressAnswer) -> bool:
    return answer["answered"] and answer["text"] is None and not answer["alert"]


async def test_an_application_comes_as_one_card_to_decide_from(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    await applied(town, lin)
    card = (await wang.expect("贷款申请", chat=town.desk))["text"]
    for fact in ("李小明", "139****", "5,000.00", "6个月", "等额本息", "859.78", "11.3", "6,000.00", "14."):
        assert fact in card, fact
    for fact in ("等待接手", "首次借款", "材料 2 份", "3月2日 周一 10:00 起等候", "前审批", "华联超市"):
        assert fact in card, fact
    assert len(card) < 700
    assert await wang.buttons(town.desk) == ["接手"]


async def test_of_two_who_claim_one_wins_and_the_other_is_told_who(town: Town) -> None:
    wang, chen, lin = await town.officer(), await town.colleague(), await town.borrower()
    await applied(town, lin)
    card = await wang.expect("贷款申请", chat=town.desk)
    won = await wang.press("接手", chat=town.desk)
    lost = await chen.press_data(card["id"], "desk:claim:1", chat=town.desk)
    assert "由您处理" in (won["text"] or "")
    assert lost["alert"]
    assert "王经理" in (lost["text"] or "")
    await chen.expect("王经理 / Wang 处理中", chat=town.desk)
    assert "批准" in await chen.buttons(town.desk)
    await lin.expect("王经理")


async def test_handed_back_another_officer_may_take_it(town: Town) -> None:
    wang, chen, lin = await town.officer(), await town.colleague(), await town.borrower()
    await asked(town, lin)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("退回", chat=town.desk)
    await town.settled()
    await chen.press("接手", chat=town.desk)
    await chen.expect("陈专员 / Chen 处理中", chat=town.desk)


async def test_only_who_has_it_may_act(town: Town) -> None:
    wang, chen, lin = await town.officer(), await town.colleague(), await town.borrower()
    await applied(town, lin)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    for label in ("批准", "拒绝", "要求补充", "查看材料", "联系客户", "退回"):
        refused = await chen.press(label, chat=town.desk)
        assert refused["alert"], label
        assert "王经理" in (refused["text"] or ""), label


async def test_a_colleague_without_the_permission_is_told_which_one_is_lacking(town: Town) -> None:
    lin = await town.borrower()
    li = await town.person(LI)
    await applied(town, lin)
    await li.press("接手", chat=town.desk)
    await town.settled()
    refused = await li.press("批准", chat=town.desk)
    assert refused["alert"]
    assert "审批" in (refused["text"] or "")
    assert (await town.services.applications.list(await town.borrower_id(lin)))[0].status == "in_review"


async def test_the_manager_hands_back_what_somebody_left_lying(town: Town) -> None:
    wang, chen, lin = await town.officer(), await town.colleague(), await town.borrower()
    handoff = await asked(town, lin)
    await chen.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("退回", chat=town.desk)
    await wang.expect("等待接手", chat=town.desk)
    assert (await town.services.handoffs.card(handoff.id)).handoff.claimed_by is None


async def test_a_question_is_quoted_and_closing_it_tells_who_asked(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    await asked(town, lin, "利息 <b>怎么</b> 算？")
    await wang.expect("利息 <b>怎么</b> 算？", chat=town.desk)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("办结", chat=town.desk)
    await wang.expect("✅ 已办结，经办人 王经理", chat=town.desk)
    await lin.expect("已处理完毕")


async def test_a_borrower_or_stranger_who_presses_an_officers_button_gets_nothing(town: Town) -> None:
    lin, mallory = await town.borrower(), await town.borrower()
    handoff = await asked(town, lin)
    message = lin.last()
    for data in (f"desk:claim:{handoff.id}", "desk:approve:1:500000:6", "desk:nonsense", "desk:claim:9" * 4):
        assert said_nothing(await lin.press_data(message["id"], data))
    town.sandbox.world.chats[town.desk].members[mallory.id] = "member"
    card = (await mallory.messages(town.desk))[-1]
    assert said_nothing(await mallory.press_data(card["id"], f"desk:claim:{handoff.id}", chat=town.desk))
    assert (await town.services.handoffs.card(handoff.id)).handoff.claimed_by is None


async def test_forged_data_of_an_officer_answers_like_what_is_missing(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    await asked(town, lin)
    card = await wang.expect("咨询", chat=town.desk)
    for data in ("desk:claim:99999", "desk:approve:1", "desk:claim:x", "desk:claim", "desk:book:1:1:1", "desk:zzz:1"):
        answer = await wang.press_data(card["id"], data, chat=town.desk)
        assert answer["alert"], data
        assert answer["text"], data


async def test_a_button_for_what_the_card_no_longer_offers_says_so(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    handoff = await asked(town, lin)
    await town.services.handoffs.claim(WANG, handoff.id)
    card = await wang.expect("咨询", chat=town.desk)
    answer = await wang.press_data(card["id"], f"desk:approve:{handoff.id}:100:6", chat=town.desk)
    assert answer["alert"]
    assert "已过时" in (answer["text"] or "")


async def test_the_queue_lists_what_waits_and_calls_cards_up_in_private(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    handoff = await asked(town, lin)
    await wang.start()
    await town.pass_time(minutes=12)
    await wang.say("/queue")
    listed = await wang.expect("您有 1 件可处理")
    assert "已等 12 分钟" in listed["text"]
    await wang.press(handoff.reference)
    await wang.expect("可以提前还款吗")
    await wang.press("接手")
    await wang.expect("王经理 / Wang 处理中")
    await wang.expect("王经理 / Wang 处理中", chat=town.desk)


async def test_the_queue_is_no_command_for_borrowers(town: Town) -> None:
    lin = await town.borrower()
    await asked(town, lin)
    await lin.say("/queue")
    await lin.expect("您想办理什么")


async def test_an_empty_queue_says_so(town: Town) -> None:
    chen = await town.colleague()
    await chen.say("/queue", chat=town.desk)
    await chen.expect("没有待处理", chat=town.desk)


async def test_anybody_learns_their_own_id_and_administrators_that_of_the_group(town: Town) -> None:
    wang, chen, lin = await town.officer(), await town.colleague(), await town.borrower()
    await lin.say("/id")
    await lin.expect(str(lin.id))
    await wang.say("/id", chat=town.desk)
    await wang.expect(str(town.desk), chat=town.desk)
    await chen.say("/id", chat=town.desk)
    await town.settled()
    assert sum(str(town.desk) in message["text"] for message in await chen.messages(town.desk)) == 1


async def test_an_overdue_loan_comes_with_its_figures(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    loan_id = await borrowed(town, lin)
    await town.to_due_date()
    await town.pass_time(days=9)
    card = (await wang.expect("逾期跟进", chat=town.desk))["text"]
    loan = await town.services.loans.get(await town.borrower_id(lin), loan_id)
    assert "⚠️ 逾期" in card
    assert loan.reference in card
    assert "其中罚息" in card
    assert "结清需" in card


async def test_hardship_names_the_loan_it_is_about(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    loan_id = await borrowed(town, lin)
    borrower_id = await town.borrower_id(lin)
    await town.services.handoffs.ask(borrower_id, HandoffKind.HARDSHIP, "店里着火了", loan_id=loan_id)
    card = (await wang.expect("还款困难", chat=town.desk))["text"]
    assert "店里着火了" in card
    assert "剩余未还 ¥5,000.00" in card
    assert "下一期 ¥859.78" in card


async def test_cards_speak_the_language_of_the_borrower_when_it_is_another(town: Town) -> None:
    wang, tom = await town.officer(), await town.borrower("en")
    await asked(town, tom, "May I pay early?")
    card = await wang.expect("May I pay early?", chat=town.desk)
    assert "使用 English" in card["text"]
    await town.services.handoffs.claim(CHEN, 1)


async def test_officers_see_how_far_the_messages_are(town: Town) -> None:
    wang = await town.officer()
    await asked(town, await town.borrower())
    await wang.say("/sending", chat=town.desk)
    shown = await wang.expect("目前没有待发送的消息", chat=town.desk)
    assert "最近一分钟已发送 1 条" in shown["text"]


async def test_how_far_the_messages_are_is_no_business_of_borrowers(town: Town) -> None:
    lin = await town.borrower()
    await lin.say("/sending")
    await lin.expect("您想办理什么")
