"""The commands menu, the menu button and what the bot says about itself."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from sandbox.errors import bad_request
from sandbox.menus import DEFAULT_SCOPE, Scope
from sandbox.params import Params
from sandbox.sending import Call, chat_id_of
from sandbox.shapes import CommandView, JsonObject

COMMANDS_LIMIT = 100
COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")
COMMAND_DESCRIPTION_LIMIT = 256
LANGUAGE = re.compile(r"[a-z]{2}")
NAME_LIMIT = 64
DESCRIPTION_LIMIT = 512
SHORT_DESCRIPTION_LIMIT = 120
WIDE_SCOPES = frozenset(("default", "all_private_chats", "all_group_chats", "all_chat_administrators"))
MENU_BUTTONS = frozenset(("commands", "default", "web_app"))


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def _scope(call: Call) -> Scope:
    value = _object(call.params, "scope")
    if value is None:
        return DEFAULT_SCOPE
    scope = Params(value)
    kind = scope.text("type")
    if kind in WIDE_SCOPES:
        return (kind,)
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    chat = call.world.chat(chat_id_of(scope))
    if kind == "chat":
        return (kind, chat.id)
    if chat.is_private:
        raise bad_request("can't change commands in private chats for the specified scope")
    return (kind, chat.id) if kind == "chat_administrators" else (kind, chat.id, scope.integer("user_id"))


def _object(params: Params, name: str) -> JsonObject | None:
    try:
        value = params.json(name)
    except ValueError:
        raise bad_request(f"can't parse {name} JSON object") from None
    return cast("JsonObject", dict(value)) if isinstance(value, Mapping) else None


async def set_my_commands(call: Call) -> bool:
    """Set the menu of a scope and language."""
    try:
        value = call.params.json("commands")
    except ValueError:
        raise bad_request("can't parse commands JSON object") from None
    if not isinstance(value, list):
        raise bad_request("expected an Array of BotCommand")
    if len(value) > COMMANDS_LIMIT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    commands = [_command(item) for item in value]
    call.world.profile.commands[_scope(call), _language(call.params)] = commands
    call.world.tell_everyone({"type": "commands"})
    return True


def _command(item: object) -> CommandView:
    fields = Params(dict(item)) if isinstance(item, Mapping) else Params()
    command, description = fields.text("command"), fields.text("description")
    if not COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= COMMAND_DESCRIPTION_LIMIT:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command.removeprefix("/"), "description": description}


async def get_my_commands(call: Call) -> list[CommandView]:
    """The menu of exactly this scope and language."""
    return call.world.profile.commands.get((_scope(call), _language(call.params)), [])


async def delete_my_commands(call: Call) -> bool:
    """Remove the menu of a scope and language."""
    call.world.profile.commands.pop((_scope(call), _language(call.params)), None)
    call.world.tell_everyone({"type": "commands"})
    return True


def _texts(call: Call, parameter: str) -> dict[str, str]:
    profile = call.world.profile
    return {
        "name": profile.names,
        "description": profile.descriptions,
        "short_description": profile.short_descriptions,
    }[parameter]


def _setter(parameter: str, limit: int) -> Callable[[Call], Awaitable[object]]:
    async def set_text(call: Call) -> bool:
        value = call.params.text(parameter)
        if len(value) > limit:
            raise bad_request(f"{parameter.upper()}_TOO_LONG")
        texts, language = _texts(call, parameter), _language(call.params)
        if value:
            texts[language] = value
        else:
            texts.pop(language, None)
        return True

    return set_text


def _getter(parameter: str) -> Callable[[Call], Awaitable[object]]:
    async def get_text(call: Call) -> JsonObject:
        texts = _texts(call, parameter)
        default = call.world.bot.name if parameter == "name" else ""
        return {parameter: texts.get(_language(call.params), texts.get("", default))}

    return get_text


async def set_chat_menu_button(call: Call) -> bool:
    """Set the menu button of a private chat or, without chat_id, the default one."""
    button = _object(call.params, "menu_button") or {"type": "default"}
    if button.get("type") not in MENU_BUTTONS:
        raise bad_request("can't parse menu button: unsupported type specified")
    chat_id = call.params.integer("chat_id") or None
    if chat_id is not None and not call.world.chat(chat_id).is_private:
        raise bad_request("menu button can be changed in private chats only")
    call.world.profile.menu_buttons[chat_id] = button
    call.world.tell_everyone({"type": "commands"})
    return True


async def get_chat_menu_button(call: Call) -> JsonObject:
    """The menu button of a private chat or the default one."""
    return call.world.profile.menu_button(call.params.integer("chat_id") or None)


METHODS: dict[str, Callable[[Call], Awaitable[object]]] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _setter("name", NAME_LIMIT),
    "getMyName": _getter("name"),
    "setMyDescription": _setter("description", DESCRIPTION_LIMIT),
    "getMyDescription": _getter("description"),
    "setMyShortDescription": _setter("short_description", SHORT_DESCRIPTION_LIMIT),
    "getMyShortDescription": _getter("short_description"),
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
}
