"""What a sender gets to see of the outbox: a message with its address, and how long a failed one waits."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.messages.message_params import MessageParam
from services.messages.outbox import BULK, MessageClass
from services.retry_policy import RetryPolicy

RESENDING: Final = RetryPolicy(first=timedelta(seconds=5), longest=timedelta(minutes=15), attempts=15)
"""5 s, 10 s, 20 s … 15 min, for about two hours in all."""


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message claimed for delivery."""

    id: int
    kind: str
    message_class: MessageClass
    params: dict[str, MessageParam]
    """With the words in place of every `Said`."""
    borrower_id: int | None
    """None for the officers' desk."""
    chat_id: int
    """Telegram id of the borrower or of the desk's chat."""
    language: str
    time_zone: str
    loan_id: int | None
    handoff_id: int | None
    attempts: int
    """Failed attempts so far."""

    @property
    def bulk(self) -> bool:
        """Whether nobody waits for it, so that everything else goes first."""
        return self.message_class in BULK
