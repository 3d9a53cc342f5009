"""All invariants at the end of a day, when every fault is over and everything is at rest."""

import logging

from simulation.carrier import Carrier
from simulation.faults import Killed
from simulation.invariants.books import lost_or_doubled_money, senseless_entries, wrong_books
from simulation.invariants.deliveries import matters_nobody_has, stuck_messages, unheard_handoffs
from simulation.invariants.notices import Notices, notices_that_should_be_gone
from simulation.invariants.privacy import leaks, secrets_of
from simulation.invariants.states import contradictions
from simulation.invariants.updates import unhandled_updates
from simulation.town import Town

AFTERMATH = 80
"""Operations after a fault within which an error may be its consequence."""


class Broken(AssertionError):
    """An invariant does not hold. `findings` says which."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("; ".join(findings[:3]))
        self.findings = findings


class ErrorLog(logging.Handler):
    """Collects what the application logs as an error while no fault explains it."""

    def __init__(self, town: Town) -> None:
        super().__init__(logging.ERROR)
        self.unexplained: list[str] = []
        self._town = town

    def emit(self, record: logging.LogRecord) -> None:
        mishaps = self._town.mishaps
        if record.exc_info is not None and isinstance(record.exc_info[1], Killed):
            return
        if mishaps.between(mishaps.tick - AFTERMATH, mishaps.tick):
            return
        told = {key: record.__dict__[key] for key in ("trace", "message_kind", "step") if key in record.__dict__}
        self.unexplained.append(f"logged: {record.name}: {record.getMessage()} {told}")


class Checks:
    """Looks at the database and at what reached the chats."""

    def __init__(self, town: Town, carrier: Carrier, errors: ErrorLog) -> None:
        self._town = town
        self._carrier = carrier
        self._errors = errors
        self._notices = Notices(town.configuration.lender.contact_window, town.mishaps)
        self._read = 0
        """How many of the messages have been read for other people's secrets."""

    async def nothing_waits_in_vain(self) -> None:
        """What holds at any moment: no notice waits for what was paid. Raises Broken."""
        async with self._town.records.reading() as session:
            findings = await notices_that_should_be_gone(session)
        if findings:
            raise Broken(findings)

    async def all_hold(self) -> None:
        """Raises Broken."""
        town = self._town
        async with town.records.reading() as session:
            fresh, self._read = town.sent[self._read :], len(town.sent)
            findings = [
                *self._errors.unexplained,
                *await unhandled_updates(session, self._carrier.acknowledged, town.clock.now()),
                *await contradictions(session),
                *await wrong_books(session),
                *await senseless_entries(session),
                *await lost_or_doubled_money(session, town.charges),
                *await self._notices.improper(session, town.sent),
                *await notices_that_should_be_gone(session),
                *await stuck_messages(session, town.clock.now()),
                *await unheard_handoffs(session, town.sandbox.world.chats[town.desk].messages, town.desk),
                *await matters_nobody_has(session),
                *leaks(fresh, await secrets_of(session, town.people)),
            ]
        self._errors.unexplained.clear()
        self._carrier.acknowledged.clear()
        if findings:
            raise Broken(findings)
