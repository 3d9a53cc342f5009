"""The bot's commands menu, menu button and profile texts, each by language and scope."""

from dataclasses import dataclass, field

from sandbox.models import Chat
from sandbox.shapes import CommandView, JsonObject

DEFAULT_SCOPE = ("default",)
Scope = tuple[str | int, ...]


@dataclass
class BotProfile:
    """What the bot set about itself. Texts are keyed by language code, "" being the default."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[Scope, str], list[CommandView]] = field(default_factory=dict)
    menu_buttons: dict[int | None, JsonObject] = field(default_factory=dict)

    def commands_for(self, chat: Chat, person_id: int, language: str | None) -> list[CommandView]:
        """The menu that a person sees in a chat: narrowest scope first, own language before the default."""
        code = (language or "").partition("-")[0]
        for scope in _scopes(chat, person_id):
            for candidate in (code, ""):
                found = self.commands.get((scope, candidate))
                if found:
                    return found
        return []

    def menu_button(self, chat_id: int | None) -> JsonObject:
        """The menu button of a private chat, else the default one."""
        return self.menu_buttons.get(chat_id) or self.menu_buttons.get(None) or {"type": "commands"}


def _scopes(chat: Chat, person_id: int) -> list[Scope]:
    if chat.is_private:
        return [("chat", chat.id), ("all_private_chats",), DEFAULT_SCOPE]
    scopes: list[Scope] = [("chat_member", chat.id, person_id)]
    is_admin = chat.members.get(person_id) in ("creator", "administrator")
    if is_admin:
        scopes.append(("chat_administrators", chat.id))
    scopes.append(("chat", chat.id))
    if is_admin:
        scopes.append(("all_chat_administrators",))
    return [*scopes, ("all_group_chats",), DEFAULT_SCOPE]
