"""Commands menu, menu button and the bot's own texts."""

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
    MenuButtonDefault,
)
from telegram.error import BadRequest

from sandbox import Person, Sandbox


async def test_the_bot_introduces_itself(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.first_name, me.username) == (123456, True, "Loanline", "loanline_bot")


async def test_commands_are_kept_by_scope_and_language(bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("apply", "Apply")])
    await bot.set_my_commands([BotCommand("apply", "申请")], language_code="zh")
    await bot.set_my_commands([("desk", "Desk")], scope=BotCommandScopeAllGroupChats())
    assert (await bot.get_my_commands())[0].description == "Apply"
    assert (await bot.get_my_commands(language_code="zh"))[0].description == "申请"
    assert (await bot.get_my_commands(scope=BotCommandScopeAllGroupChats()))[0].command == "desk"
    await bot.delete_my_commands(language_code="zh")
    assert await bot.get_my_commands(language_code="zh") == ()


async def test_a_person_sees_the_narrowest_menu_in_the_own_language(
    bot: Bot, phone: Person, chat: int, sandbox: Sandbox
) -> None:
    async def menu(chat_id: int) -> list[str]:
        return [one["description"] for view in await phone.chats() if view["id"] == chat_id for one in view["commands"]]

    group = sandbox.add_group("Desk", members=[phone.id])
    await bot.set_my_commands([BotCommand("a", "default")])
    assert await menu(chat) == ["default"]
    await bot.set_my_commands([BotCommand("a", "默认")], language_code="zh")
    assert await menu(chat) == ["默认"]
    await bot.set_my_commands([BotCommand("a", "private")], scope=BotCommandScopeAllPrivateChats())
    assert await menu(chat) == ["private"]
    await bot.set_my_commands([BotCommand("a", "Lin's")], scope=BotCommandScopeChat(chat))
    assert await menu(chat) == ["Lin's"]
    assert await menu(group.id) == ["默认"]


@pytest.mark.parametrize(
    ("command", "description", "words"),
    [
        ("Apply", "d", "Bot_command_invalid"),
        ("a" * 33, "d", "Bot_command_invalid"),
        ("a", "d" * 257, "Bot_command_description_invalid"),
    ],
)
async def test_commands_that_telegram_refuses_are_refused(bot: Bot, command: str, description: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        await bot.set_my_commands([BotCommand(command, description)])


async def test_at_most_100_commands_are_kept(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Bot_commands_too_much"):
        await bot.set_my_commands([BotCommand(f"c{number}", "d") for number in range(101)])


async def test_texts_about_the_bot_are_kept_by_language(bot: Bot) -> None:
    await bot.set_my_name("Loanline 贷")
    await bot.set_my_description("Borrow fairly")
    await bot.set_my_description("公平借款", language_code="zh")
    await bot.set_my_short_description("Loans")
    assert (await bot.get_my_name()).name == "Loanline 贷"
    assert (await bot.get_my_description()).description == "Borrow fairly"
    assert (await bot.get_my_description(language_code="zh")).description == "公平借款"
    assert (await bot.get_my_short_description()).short_description == "Loans"
    with pytest.raises(BadRequest, match="Description_too_long"):
        await bot.set_my_description("x" * 513)
    with pytest.raises(BadRequest, match="Invalid language code specified"):
        await bot.set_my_description("x", language_code="chinese")


async def test_the_menu_button_is_set_for_a_chat_or_for_all(bot: Bot, chat: int) -> None:
    assert isinstance(await bot.get_chat_menu_button(), MenuButtonCommands)
    await bot.set_chat_menu_button(chat, MenuButtonDefault())
    assert isinstance(await bot.get_chat_menu_button(chat), MenuButtonDefault)
    assert isinstance(await bot.get_chat_menu_button(), MenuButtonCommands)
