"""What every update's context and the sender share: one object for the life of the application."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from telegram import Update

from bot.papers.example_picture import ExamplePictures
from bot.papers.press import Press
from bot.wording.i18n import Catalogues, Translator
from services.assembly import Services

if TYPE_CHECKING:
    from bot.context import LoanlineContext

CARD: Final = "card"
"""Where a place keeps the id of the last dialogue card whose buttons still show."""
STANDING: Final = "standing_card"
"""Where a place keeps the id of the card, if it is one, that shows where an application stands."""


@dataclass(slots=True)
class Runtime:
    services: Services
    catalogues: Catalogues
    press: Press = field(default_factory=Press)
    """Draws schedule pictures; the papers come through the services."""
    examples: ExamplePictures = field(init=False)
    """How papers are photographed."""
    show_current: "Callable[[Update, LoanlineContext], Awaitable[object]] | None" = None
    """Shows again the question that the person is at; the dialogues set it, the error edge uses it after a press of an
    outdated button."""

    def __post_init__(self) -> None:
        self.examples = ExamplePictures(self.press)

    @property
    def desk(self) -> Translator:
        """The officers' language: the desk's, without a desk the lender's first."""
        lender, desk = self.services.lender, self.services.staff.desk
        return self.catalogues.translator(desk.language if desk else lender.languages[0], lender.time_zone)
