"""What a dialogue is made of, so that all of them assemble into the one conversation of a borrower."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from telegram import Update

from bot.context import LoanlineContext
from bot.conversation import Handler

Callback = Callable[[Update, LoanlineContext], Coroutine[Any, Any, str]]
"""Handles an update and answers the step that the person is at afterwards."""

Ask = Callback
"""Shows a step's question, from what the services know, and answers the step."""

LooksPrivate = Callable[[str, LoanlineContext], bool]
"""Whether typed words look like an answer that only the bot may read, such as a code or an account number."""


@dataclass(frozen=True)
class Dialogue:
    """One dialogue: how to get in, what each step understands, how each step asks, and where back leads."""

    name: str
    entries: Sequence[Handler]
    """Understood at any step of any dialogue."""
    states: Mapping[StrEnum, Sequence[Handler]]
    ask: Mapping[StrEnum, Ask]
    back: Mapping[StrEnum, Ask] = field(default_factory=dict)
    """What back shows at a step; the menu where nothing is named."""
    otherwise: Sequence[Handler] = ()
    """Understood at any step of any dialogue that did not understand it itself."""
    private: Mapping[StrEnum, LooksPrivate] = field(default_factory=dict)
    """The steps with answers that are taken even while an officer talks with the person, and never shown to one."""
