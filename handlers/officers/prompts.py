"""What a reply to one of the bot's messages answers. Kept with the officer's place, so that a restart loses nothing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

KEPT: Final = 20
"""Prompts remembered for each officer, the latest."""
_PLACE: Final = "desk_prompts"


class Answers(StrEnum):
    """What an officer's reply says."""

    QUESTION = "question"
    """What the borrower is to send."""
    AMOUNT = "amount"
    """The amount to approve. Figure: the term chosen so far."""
    TERM = "term"
    """The term to approve. Figure: the amount chosen so far, in minor units."""
    PAYOUT = "payout"
    """The bank's reference of the payout."""
    WORDS = "words"
    """What the borrower is told; the first words begin the conversation."""
    RECEIVED = "received"
    """The amount that a transfer brought. Figure: the day it came, as yyyymmdd."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a reply means: the act, the handoff, and what was chosen on the way there."""

    answers: Answers
    handoff_id: int
    figure: int = 0


def remember(place: dict[str, Any], chat_id: int, message_id: int, prompt: Prompt) -> None:
    """Have a reply to that message answer `prompt`."""
    others = [entry for entry in _entries(place) if entry[:2] != [chat_id, message_id]]
    kept = [*others, [chat_id, message_id, prompt.answers.value, prompt.handoff_id, prompt.figure]]
    place[_PLACE] = kept[-KEPT:]


def recall(place: dict[str, Any], chat_id: int, message_id: int) -> Prompt | None:
    """What a reply to that message answers, or None when it is no prompt of this officer."""
    for chat, message, answers, handoff_id, figure in _entries(place):
        if (chat, message) == (chat_id, message_id):
            return Prompt(Answers(answers), handoff_id, figure)
    return None


def forget(place: dict[str, Any], chat_id: int, message_id: int) -> None:
    """The prompt is answered or overtaken."""
    if _PLACE in place:
        place[_PLACE] = [entry for entry in _entries(place) if entry[:2] != [chat_id, message_id]]


def _entries(place: dict[str, Any]) -> list[list[Any]]:
    return list(place.get(_PLACE, ()))
