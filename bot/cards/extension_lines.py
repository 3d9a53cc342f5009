"""What a card says about a borrower's request for more time: how much and why, both plans, and what was before."""

from collections.abc import Iterator

from bot.cards.plan_lines import change_words, comparison_lines
from bot.wording.i18n import Translator
from services.assembly import Services
from services.desk.handoff_cards import DeskCard
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.extensions.extension_views import ExtensionFile


async def extension_of(services: Services, card: DeskCard) -> ExtensionFile | None:
    """The extension that the card is about; None for a card about something else."""
    extension_id = card.details.get("extension_id")
    if card.handoff.kind is not HandoffKind.EXTENSION or not isinstance(extension_id, int):
        return None
    return await services.extensions.for_staff(extension_id)


def extension_lines(card: DeskCard, file: ExtensionFile, t: Translator) -> Iterator[str]:
    """For the officer who decides."""
    extension = file.extension
    asked = change_words(extension.product, extension.asked, t)
    yield t("desk.extension_asked", change=asked, reference=extension.reference, reason=extension.reason.label)
    if extension.installments is not None:
        yield t("desk.extension_granted", change=change_words(extension.product, extension.wanted, t))
    if file.comparison is not None:
        yield from comparison_lines(file.comparison, t)
    if card.handoff.status is HandoffStatus.CLOSED:
        yield t("desk.outcome", outcome=extension.status.label)
        return
    if file.extended_before:
        yield t.n("desk.extension_before", file.extended_before)
    else:
        yield t("desk.extension_first")
    if file.asked_before:
        yield t.n("desk.extension_asked_before", file.asked_before)
