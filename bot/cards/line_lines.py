"""What an officer's card says about a revolving line and a draw on it."""

from collections.abc import Iterator

from bot.wording.i18n import Translator
from services.desk.handoff_cards import CardDraw
from services.desk.handoff_states import HandoffStatus
from services.lending.credit_line_views import CreditLine


def line_lines(line: CreditLine, t: Translator) -> Iterator[str]:
    """How the line stands today."""
    yield t("desk.line", limit=line.limit, drawn=line.drawn, available=line.available, until=line.valid_until)
    if line.blocked:
        yield t("desk.line_blocked")


def draw_lines(draw: CardDraw, status: HandoffStatus, t: Translator) -> Iterator[str]:
    """For the cashier who pays out."""
    if status is not HandoffStatus.CLOSED:
        yield t("desk.pay_out", amount=draw.amount, account=draw.account_masked)
    yield t("desk.draw", draw=draw.reference, amount=draw.amount, confirmed=draw.confirmed_at)
