"""Which drawn example helps with which paper."""

from enum import StrEnum


class Example(StrEnum):
    """What the drawing shows; `bot/papers/templates/example_picture.typ` draws each."""

    IDENTITY_CARD = "identity_card"
    PAPER = "paper"
    """A page of writing and figures, such as a payslip or an account statement."""
    LICENCE = "licence"
    """A framed certificate with a seal."""
    RECEIPT = "receipt"
    """A narrow slip, such as of a bank transfer."""
