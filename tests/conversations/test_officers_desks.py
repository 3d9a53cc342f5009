"""The same desk in a forum, in a group where the bot is a plain member, and in one officer's private chat."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tests.conversations.desk_matters import ForumTown, OneOfficerTown, PrivacyTown, applied, asked
from tests.conversations.town import Town
from tests.sample_files import jpeg

Kind = TypeVar("Kind", bound=Town)


@asynccontextmanager
async def opened(kind: type[Kind], folder: Path, migrated: Path) -> AsyncIterator[Kind]:
    """A town of that kind; nothing may have been logged as an error when it closes."""
    shutil.copy(migrated, folder / "loanline.db")
    async with AsyncExitStack() as stack:
        town = kind(folder, stack)
        await town.open()
        yield town
        await town.settled()
        assert town.errors == []


async def test_in_a_forum_every_handoff_has_a_topic_that_closes_with_it(tmp_path: Path, migrated: Path) -> None:
    async with opened(ForumTown, tmp_path, migrated) as town:
        wang, lin, tom = await town.officer(), await town.borrower(), await town.borrower("en")
        await asked(town, lin, "可以提前还款吗？")
        await asked(town, tom, "May I pay early?")
        topics = town.sandbox.world.chats[town.desk].topics
        assert len(topics) == 2
        first, second = sorted(topics)
        card = await wang.expect("可以提前还款吗", chat=town.desk)
        assert card["thread_id"] == first
        assert (await wang.expect("May I pay early", chat=town.desk))["thread_id"] == second
        await wang.press("接手", chat=town.desk, message=card["id"])
        await town.settled()
        await wang.press("联系客户", chat=town.desk, message=card["id"])
        prompt = await wang.expect("说什么", chat=town.desk)
        assert prompt["thread_id"] == first
        await wang.say("可以的", chat=town.desk, reply_to=prompt["id"], thread=first)
        await lin.expect("可以的")
        await lin.say("谢谢")
        assert (await wang.expect("谢谢", chat=town.desk))["thread_id"] == first
        await lin.send_photo(jpeg(9), "照片")
        assert (await wang.expect("照片", chat=town.desk))["thread_id"] == first
        await wang.say("同事之间的话", chat=town.desk, thread=first)
        await town.settled()
        assert not any("同事之间" in message["text"] for message in await lin.messages())
        await wang.press("办结", chat=town.desk, message=card["id"])
        await town.settled()
        assert topics[first].closed
        assert not topics[second].closed


async def test_a_prompt_in_a_forum_stands_in_its_topic(tmp_path: Path, migrated: Path) -> None:
    async with opened(ForumTown, tmp_path, migrated) as town:
        wang, lin = await town.officer(), await town.borrower()
        await applied(town, lin)
        await wang.press("接手", chat=town.desk)
        await town.settled()
        await wang.press("要求补充", chat=town.desk)
        prompt = await wang.expect("补充什么", chat=town.desk)
        await town.restart()
        await wang.say("请补工资单", chat=town.desk, reply_to=prompt["id"], thread=prompt["thread_id"])
        sent = await wang.expect("已发给客户", chat=town.desk)
        assert sent["thread_id"] == prompt["thread_id"] is not None
        await wang.press("批准", chat=town.desk)
        assert (await wang.expect("您将批准", chat=town.desk))["thread_id"] == prompt["thread_id"]


async def test_without_the_right_to_open_topics_cards_come_to_the_group_itself(tmp_path: Path, migrated: Path) -> None:
    async with opened(ForumTown, tmp_path, migrated) as town:
        town.sandbox.world.chats[town.desk].bot_status = "member"
        wang, lin = await town.officer(), await town.borrower()
        await asked(town, lin)
        assert (await wang.expect("可以提前还款吗", chat=town.desk))["thread_id"] is None


async def test_a_bot_that_sees_only_replies_serves_the_desk(tmp_path: Path, migrated: Path) -> None:
    async with opened(PrivacyTown, tmp_path, migrated) as town:
        wang, lin = await town.officer(), await town.borrower()
        await asked(town, lin)
        card = await wang.expect("咨询", chat=town.desk)
        await wang.say("/queue", chat=town.desk)
        await wang.expect("可处理", chat=town.desk)
        await wang.press("接手", chat=town.desk)
        await town.settled()
        await wang.press("联系客户", chat=town.desk)
        prompt = await wang.expect("说什么", chat=town.desk)
        await wang.say("在的", chat=town.desk, reply_to=prompt["id"])
        await lin.expect("在的")
        await wang.say("您好", chat=town.desk, reply_to=card["id"])
        await lin.expect("您好")
        await lin.say("请问")
        await wang.expect("请问", chat=town.desk)


async def test_one_officers_private_chat_is_a_whole_desk(tmp_path: Path, migrated: Path) -> None:
    async with opened(OneOfficerTown, tmp_path, migrated) as town:
        wang = await town.officer()
        await wang.start()
        lin = await town.borrower()
        await applied(town, lin)
        card = await wang.expect("贷款申请")
        await wang.press("接手")
        await town.settled()
        await wang.press("联系客户")
        prompt = await wang.expect("说什么")
        await wang.say("在的", reply_to=prompt["id"])
        await lin.expect("在的")
        await wang.say("您好", reply_to=card["id"])
        await lin.expect("您好")
        await lin.say("请讲")
        await wang.expect("请讲")
        await wang.press("批准")
        await wang.press("改金额")
        prompt = await wang.expect("批准多少")
        await wang.say("4千", reply_to=prompt["id"])
        await wang.expect("¥4,000.00，6个月")
        refused = await wang.press_data(card["id"], "desk:claim:999")
        assert refused["alert"]
        await wang.press("确认批准")
        await wang.expect("已批准")
        await wang.say("/menu")
        await wang.expect("选择语言")


async def test_an_officer_without_the_permission_gets_an_alert_in_private_too(tmp_path: Path, migrated: Path) -> None:
    async with opened(Town, tmp_path, migrated) as town:
        lin, li = await town.borrower(), await town.person(town.stage.assistant)
        await applied(town, lin)
        await li.start()
        await li.say("/queue")
        listed = await li.expect("可处理")
        await li.press_data(listed["id"], "desk:show:1")
        await li.press("接手")
        await li.expect("李助理 / Li 处理中")
        refused = await li.press("批准")
        assert refused["alert"]
        assert "审批" in (refused["text"] or "")
