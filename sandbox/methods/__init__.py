"""All Bot API methods of the sandbox by name."""

from collections.abc import Awaitable, Callable, Mapping

from sandbox.methods import account, chats, edits, media, messages, profile, queries, topics
from sandbox.sending import Call

Method = Callable[[Call], Awaitable[object]]

_TABLES: tuple[Mapping[str, Method], ...] = (
    account.METHODS,
    messages.METHODS,
    edits.METHODS,
    media.METHODS,
    queries.METHODS,
    chats.METHODS,
    profile.METHODS,
    topics.METHODS,
)

METHODS: dict[str, Method] = {name.lower(): method for table in _TABLES for name, method in table.items()}
"""Telegram reads the names of methods without regard to case, hence the lower-case keys."""

WRITING = frozenset(
    name for name in METHODS if name.startswith(("send", "forward", "copy", "editmessage")) and name != "sendchataction"
)
"""Methods that flood control counts."""
