"""The rows of a loan in the order of their dates, and how far time has gone through them. Amounts are minor units."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date

from services.engine.installment import Installment


class Rows:
    """Knows which installments are due, ahead and running. Only the oldest that are done with are passed over."""

    def __init__(self, installments: list[Installment]) -> None:
        self.installments = installments
        self._live_from = 0
        self._next_due = 0

    def ahead(self) -> list[Installment]:
        """Installments that are not yet due."""
        return self.installments[self._next_due :]

    def with_dues(self) -> list[Installment]:
        """Installments that may ask for something today: those due and not done with, and those charged early."""
        return self.behind() + [row for row in self.ahead() if row.charges]

    def behind(self) -> list[Installment]:
        """Installments that have fallen due, without the oldest that are done with."""
        return self.installments[self._live_from : self._next_due]

    def running(self, day: date) -> Iterator[Installment]:
        """Installments ahead that may have borne interest by `day`, and the last due one where its interest goes on."""
        if self._next_due and self.installments[self._next_due - 1].line.grows:
            yield self.installments[self._next_due - 1]
        for index in range(self._next_due, len(self.installments)):
            row = self.installments[index]
            if not row.has_begun(day):
                return
            yield row

    def is_due_date(self, day: date) -> bool:
        """Whether an installment falls due on the day."""
        return self._next_due > 0 and self.installments[self._next_due - 1].due_on == day

    def in_arrears(self, day: date) -> bool:
        """Whether an installment due before `day` is not cleared."""
        return any(row.due_on < day and row.arrears() for row in self.behind())

    def next_due_on(self) -> date | None:
        """The due date of the first installment ahead."""
        return self.installments[self._next_due].due_on if self._next_due < len(self.installments) else None

    def period_end(self, since: date) -> date | None:
        """The first day, on `since` or later, on which a row's period ends."""
        place = bisect_left(self.installments, since, key=_ends)
        return _ends(self.installments[place]) if place < len(self.installments) else None

    def falling_due(self, day: date) -> Iterator[Installment]:
        """Installments ahead whose due date has come by `day`; each that was yielded has fallen due."""
        while self._next_due < len(self.installments) and self.installments[self._next_due].due_on <= day:
            yield self.installments[self._next_due]
            self._next_due += 1

    def pass_settled(self) -> None:
        """The oldest due installments that are settled are done with."""
        while self._live_from < self._next_due and self.installments[self._live_from].settled_on is not None:
            self._live_from += 1

    def look_back(self) -> None:
        """An installment that was done with may ask for something again."""
        self._live_from = 0


def _ends(installment: Installment) -> date:
    return installment.line.period.end
