"""Where each person stands in a dialogue, kept in the database. Answers are rows of the services, never kept here."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Protocol, cast

from telegram.ext import BasePersistence, PersistenceInput
from telegram.ext._utils.types import CDCData, ConversationDict, ConversationKey

from bot.runtime import Runtime

Key = tuple[int, int]
"""Chat and user."""


class StepStore(Protocol):
    """Keeps steps by dialogue, chat and user; `services.steps.ConversationSteps` is one."""

    async def load(self, dialogue: str) -> dict[Key, str]: ...

    async def store(self, dialogue: str, key: Key, step: str | None) -> None: ...

    async def load_places(self) -> dict[int, dict[str, Any]]: ...

    async def store_place(self, user_id: int, place: Mapping[str, Any]) -> None: ...


class StepPersistence(BasePersistence[dict[Any, Any], dict[Any, Any], Runtime]):
    """Stores conversation steps, and in `user_data` what a step is about: ids and codes."""

    def __init__(self, store: StepStore) -> None:
        kept = PersistenceInput(bot_data=False, chat_data=False, user_data=True, callback_data=False)
        super().__init__(store_data=kept)
        self._store = store
        self._steps: dict[str, dict[Key, str]] = {}
        self._places: dict[int, dict[str, Any]] = {}

    def step(self, dialogue: str, key: Key) -> str | None:
        """The step that was stored after the last update of this person in this chat, or None at none."""
        return self._steps.get(dialogue, {}).get(key)

    async def get_conversations(self, name: str) -> ConversationDict:
        self._steps[name] = dict(await self._store.load(name))
        return cast("ConversationDict", dict(self._steps[name]))

    async def update_conversation(self, name: str, key: ConversationKey, new_state: object | None) -> None:
        chat_and_user = (int(key[0]), int(key[1]))
        step = None if new_state is None else str(new_state)
        await self._store.store(name, chat_and_user, step)
        if step is None:
            self._steps.setdefault(name, {}).pop(chat_and_user, None)
        else:
            self._steps.setdefault(name, {})[chat_and_user] = step

    async def flush(self) -> None:
        """Every step was stored when it was taken."""

    async def get_user_data(self) -> dict[int, dict[Any, Any]]:
        self._places = await self._store.load_places()
        return deepcopy(self._places)

    async def get_chat_data(self) -> dict[int, dict[Any, Any]]:
        return {}

    async def get_bot_data(self) -> Runtime:
        raise NotImplementedError("bot data is built at start, see bot.runtime")

    async def get_callback_data(self) -> CDCData | None:
        return None

    async def update_user_data(self, user_id: int, data: dict[Any, Any]) -> None:
        if data != self._places.get(user_id, {}):
            await self._store.store_place(user_id, data)
            self._places[user_id] = deepcopy(data)

    async def update_chat_data(self, chat_id: int, data: dict[Any, Any]) -> None:
        """Not kept."""

    async def update_bot_data(self, data: Runtime) -> None:
        """Not kept."""

    async def update_callback_data(self, data: CDCData) -> None:
        """Not kept."""

    async def drop_chat_data(self, chat_id: int) -> None:
        """Not kept."""

    async def drop_user_data(self, user_id: int) -> None:
        """Not kept."""

    async def refresh_user_data(self, user_id: int, user_data: dict[Any, Any]) -> None:
        """Not kept."""

    async def refresh_chat_data(self, chat_id: int, chat_data: dict[Any, Any]) -> None:
        """Not kept."""

    async def refresh_bot_data(self, bot_data: Runtime) -> None:
        """Not kept."""
