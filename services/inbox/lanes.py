"""Which updates wait for each other: those of one chat are handled one after the other."""

from collections.abc import Mapping
from typing import Any, Final

_WITH_CHAT: Final = ("message", "edited_message", "my_chat_member")


def lane_of(update: Mapping[str, Any]) -> str:
    """The lane of an update as Telegram's JSON. A pre-checkout query has one of its own: it only reads, and Telegram
    waits ten seconds for the answer, which must not stand behind a slow upload. What cannot be read waits for
    nobody."""
    query, press = update.get("pre_checkout_query"), update.get("callback_query")
    if isinstance(query, Mapping):
        return f"checkout:{_id_in(query, 'from')}"
    if isinstance(press, Mapping):
        message = press.get("message")
        chat = _id_in(message, "chat") if isinstance(message, Mapping) else None
        return f"chat:{chat if chat is not None else _id_in(press, 'from')}"
    for kind in _WITH_CHAT:
        content = update.get(kind)
        if isinstance(content, Mapping) and _id_in(content, "chat") is not None:
            return f"chat:{_id_in(content, 'chat')}"
    return f"update:{update.get('update_id')}"[:32]


def _id_in(content: Mapping[str, Any], member: str) -> int | None:
    named = content.get(member)
    number = named.get("id") if isinstance(named, Mapping) else None
    return number if isinstance(number, int) and abs(number) < 2**63 else None
