"""What the browser tests work on: a clock that is moved by hand, a small town, and the page with its phones."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator, Page

from sandbox import Sandbox

WAIT_MS = 60_000


@dataclass
class SteppedClock:
    """A clock that stands still until it is moved; it notes by which names it was moved."""

    instant: datetime = datetime(2025, 12, 1, 4, 0, tzinfo=UTC)
    jumps: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return self.instant

    async def advance(self, step: timedelta) -> None:
        self.instant += step

    async def to_payday(self) -> None:
        self.jumps.append("to payday")
        self.instant = datetime(2025, 12, 25, 4, 0, tzinfo=UTC)


@dataclass
class Town:
    """The sandbox with Lin, who is served, and Grace, who serves and is in the desk group."""

    sandbox: Sandbox
    clock: SteppedClock
    lin: int
    grace: int
    desk: int


@dataclass
class Wall:
    """The phone page with both phones on it."""

    page: Page
    town: Town

    def phone(self, person: int) -> Locator:
        return self.page.locator(f"[data-person='{person}']")

    @property
    def lin(self) -> Locator:
        return self.phone(self.town.lin)

    @property
    def grace(self) -> Locator:
        return self.phone(self.town.grace)
