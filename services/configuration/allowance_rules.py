"""How often one person may ask for what costs much: the `[allowances]` table of `lender.toml`."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from services.configuration.reading import Configured, Whole


class Costly(StrEnum):
    """What takes work, money or an officer's time, and nobody needs without end."""

    APPLICATION = "applications"
    """Starting an application."""
    UPLOAD = "uploads"
    """Having a file looked through, whether it is accepted or not."""
    PAPER = "papers"
    """Having a contract or a statement drawn up as PDF."""
    SIGNING_CODE = "signing_codes"
    PICTURE = "pictures"
    """Having a plan drawn as a picture."""
    REQUEST = "requests"
    """Calling in a person."""
    EXPORT = "exports"
    """A copy of everything that is stored about the person."""


class Allowance(Configured):
    """So many `times` at once; then one more for each equal part of `minutes`."""

    times: Annotated[Whole, Field(ge=1, le=10_000)]
    minutes: Annotated[Whole, Field(ge=1, le=525_600)]

    @property
    def span_us(self) -> int:
        """Microseconds after which all of a spent allowance is back; at least `minutes`, for the parts are whole."""
        return self.part_us * self.times

    @property
    def part_us(self) -> int:
        """Microseconds after which one more is allowed, rounded up."""
        whole = timedelta(minutes=self.minutes) // timedelta(microseconds=1)
        return -(-whole // self.times)


class Allowances(Configured):
    """One allowance for each costly thing."""

    applications: Allowance = Allowance(times=5, minutes=1440)
    uploads: Allowance = Allowance(times=60, minutes=60)
    papers: Allowance = Allowance(times=20, minutes=60)
    signing_codes: Allowance = Allowance(times=10, minutes=60)
    pictures: Allowance = Allowance(times=30, minutes=60)
    requests: Allowance = Allowance(times=10, minutes=1440)
    exports: Allowance = Allowance(times=3, minutes=1440)

    def of(self, costly: Costly) -> Allowance:
        found: Allowance = getattr(self, costly)
        return found
