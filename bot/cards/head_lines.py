"""The first and the last lines of every card: what it is, who has it, who it is about, since when it waits."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.cards.figures import waited
from bot.wording.i18n import Translator
from services.desk.handoff_cards import DeskCard
from services.desk.handoff_states import HandoffKind, HandoffStatus

SEPARATOR = " · "
PROMISED_AN_ANSWER = frozenset({HandoffKind.COMPLAINT, HandoffKind.DATA_REQUEST})


def head_lines(card: DeskCard, t: Translator) -> Iterator[str]:
    handoff = card.handoff
    yield t("desk.head", kind=handoff.kind.label, reference=handoff.reference)
    yield _state(card, t)
    yield SEPARATOR.join(_person(card, t))


def _state(card: DeskCard, t: Translator) -> str:
    handoff = card.handoff
    name = handoff.claimed_by_name
    if handoff.status is HandoffStatus.CLOSED:
        return t("desk.state_closed") if name is None else t("desk.state_closed_by", name=name)
    if name is None:
        return t("desk.state_open")
    return t("desk.state_talking" if handoff.talking else "desk.state_claimed", name=name)


def _person(card: DeskCard, t: Translator) -> Iterator[str]:
    borrower = card.borrower
    yield t("desk.name", name=borrower.name) if borrower.name else t("desk.name_unknown")
    if card.application is not None and card.application.age is not None:
        yield t("desk.age", age=card.application.age)
    if borrower.phone_masked:
        yield t("desk.phone", phone=borrower.phone_masked)
    if borrower.id_number_masked:
        yield t("desk.identity", number=borrower.id_number_masked)
    if borrower.language and borrower.language != t.language:
        yield t("desk.speaks", language=t.plain(f"start.language_{borrower.language}"))


def closing_lines(card: DeskCard, t: Translator, now: datetime, answer_within: timedelta) -> Iterator[str]:
    """Since when it waits and what comes next; what it came to, once it is closed. `answer_within` is the lender's
    promise to whoever complains or asks about their data."""
    handoff = card.handoff
    if handoff.status is HandoffStatus.CLOSED:
        yield from _outcome(card, t)
        return
    yield t("desk.since", since=card.waiting_since, length=waited(card.waiting_since, now, t))
    if handoff.kind is HandoffKind.APPLICATION and card.application is not None:
        due = card.application.application.decision_due_at
        if due is not None:
            yield t("desk.decide_by" if now <= due else "desk.decide_late", due=due)
    elif handoff.kind is HandoffKind.EXTENSION:
        decide_by = card.details.get("decide_by")
        if isinstance(decide_by, datetime):
            yield t("desk.decide_by" if now <= decide_by else "desk.decide_late", due=decide_by)
    elif handoff.kind in PROMISED_AN_ANSWER:
        due = handoff.opened_at + answer_within
        yield t("desk.answer_by" if now <= due else "desk.answer_late", due=due)


def _outcome(card: DeskCard, t: Translator) -> Iterator[str]:
    if card.draw is not None:
        yield t("desk.outcome", outcome=card.draw.status)
    elif card.payment is not None and card.handoff.kind is HandoffKind.TRANSFER_RECEIPT:
        yield t("desk.outcome", outcome=card.payment.status)
    elif card.application is not None:
        yield t("desk.outcome", outcome=card.application.application.status.label)
    else:
        yield t("desk.since_closed", since=card.waiting_since)
