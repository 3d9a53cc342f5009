"""What happens to a loan after disbursement. Events are only ever added; a correction is a reversal."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from services.engine.conditions import MOST_INSTALLMENTS
from services.engine.dates import LAST_DAY
from services.engine.errors import DOCUMENT, EngineError, InvalidEvent, MissingKey, OutOfRange, UnknownKey, shown
from services.engine.fields import Reader, as_choice, as_date, as_integer, as_json, as_money, as_percent, as_text
from services.engine.policy import Component
from services.engine.terms import Terms
from services.money import Money

MOST_EVENTS = 5000


class EventType(StrEnum):
    """The kinds of events."""

    REPAY = "repay"
    PREPAY = "prepay"
    PAYOFF = "payoff"
    FEE = "fee"
    WAIVE = "waive"
    REVERSE = "reverse"
    EXTEND = "extend"
    RESCHEDULE = "reschedule"
    WRITE_OFF = "write_off"
    RECOVER = "recover"
    REFUND = "refund"
    DRAW = "draw"


_REQUIRED: dict[EventType, tuple[str, ...]] = {
    EventType.REPAY: ("amount",),
    EventType.PREPAY: ("amount",),
    EventType.PAYOFF: (),
    EventType.FEE: ("name", "amount"),
    EventType.WAIVE: ("of", "amount"),
    EventType.REVERSE: ("event",),
    EventType.EXTEND: ("installments",),
    EventType.RESCHEDULE: ("terms",),
    EventType.WRITE_OFF: (),
    EventType.RECOVER: ("amount",),
    EventType.REFUND: ("amount",),
    EventType.DRAW: ("amount",),
}
_OPTIONAL: dict[EventType, tuple[str, ...]] = {
    EventType.FEE: ("due_on", "counts_as"),
    EventType.EXTEND: ("annual_rate",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: `type` says which of the other values it has.

    `of` is the component that a waiver forgives; `event` the index of the event that a reversal undoes;
    `due_on` puts a fee with the installment whose period holds that date; `counts_as` penalty puts it with penalties.
    An extension adds `installments` and may set another `annual_rate` (percent); `terms` replace the old ones.
    Raises EngineError: InvalidEvent and its siblings.
    """

    on: date
    type: EventType
    amount: Money | None = None
    name: str | None = None
    of: Component | None = None
    event: int | None = None
    due_on: date | None = None
    counts_as: Component | None = None
    installments: int | None = None
    annual_rate: Decimal | None = None
    terms: Terms | None = None

    def __post_init__(self) -> None:
        known = {"on", "type", *_REQUIRED[self.type], *_OPTIONAL.get(self.type, ())}
        for name in (known.name for known in fields(self)):
            if name not in known and getattr(self, name) is not None:
                raise UnknownKey(field=name, name=shown(name))
        for name in _REQUIRED[self.type]:
            if getattr(self, name) is None:
                raise MissingKey(field=name)
        if self.amount is not None and self.amount.minor <= 0:
            raise OutOfRange(field="amount", minimum=Money.from_minor(1, self.amount.currency).amount, maximum="any")
        if self.of is Component.PRINCIPAL:
            raise InvalidEvent(field="of", reason="principal is written off, not waived")
        if self.counts_as not in (None, Component.FEE, Component.PENALTY):
            raise InvalidEvent(field="counts_as", reason="a charge counts as a fee or as a penalty")

    @classmethod
    def from_json(cls, value: object, currency: str) -> Self:
        """Read an event of a loan in the currency. Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value)
        kind = as_choice(reader.required("type"), EventType, "type")
        reader.allow(("on", "type", *_REQUIRED[kind], *_OPTIONAL.get(kind, ())))
        return cls(
            on=reader.day("on"),
            type=kind,
            amount=reader.optional("amount", lambda found, at: as_money(found, currency, at)),
            name=reader.optional("name", as_text),
            of=reader.optional("of", lambda found, at: as_choice(found, Component, at)),
            event=reader.optional("event", lambda found, at: as_integer(found, at, 0, MOST_EVENTS)),
            due_on=reader.optional("due_on", as_date),
            counts_as=reader.optional("counts_as", lambda found, at: as_choice(found, Component, at)),
            installments=reader.optional("installments", lambda found, at: as_integer(found, at, 0, MOST_INSTALLMENTS)),
            annual_rate=reader.optional("annual_rate", as_percent),
            terms=reader.optional("terms", _terms),
        )

    def to_json(self) -> dict[str, object]:
        """A plain dict that `from_json` reads back to an equal event."""
        return {
            known.name: as_json(value) for known in fields(self) if (value := getattr(self, known.name)) is not None
        }


def _terms(value: object, path: str) -> Terms:
    try:
        return Terms.from_json(value)
    except EngineError as refusal:
        raise refusal.within(path) from None


def check_history(events: Sequence[Event], disbursed_on: date, currency: str) -> None:
    """Raises EngineError, its path within the list of events, for what cannot have happened to the loan."""
    if len(events) > MOST_EVENTS:
        raise OutOfRange(field=DOCUMENT, minimum=0, maximum=MOST_EVENTS)
    undone: set[int] = set()
    for index, event in enumerate(events):
        if not disbursed_on <= event.on <= LAST_DAY:
            raise OutOfRange(field=f"[{index}].on", minimum=disbursed_on, maximum=LAST_DAY)
        if event.amount is not None and event.amount.currency != currency:
            raise InvalidEvent(field=f"[{index}].amount", reason="its currency is not the loan's")
        if event.type is EventType.REVERSE:
            _check_reversal(events, index, undone)


def _check_reversal(events: Sequence[Event], index: int, undone: set[int]) -> None:
    event, field = events[index], f"[{index}].event"
    target = event.event if event.event is not None else -1
    if not 0 <= target < len(events) or target == index:
        raise InvalidEvent(field=field, reason="there is no such event to reverse")
    if events[target].type is EventType.REVERSE:
        raise InvalidEvent(field=field, reason="a reversal is not reversed, the event is entered again")
    if target in undone:
        raise InvalidEvent(field=field, reason="that event is reversed already")
    if events[target].on > event.on:
        raise InvalidEvent(field=field, reason="that event lies after its reversal")
    undone.add(target)
