"""Groups: privacy mode, members, forum topics."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from telegram import Bot, ChatMemberAdministrator, ChatMemberOwner, ReplyParameters, Update
from telegram.error import BadRequest, Forbidden

from sandbox import Chat, Person, PersonRecord, Sandbox

Updates = Callable[[], Awaitable[list[Update]]]


@pytest.fixture
def desk(sandbox: Sandbox, lin: PersonRecord) -> Chat:
    return sandbox.add_group("Loan desk", forum=True, members=[lin])


@pytest.fixture
async def officer(sandbox: Sandbox, desk: Chat) -> AsyncIterator[Person]:
    wu = sandbox.add_person("Wu")
    desk.members[wu.id] = "member"
    async with await Person.connect(sandbox.base_url, wu.id) as person:
        yield person


def texts(updates: list[Update]) -> list[str | None]:
    return [update.message.text for update in updates if update.message]


async def test_adding_the_bot_to_a_group_is_told(sandbox: Sandbox, lin: PersonRecord, updates: Updates) -> None:
    group = sandbox.add_group("Desk", members=[lin], bot_is_admin=True)
    (update,) = await updates()
    assert update.my_chat_member is not None
    assert update.my_chat_member.chat.id == group.id
    assert update.my_chat_member.new_chat_member.status == "administrator"
    assert str(group.id).startswith("-100")


async def test_a_bot_that_is_no_admin_sees_only_what_is_meant_for_it(
    bot: Bot, sandbox: Sandbox, phone: Person, updates: Updates
) -> None:
    group = sandbox.add_group("Chat", members=[phone.id], bot_is_admin=False)
    await updates()
    sent = await bot.send_message(group.id, "question")
    await phone.say("just talk", chat=group.id)
    await phone.say("/help", chat=group.id)
    await phone.say("/help@loanline_bot", chat=group.id)
    await phone.say("/help@other_bot", chat=group.id)
    await phone.say("an answer", chat=group.id, reply_to=sent.message_id)
    assert texts(await updates()) == ["/help", "/help@loanline_bot", "an answer"]


async def test_an_admin_bot_sees_everything(officer: Person, desk: Chat, updates: Updates) -> None:
    await updates()
    await officer.say("just talk", chat=desk.id)
    assert texts(await updates()) == ["just talk"]


async def test_every_member_sees_the_groups_messages(bot: Bot, phone: Person, officer: Person, desk: Chat) -> None:
    await bot.send_message(desk.id, "new case")
    for person in (phone, officer):
        assert (await person.expect("new case", chat=desk.id))["from"]["is_bot"]
    views = {view["id"]: view for view in await officer.chats()}
    assert (views[desk.id]["kind"], views[desk.id]["title"], views[desk.id]["unread"]) == ("group", "Loan desk", 1)
    await officer.messages(desk.id)
    assert {view["id"]: view["unread"] for view in await officer.chats()}[desk.id] == 0


async def test_members_and_administrators_are_listed(
    bot: Bot, desk: Chat, officer: Person, lin: PersonRecord, sandbox: Sandbox
) -> None:
    owner, admin = sorted(await bot.get_chat_administrators(desk.id), key=lambda member: member.status, reverse=True)
    assert isinstance(owner, ChatMemberOwner)
    assert owner.user.id == lin.id
    assert isinstance(admin, ChatMemberAdministrator)
    assert (admin.user.id, admin.can_manage_topics) == (bot.id, True)
    assert (await bot.get_chat_member(desk.id, officer.id)).status == "member"
    assert (await bot.get_chat_member(desk.id, sandbox.add_person("Stranger").id)).status == "left"
    assert await bot.get_chat_member_count(desk.id) == 3
    with pytest.raises(BadRequest, match="Participant_id_invalid"):
        await bot.get_chat_member(desk.id, 42)


async def test_a_chat_describes_itself(bot: Bot, desk: Chat, chat: int) -> None:
    group = await bot.get_chat(desk.id)
    assert (group.type, group.title, group.is_forum) == ("supergroup", "Loan desk", True)
    person = await bot.get_chat(chat)
    assert (person.type, person.first_name, person.username) == ("private", "Lin", "linmei")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.get_chat(-1)
    with pytest.raises(BadRequest, match="There are no administrators in the private chat"):
        await bot.get_chat_administrators(chat)
    assert (await bot.get_user_profile_photos(chat)).total_count == 0


async def test_a_bot_that_left_may_not_write(bot: Bot, desk: Chat) -> None:
    assert await bot.leave_chat(desk.id)
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.send_message(desk.id, "x")


async def test_a_topic_is_created_used_renamed_closed_and_deleted(
    bot: Bot, officer: Person, desk: Chat, updates: Updates
) -> None:
    topic = await bot.create_forum_topic(desk.id, "Case 7")
    sent = await bot.send_message(desk.id, "papers", message_thread_id=topic.message_thread_id)
    assert (sent.message_thread_id, sent.is_topic_message) == (topic.message_thread_id, True)
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.forum_topic_created is not None
    assert (await officer.expect("papers", chat=desk.id))["thread_id"] == topic.message_thread_id
    await bot.edit_forum_topic(desk.id, topic.message_thread_id, name="Case 7 (signed)")
    await bot.close_forum_topic(desk.id, topic.message_thread_id)
    with pytest.raises(AssertionError, match="409"):
        await officer.say("too late", chat=desk.id, thread=topic.message_thread_id)
    await bot.reopen_forum_topic(desk.id, topic.message_thread_id)
    await updates()
    await officer.say("thanks", chat=desk.id, thread=topic.message_thread_id)
    (update,) = await updates()
    assert update.message is not None
    assert update.message.message_thread_id == topic.message_thread_id
    services = [view["service"] for view in await officer.messages(desk.id) if view["service"]]
    assert services == ["Topic created: Case 7", "Topic renamed: Case 7 (signed)", "Topic closed", "Topic reopened"]
    await bot.delete_forum_topic(desk.id, topic.message_thread_id)
    assert await officer.messages(desk.id) == []
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(desk.id, "x", message_thread_id=topic.message_thread_id)


async def test_a_reply_goes_into_the_topic_of_the_message_it_answers(bot: Bot, desk: Chat) -> None:
    topic = await bot.create_forum_topic(desk.id, "Case 8")
    first = await bot.send_message(desk.id, "one", message_thread_id=topic.message_thread_id)
    second = await bot.send_message(desk.id, "two", reply_parameters=ReplyParameters(first.message_id))
    assert second.message_thread_id == topic.message_thread_id


async def test_topic_refusals_use_telegrams_words(bot: Bot, desk: Chat, sandbox: Sandbox, lin: PersonRecord) -> None:
    plain = sandbox.add_group("Plain", members=[lin])
    guest = sandbox.add_group("Guest", forum=True, members=[lin], bot_is_admin=False)
    topic = await bot.create_forum_topic(desk.id, "Case 9")
    for refused, words in (
        (bot.create_forum_topic(plain.id, "x"), "The chat is not a forum"),
        (bot.create_forum_topic(guest.id, "x"), "Not enough rights to create a topic"),
        (bot.create_forum_topic(desk.id, " "), "Topic title must be non-empty"),
        (bot.edit_forum_topic(desk.id, topic.message_thread_id, name="Case 9"), "Topic_not_modified"),
        (bot.reopen_forum_topic(desk.id, topic.message_thread_id), "Topic_not_modified"),
        (bot.close_forum_topic(desk.id, 999), "Topic_id_invalid"),
    ):
        with pytest.raises(BadRequest, match=words):
            await refused


async def test_members_join_and_leave(bot: Bot, sandbox: Sandbox, desk: Chat, phone: Person, updates: Updates) -> None:
    await bot.get_updates(timeout=0, allowed_updates=[Update.MESSAGE, Update.CHAT_MEMBER])
    await updates()
    ana = sandbox.add_person("Ana")
    sandbox.add_member(desk.id, ana.id)
    sandbox.remove_member(desk.id, ana.id)
    joined, joining, left, leaving = await updates()
    assert joined.message is not None
    assert [user.id for user in joined.message.new_chat_members] == [ana.id]
    assert joining.chat_member is not None
    assert joining.chat_member.new_chat_member.status == "member"
    assert left.message is not None
    assert left.message.left_chat_member is not None
    assert leaving.chat_member is not None
    assert leaving.chat_member.new_chat_member.status == "left"
    assert [view["service"] for view in await phone.messages(desk.id)] == ["A member joined", "A member left"]


async def test_people_outside_do_not_see_the_group(sandbox: Sandbox, desk: Chat) -> None:
    stranger = sandbox.add_person("Stranger")
    async with await Person.connect(sandbox.base_url, stranger.id) as person:
        assert [view["id"] for view in await person.chats()] == [stranger.id]
        with pytest.raises(AssertionError, match="404"):
            await person.say("hello", chat=desk.id)
