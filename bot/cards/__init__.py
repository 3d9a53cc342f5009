"""The officers' cards: a handoff as one message with buttons, who, what, how much, since when, what next.

Announcements send and edit them, handlers show them again; both take the same face.
"""

from dataclasses import dataclass
from datetime import timedelta

from telegram import InlineKeyboardMarkup

from bot.cards.application_lines import application_lines, payout_lines
from bot.cards.extension_lines import extension_lines, extension_of
from bot.cards.granted import granted_offer
from bot.cards.head_lines import closing_lines, head_lines
from bot.cards.keyboard import card_keyboard
from bot.cards.line_lines import draw_lines
from bot.cards.loan_lines import incident_lines, loan_lines, payment_lines
from bot.cards.quotes import quote
from bot.wording import markup
from bot.wording.i18n import Translator
from services.assembly import Services
from services.desk.handoff_cards import DeskCard
from services.desk.handoff_states import HandoffKind
from services.extensions.extension_views import ExtensionFile
from services.origination.offer_views import Offer
from services.wording import LocalizedText

SHORTER_QUOTES = 300
"""Characters of each quotation on a card that is too long otherwise."""


@dataclass(frozen=True, slots=True)
class CardFace:
    """What a card looks like: Telegram HTML of at most one message, and its buttons."""

    text: str
    keyboard: InlineKeyboardMarkup | None


async def card_face(card: DeskCard, t: Translator, services: Services) -> CardFace:
    """The card as of now, in the officers' language."""
    offer, extension = await granted_offer(services, card), await extension_of(services, card)
    text = "\n".join(_lines(card, offer, extension, t, services))
    if markup.shown_length(text) > markup.MESSAGE_LIMIT:
        text = "\n".join(_lines(card, offer, extension, t, services, quoted=SHORTER_QUOTES))
    return CardFace(text, card_keyboard(card, t))


def _lines(
    card: DeskCard,
    offer: Offer | None,
    extension: ExtensionFile | None,
    t: Translator,
    services: Services,
    quoted: int = 2500,
) -> list[str]:
    now, answer_within = services.clock.now(), timedelta(days=services.lender.answer_within_days)
    lines = [*head_lines(card, t), ""]
    if card.text is not None:
        lines.append(quote(card.text, quoted, t))
    product = card.details.get("product")
    if isinstance(product, LocalizedText):
        lines.append(t("desk.about_product", product=product))
    if card.application is not None:
        about = payout_lines if card.handoff.kind is HandoffKind.PAYOUT else application_lines
        lines += about(card, card.application, offer, t, quoted)
    if card.draw is not None:
        lines += draw_lines(card.draw, card.handoff.status, t)
    if card.payment is not None:
        lines += payment_lines(card.payment, t)
    if card.handoff.kind is HandoffKind.INCIDENT:
        lines += incident_lines(card, t)
    if card.handoff.kind is HandoffKind.UNREACHABLE:
        lines.append(t("desk.unreachable"))
    if extension is not None:
        lines += [*extension_lines(card, extension, t), ""]
    if card.loan is not None:
        lines += loan_lines(card.loan.loan, t)
    return [*lines, "", *closing_lines(card, t, now, answer_within)]
