"""The lender: who it is, its hours, its ladders of reminders and notices. Read from `lender.toml`."""

from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from services.configuration import Configured, Words, Written, load
from services.contact_policy import ContactWindow
from services.gateways import LenderIdentity
from services.money import Money

FILE = "lender.toml"

Days = Annotated[int, Field(ge=0, le=3660)]


class OverdueNoticeStep(Configured):
    """A rung of the overdue ladder: from `days` past due on, in that tone."""

    days: Annotated[int, Field(ge=1, le=3660)]
    tone: str = Field(pattern=r"^(kind|firm|final)$")


class WindowTimes(Configured):
    """Wall-clock times in the borrower's zone."""

    open: time
    close: time


class TransferAccount(Configured):
    """Where borrowers pay to by bank transfer."""

    bank: Words
    holder: str
    number: str


class UploadLimits(Configured):
    max_mb: Annotated[int, Field(ge=1, le=20)]
    """Megabytes a file; Telegram lets a bot fetch 20 at most."""
    max_pages: Annotated[int, Field(ge=1, le=500)]


class Lender(Configured):
    """What differs from one lender to another and is no product. Day counts are calendar days."""

    name: Words
    licence: str
    regulator: Words
    complaint_phone: str
    service_hours: Words
    time_zone: str
    currency: str
    languages: Annotated[list[str], Field(min_length=1)]
    """The first is the lender's own."""
    consent_version: str
    reminder_days: list[Days]
    reminder_hours: Annotated[list[Annotated[int, Field(ge=0, le=23)]], Field(min_length=1)]
    """Hours of the day that a borrower may choose for reminders."""
    default_reminder_hour: int
    overdue_steps: list[OverdueNoticeStep]
    escalate_from_days: Days
    contact_hours: WindowTimes
    offer_valid_days: Annotated[int, Field(ge=1, le=365)]
    signing_code_minutes: Annotated[int, Field(ge=1, le=60)]
    signing_phrases: dict[str, str]
    """By language: what a borrower may type instead of the code to sign."""
    answer_within_days: Annotated[int, Field(ge=1, le=60)]
    decision_within_hours: Annotated[int, Field(ge=1, le=720)]
    payment_valid_minutes: Annotated[int, Field(ge=5, le=1440)]
    draft_kept_days: Annotated[int, Field(ge=1, le=365)]
    transfer_account: TransferAccount
    uploads: UploadLimits
    rate_cap_multiple: Annotated[Decimal, Written, Field(gt=0)]
    """The APR of a contract may not exceed this many times the one-year reference rate of its day."""
    forbidden_words: list[str] = []
    """What no officer may write to a borrower."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError('an IANA time zone such as "Asia/Shanghai"') from error
        return value

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        try:
            Money.zero(value)
        except (ValueError, LookupError) as error:
            raise ValueError('an ISO 4217 currency such as "CNY"') from error
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.default_reminder_hour not in self.reminder_hours:
            raise ValueError("default_reminder_hour to be one of reminder_hours")
        days = [step.days for step in self.overdue_steps]
        if days != sorted(set(days)):
            raise ValueError("overdue_steps in rising order of days, each day once")
        return self

    @property
    def contact_window(self) -> ContactWindow:
        return ContactWindow(self.contact_hours.open, self.contact_hours.close)

    @property
    def identity(self) -> LenderIdentity:
        """As it stands on papers."""
        return LenderIdentity(self.name, self.licence, self.complaint_phone)


def load_lender(folder: Path) -> Lender:
    """Read `lender.toml`. Raises ConfigurationError."""
    return load(Lender, folder / FILE)
