"""Talking through the bot: both ways, with the bot quiet meanwhile, ended by either side."""

import re

from sandbox import Person
from services.origination.applications import Question
from tests.builders import ANSWERS, id_number
from tests.conversations.debtors import approved
from tests.conversations.desk_matters import asked, protected
from tests.conversations.town import Town
from tests.sample_files import jpeg


async def talking(town: Town, borrower: Person) -> tuple[Person, int]:
    """The manager talks with the borrower; answers the manager and the id of the card."""
    wang = await town.officer()
    await asked(town, borrower)
    card = await wang.expect("咨询", chat=town.desk)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("联系客户", chat=town.desk)
    prompt = await wang.expect("说什么", chat=town.desk)
    await wang.say("我来帮您", chat=town.desk, reply_to=prompt["id"])
    await borrower.expect("我来帮您")
    await town.settled()
    return wang, card["id"]


async def test_words_go_both_ways_while_the_bot_keeps_quiet(town: Town) -> None:
    lin = await town.borrower()
    wang, card = await talking(town, lin)
    await wang.say("您好，可以提前还。", chat=town.desk, reply_to=card)
    heard = await lin.expect("可以提前还。")
    assert "王经理" in heard["text"]
    await lin.say("要手续费吗？菜单里没写 <i>费用</i>")
    line = await wang.expect("要手续费吗？菜单里没写 <i>费用</i>", chat=town.desk)
    assert "王经理" in line["text"]
    await town.settled()
    await wang.say("不用。", chat=town.desk, reply_to=line["id"])
    await lin.expect("不用。")
    await lin.say("菜单")
    await wang.expect("菜单", chat=town.desk)
    await town.settled()
    assert not any("看不懂" in m["text"] or "没看懂" in m["text"] for m in await lin.messages())


async def test_the_bot_answers_until_the_officers_first_words(town: Town) -> None:
    wang, lin = await town.officer(), await town.borrower()
    await asked(town, lin)
    await wang.press("接手", chat=town.desk)
    await town.settled()
    await wang.press("联系客户", chat=town.desk)
    prompt = await wang.expect("说什么", chat=town.desk)
    await lin.say("菜单")
    await lin.expect("您想办理什么")
    await town.restart()
    await wang.say("不还就打您通讯录里的电话", chat=town.desk, reply_to=prompt["id"])
    again = await wang.expect("消息未发送", chat=town.desk)
    await wang.say("您好", chat=town.desk, reply_to=again["id"])
    await lin.expect("您好")
    await wang.expect("正在与客户对话", chat=town.desk)
    await wang.say("在吗", chat=town.desk, reply_to=prompt["id"])
    await lin.expect("在吗")


async def test_commands_and_buttons_still_work_for_the_borrower(town: Town) -> None:
    lin = await town.borrower()
    wang, _ = await talking(town, lin)
    await lin.say("/menu")
    await lin.expect("信贷员正在与您沟通")
    await lin.press("设置")
    await lin.expect("提醒时间")
    await lin.say("还在吗")
    await wang.expect("还在吗", chat=town.desk)


async def test_a_signing_code_never_goes_to_the_officer(town: Town) -> None:
    tom = await town.borrower("en")
    await approved(town, tom)
    wang, _ = await talking(town, tom)
    await tom.press("Read my offer")
    await tom.press("Sign")
    card = await tom.expect("type this code")
    code = re.search(r"type this code: (\d{6})", card["text"])
    assert code
    await tom.say("What is this code for?")
    await wang.expect("What is this code for?", chat=town.desk)
    grouped = f"{code[1][:3]} {code[1][3:]}"
    await tom.say(grouped)
    await tom.expect("fingerprint")
    await town.settled()
    assert not any(grouped in message["text"] for message in await wang.messages(town.desk))


async def test_an_identity_number_never_goes_to_the_officer(town: Town) -> None:
    lin = await town.borrower()
    application = await town.services.applications.start(await town.borrower_id(lin), "personal")
    while (question := application.next_question) is not Question.ID_NUMBER:
        assert question is not None
        application = await town.services.applications.set_answer(
            application.borrower_id, application.id, question, ANSWERS[question]
        )
    wang, _ = await talking(town, lin)
    await lin.say("/apply")
    await lin.press("继续办理")
    await lin.expect("身份证号")
    number = id_number(serial=7)
    await lin.say(number)
    await lin.expect("您的消息已删除")
    await lin.say("为什么要问单位？")
    await wang.expect("为什么要问单位？", chat=town.desk)
    await town.settled()
    assert not any(number in message["text"] for message in await wang.messages(town.desk))


async def test_photos_and_files_are_passed_on_protected(town: Town) -> None:
    lin = await town.borrower()
    wang, _ = await talking(town, lin)
    await lin.send_photo(jpeg(5), "请看这张")
    passed = await wang.expect("请看这张", chat=town.desk)
    assert protected(town, town.desk, passed["id"])
    assert passed["media"] is not None
    assert passed["reply_to"] is not None
    await town.settled()
    await wang.say("收到", chat=town.desk, reply_to=passed["id"])
    await lin.expect("收到")


async def test_the_officer_ends_the_conversation_and_the_bot_answers_again(town: Town) -> None:
    lin = await town.borrower()
    wang, card = await talking(town, lin)
    await wang.press("结束对话", chat=town.desk)
    await lin.expect("已结束对话")
    await lin.say("菜单")
    await lin.expect("您想办理什么")
    await wang.say("还有一句", chat=town.desk, reply_to=card)
    await wang.expect("没有发出", chat=town.desk)


async def test_the_borrower_ends_the_conversation(town: Town) -> None:
    lin = await town.borrower()
    wang, card = await talking(town, lin)
    await wang.say("您好", chat=town.desk, reply_to=card)
    await lin.expect("您好")
    await lin.press("结束对话")
    await lin.expect("对话已结束")
    await wang.expect("客户已结束对话", chat=town.desk)
    await lin.say("菜单")
    await lin.expect("您想办理什么")


async def test_the_way_out_works_typed_and_says_so_when_nothing_goes_on(town: Town) -> None:
    lin = await town.borrower()
    wang, card = await talking(town, lin)
    await wang.say("您好", chat=town.desk, reply_to=card)
    said = await lin.expect("您好")
    await lin.say("再见！")
    await lin.expect("对话已结束")
    await lin.press_data(said["id"], "talk:leave")
    await lin.expect("没有进行中的对话")


async def test_handing_back_ends_the_conversation_too(town: Town) -> None:
    lin = await town.borrower()
    wang, _ = await talking(town, lin)
    await wang.press("退回", chat=town.desk)
    await lin.expect("已结束对话")
    await wang.expect("等待接手", chat=town.desk)


async def test_threats_are_held_back(town: Town) -> None:
    lin = await town.borrower()
    wang, card = await talking(town, lin)
    await wang.say("不还就打您通讯录里的电话", chat=town.desk, reply_to=card)
    await wang.expect("消息未发送", chat=town.desk)
    await town.settled()
    assert not any("通讯录" in message["text"] for message in await lin.messages())


async def test_a_colleagues_reply_to_the_card_stays_at_the_desk(town: Town) -> None:
    lin, chen = await town.borrower(), await town.colleague()
    _, card = await talking(town, lin)
    await chen.say("这位客户我认识", chat=town.desk, reply_to=card)
    await chen.expect("由王经理", chat=town.desk)
    await town.settled()
    assert not any("认识" in message["text"] for message in await lin.messages())


async def test_words_between_officers_that_reply_to_nothing_stay_at_the_desk(town: Town) -> None:
    lin = await town.borrower()
    wang, _ = await talking(town, lin)
    await wang.say("大家看看这个", chat=town.desk)
    await town.settled()
    assert not any("大家看看" in message["text"] for message in await lin.messages())


async def test_only_words_go_to_the_borrower(town: Town) -> None:
    lin = await town.borrower()
    wang, card = await talking(town, lin)
    await wang.share_contact(phone="+8613000000000", chat=town.desk, reply_to=card)
    await wang.expect("只能用文字", chat=town.desk)


async def test_a_reply_to_what_belongs_to_no_handoff_is_said_to_go_nowhere(town: Town) -> None:
    lin = await town.borrower()
    wang, _ = await talking(town, lin)
    await wang.say("/queue", chat=town.desk)
    listed = await wang.expect("可处理", chat=town.desk)
    await wang.say("知道了", chat=town.desk, reply_to=listed["id"])
    await wang.expect("没有转给客户", chat=town.desk)


async def test_a_conversation_survives_a_restart(town: Town) -> None:
    lin = await town.borrower()
    wang, card = await talking(town, lin)
    await town.restart()
    await wang.say("您好", chat=town.desk, reply_to=card)
    await lin.expect("您好")
    await town.restart()
    await lin.say("你好")
    line = await wang.expect("你好", chat=town.desk)
    await town.restart()
    await wang.say("请讲", chat=town.desk, reply_to=line["id"])
    await lin.expect("请讲")


async def test_two_borrowers_never_hear_each_other(town: Town) -> None:
    lin, tom = await town.borrower(), await town.borrower("en")
    await talking(town, lin)
    await tom.say("hello there")
    await tom.expect("didn't understand")
