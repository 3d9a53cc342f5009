"""Papers, requests for more, approval, decline: with a restart in the middle of each prompt."""

import pytest
from sqlalchemy import select

from sandbox import Person
from services.models import DocumentViewRow
from services.origination.application_states import ApplicationStatus
from tests.conversations.desk_matters import LI, WANG, applied, protected
from tests.conversations.town import Town
from tests.sample_files import jpeg


async def taken(town: Town, borrower: Person, **answers: str) -> Person:
    """The manager has the borrower's application."""
    wang = await town.officer()
    await applied(town, borrower, **answers)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    return wang


async def reply(town: Town, officer: Person, prompt: str, text: str) -> None:
    """The officer answers the newest prompt that contains `prompt`."""
    asked = await officer.expect(prompt, chat=town.desk)
    await officer.say(text, chat=town.desk, reply_to=asked["id"])


async def status(town: Town, borrower: Person) -> str:
    return (await town.services.applications.list(await town.borrower_id(borrower)))[0].status


async def views(town: Town) -> list[int]:
    """Who looked at papers, in order."""
    async with town.process.database.reading() as session:
        return list(await session.scalars(select(DocumentViewRow.staff_id).order_by(DocumentViewRow.id)))


async def test_papers_go_to_the_officer_alone_protected_and_every_view_is_on_record(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.start()
    await town.settled()
    answer = await wang.press("查看材料（2）", chat=town.desk)
    assert "私聊" in (answer["text"] or "")
    first = await wang.expect("1 / 2")
    await wang.expect("2 / 2")
    assert first["media"] is not None
    assert protected(town, wang.id, first["id"])
    assert await wang.download(first)
    assert await views(town) == [WANG, WANG]


async def test_for_an_officer_who_never_started_the_bot_papers_come_to_the_desk(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("查看材料", chat=town.desk)
    paper = await wang.expect("1 / 2", chat=town.desk)
    assert protected(town, town.desk, paper["id"])
    await wang.expect("2 / 2", chat=town.desk)


async def test_an_officer_asks_for_more_and_gets_it(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("要求补充", chat=town.desk)
    await reply(town, wang, "补充什么", "请补一张营业执照照片")
    await wang.expect("已发给客户", chat=town.desk)
    await town.settled()
    assert await status(town, lin) == ApplicationStatus.MORE_INFORMATION
    services, borrower_id = town.services, await town.borrower_id(lin)
    application = (await services.applications.list(borrower_id))[0]
    request = await services.applications.open_request(borrower_id, application.id)
    assert request is not None
    assert request.question == "请补一张营业执照照片"
    await services.documents.add(borrower_id, application.id, "requested", jpeg(900), request_id=request.id)
    await services.review.answer_information(borrower_id, application.id, request.id, "在这里")
    card = await wang.expect("要求补充：请补一张营业执照照片", chat=town.desk)
    assert "客户回复：在这里" in card["text"]
    news = await wang.expect("补充材料已到", chat=town.desk)
    assert news["reply_to"] is not None
    await wang.press("查看材料", chat=town.desk, message=news["id"])
    await wang.expect("3 / 3", chat=town.desk)


async def test_threats_do_not_go_out_and_may_be_reworded(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("要求补充", chat=town.desk)
    await reply(town, wang, "补充什么", "不补就打您通讯录里的电话")
    again = await wang.expect("请去掉", chat=town.desk)
    await wang.say("请补一张工资单", chat=town.desk, reply_to=again["id"])
    await wang.expect("已发给客户", chat=town.desk)


async def test_what_has_no_words_is_no_question(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("要求补充", chat=town.desk)
    prompt = await wang.expect("补充什么", chat=town.desk)
    await wang.share_contact(phone="+8613000000000", chat=town.desk, reply_to=prompt["id"])
    again = await wang.expect("只能用文字", chat=town.desk)
    assert await status(town, lin) == ApplicationStatus.IN_REVIEW
    await wang.say("请补工资单", chat=town.desk, reply_to=again["id"])
    await wang.expect("已发给客户", chat=town.desk)


async def test_approved_as_asked(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("批准", chat=town.desk)
    panel = (await wang.expect("您将批准", chat=town.desk))["text"]
    for fact in ("¥5,000.00", "6个月", "每期最高", "年化综合成本", "到账金额"):
        assert fact in panel, fact
    assert await status(town, lin) == ApplicationStatus.IN_REVIEW
    await wang.press("确认批准", chat=town.desk)
    await wang.expect("已批准，方案已发给客户", chat=town.desk)
    closed = await wang.expect("✅ 已办结，经办人 王经理", chat=town.desk)
    assert "批准 ¥5,000.00" in closed["text"]
    assert closed["inline_keyboard"] in (None, [])
    offer = await town.services.offers.open(await town.borrower_id(lin))
    assert offer is not None
    assert str(offer.amount.amount) == "5000.00"


@pytest.mark.parametrize("typed", ["4000", "4千", "四千", "４，０００"])
async def test_less_is_approved_as_typed_and_seen_before_it_counts(town: Town, typed: str) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("批准", chat=town.desk)
    await wang.expect("您将批准", chat=town.desk)
    await wang.press("改金额", chat=town.desk)
    await reply(town, wang, "批准多少", typed)
    await wang.expect(" ¥4,000.00，6个月".strip(), chat=town.desk)
    await wang.press("改期限", chat=town.desk)
    await wang.expect("多长期限", chat=town.desk)
    await wang.press("12个月", chat=town.desk)
    await wang.expect("¥4,000.00，12个月", chat=town.desk)
    await wang.press("确认批准", chat=town.desk)
    await town.settled()
    offer = await town.services.offers.open(await town.borrower_id(lin))
    assert offer is not None
    assert (str(offer.amount.amount), offer.term) == ("4000.00", 12)


async def test_figures_outside_the_limits_are_refused_with_what_would_be_right(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("批准", chat=town.desk)
    await wang.press("改金额", chat=town.desk)
    await reply(town, wang, "批准多少", "6000")
    again = await wang.expect("不能高于申请金额", chat=town.desk)
    await wang.say("很多", chat=town.desk, reply_to=again["id"])
    again = await wang.expect("没看懂这个金额", chat=town.desk)
    await wang.say("3千", chat=town.desk, reply_to=again["id"])
    await wang.expect("¥3,000.00，6个月", chat=town.desk)


async def test_a_reply_to_the_panel_is_another_amount_and_to_the_terms_another_term(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("批准", chat=town.desk)
    panel = await wang.expect("您将批准", chat=town.desk)
    await wang.say("2k", chat=town.desk, reply_to=panel["id"])
    await wang.expect("¥2,000.00，6个月", chat=town.desk)
    await wang.press("改期限", chat=town.desk)
    choice = await wang.expect("多长期限", chat=town.desk)
    await wang.say("一年", chat=town.desk, reply_to=choice["id"])
    await wang.expect("¥2,000.00，12个月", chat=town.desk)


async def test_a_panel_may_be_dropped(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("批准", chat=town.desk)
    await wang.press("取消", chat=town.desk)
    await wang.expect("未做任何处理", chat=town.desk)
    assert await status(town, lin) == ApplicationStatus.IN_REVIEW


async def test_declined_for_a_reason_that_the_borrower_reads(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("拒绝", chat=town.desk)
    await wang.press("用途不符合规定", chat=town.desk)
    await wang.expect("确定拒绝", chat=town.desk)
    await wang.press("换个原因", chat=town.desk)
    await wang.press("现有负债过高", chat=town.desk)
    assert await status(town, lin) == ApplicationStatus.IN_REVIEW
    await wang.press("确定拒绝", chat=town.desk)
    await wang.expect("已告知客户原因：现有负债过高", chat=town.desk)
    await wang.expect("结果：未通过", chat=town.desk)
    assert await status(town, lin) == ApplicationStatus.DECLINED


async def test_an_operator_may_not_decide_whatever_data_they_send(town: Town) -> None:
    lin, li = await town.borrower(), await town.person(LI)
    await applied(town, lin)
    await li.press("接手", chat=town.desk)
    await town.settled()
    card = (await li.messages(town.desk))[-1]
    for data in ("desk:grant:1:500000:6", "desk:refuse:1:policy", "desk:approve:1", "desk:decline:1"):
        answer = await li.press_data(card["id"], data, chat=town.desk)
        assert answer["alert"], data
        assert "审批" in (answer["text"] or ""), data
    assert await status(town, lin) == ApplicationStatus.IN_REVIEW


async def test_a_restart_in_the_middle_of_every_prompt_loses_nothing(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("要求补充", chat=town.desk)
    prompt = await wang.expect("补充什么", chat=town.desk)
    await town.restart()
    await wang.say("请补工资单", chat=town.desk, reply_to=prompt["id"])
    await wang.expect("已发给客户", chat=town.desk)
    await town.restart()
    await wang.press("批准", chat=town.desk)
    await wang.expect("您将批准", chat=town.desk)
    await town.restart()
    await wang.press("改金额", chat=town.desk)
    prompt = await wang.expect("批准多少", chat=town.desk)
    await town.restart()
    await wang.say("4千", chat=town.desk, reply_to=prompt["id"])
    await wang.expect("¥4,000.00", chat=town.desk)
    await town.restart()
    await wang.press("改期限", chat=town.desk)
    choice = await wang.expect("多长期限", chat=town.desk)
    await town.restart()
    await wang.say("3个月", chat=town.desk, reply_to=choice["id"])
    await wang.expect("¥4,000.00，3个月", chat=town.desk)
    await town.restart()
    await wang.press("确认批准", chat=town.desk)
    await wang.expect("已批准", chat=town.desk)


async def test_a_decision_made_twice_is_made_once(town: Town) -> None:
    lin = await town.borrower()
    wang = await taken(town, lin)
    await wang.press("批准", chat=town.desk)
    panel = await wang.expect("您将批准", chat=town.desk)
    await wang.press("确认批准", chat=town.desk)
    await wang.expect("已批准", chat=town.desk)
    again = await wang.press_data(panel["id"], "desk:grant:1:500000:6", chat=town.desk)
    assert again["alert"]
    assert "已办结" in (again["text"] or "")
