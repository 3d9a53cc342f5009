"""One phone on the phone page, used as a person uses it: look for words, tap, type, attach."""

import re
from dataclasses import dataclass

from playwright.async_api import FilePayload, Locator, expect


@dataclass(frozen=True, slots=True)
class Handset:
    """The phone of one person. Every act waits for what it needs; nothing waits for a time."""

    screen: Locator

    def bubble(self, text: str | re.Pattern[str]) -> Locator:
        """The newest message with that text in it."""
        return self.screen.get_by_test_id("message").filter(has_text=text).last

    async def sees(self, text: str | re.Pattern[str]) -> Locator:
        """Wait until a message with that text is there."""
        found = self.bubble(text)
        await expect(found).to_be_visible()
        return found

    async def sees_last(self, *texts: str) -> Locator:
        """Wait until the newest message has all these texts in it."""
        newest = self.screen.get_by_test_id("message").last
        for text in texts:
            await expect(newest).to_contain_text(text)
        return newest

    async def tap(self, label: str) -> None:
        """Press the newest button under a message whose label has this text in it."""
        await self.screen.get_by_test_id("inline-button").filter(has_text=label).last.click()

    async def say(self, text: str) -> None:
        field = self.screen.get_by_test_id("composer-input")
        await field.fill(text)
        await field.press("Enter")

    async def reply(self, question: str, text: str) -> None:
        """Type the answer to a message that asks for a reply, once the page has turned to it."""
        await expect(self.screen.get_by_test_id("reply-bar")).to_contain_text(question)
        await self.say(text)
        await expect(self.screen.get_by_test_id("reply-bar")).to_be_hidden()

    async def share_number(self) -> None:
        """Press the contact button below the composer and say yes to the dialog."""
        await self.screen.get_by_test_id("reply-button").click()
        await self.screen.get_by_test_id("share-contact").get_by_test_id("dialog-yes").click()

    async def attach(self, data: bytes, name: str) -> None:
        """Send a file through the attach menu: a JPEG as photo, anything else as a file."""
        photo = name.endswith(".jpg")
        kind = "image/jpeg" if photo else "application/pdf"
        await self.screen.get_by_test_id("attach").click()
        chooser = self.screen.get_by_test_id("file-photo" if photo else "file-document")
        await chooser.set_input_files(FilePayload(name=name, mimeType=kind, buffer=data))
        await self.screen.get_by_test_id("send-files").click()
        await expect(self.screen.get_by_test_id("preview-sheet")).to_have_count(0)

    async def pay(self, amount: str) -> None:
        """Open the newest invoice's payment page, check the sum on it and pay."""
        await self.screen.locator("[data-kind=pay]").last.click()
        await expect(self.screen.get_by_test_id("pay-total")).to_have_text(amount)
        await self.screen.get_by_test_id("pay").click()
        await expect(self.screen.get_by_test_id("pay-result")).to_contain_text("Paid")
        await self.screen.get_by_test_id("pay-close").click()
