"""The town of the conversations, with a borrower's and an officer's phone on the page and a clock in its bar."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.handset import Handset
from tests.conversations.town import Town

SCREENSHOTS = "LOANLINE_SCREENSHOTS"
"""Names a folder; the stage then saves what is on the page at every milestone."""


@dataclass(slots=True)
class LendingStage:
    """Both phones and the clock above them."""

    page: Page
    town: Town
    borrower: Handset = field(init=False)
    officer: Handset = field(init=False)
    _milestones: int = 0

    def __post_init__(self) -> None:
        self.borrower = Handset(self.page.locator(f"[data-person='{self.town.stage.borrower}']"))
        self.officer = Handset(self.page.locator(f"[data-person='{self.town.stage.officer}']"))

    async def milestone(self, name: str) -> None:
        """Everything that is due has arrived; what is on the page is kept where the environment asks for it."""
        await self.town.settled()
        self._milestones += 1
        if folder := os.environ.get(SCREENSHOTS):
            path = Path(folder) / f"{self._milestones:02d}-{name}.png"
            await self.page.screenshot(path=path, animations="disabled")

    async def pass_days(self, days: int) -> None:
        """Press the clock's buttons until so many days have gone by."""
        for button, count in (("clock-week", days // 7), ("clock-day", days % 7)):
            for _ in range(count):
                await self._press(f"[data-testid='{button}']")

    async def to_due_date(self) -> None:
        await self._press("[data-jump='to next due date']")

    async def _press(self, button: str) -> None:
        await self.town.settled()
        before = self.town.clock.now()
        await self.page.locator(button).click()
        await expect(self.page.locator(button)).to_be_enabled()
        assert self.town.clock.now() > before
        await self.town.settled()
