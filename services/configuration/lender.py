"""The lender: who it is, its hours, its ladders of reminders and notices. Read from `lender.toml`."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from services.configuration.allowance_rules import Allowances
from services.configuration.contact_policy import ContactWindow
from services.configuration.reading import (
    Configured,
    EachOnce,
    Inconsistent,
    Line,
    TimeOfDay,
    Whole,
    Words,
    Written,
    load,
)
from services.gateways import LenderIdentity
from services.money import InvalidMoney, Money

FILE = "lender.toml"

Days = Annotated[Whole, Field(ge=0, le=3660)]


class OverdueNoticeStep(Configured):
    """A rung of the overdue ladder: from `days` past due on, in that tone."""

    days: Annotated[Whole, Field(ge=1, le=3660)]
    tone: Literal["kind", "firm", "final"]


class WindowTimes(Configured):
    """Wall-clock times in the borrower's zone."""

    open: TimeOfDay
    close: TimeOfDay


class TransferAccount(Configured):
    """Where borrowers pay to by bank transfer."""

    bank: Words
    holder: Line
    number: Line


class UploadLimits(Configured):
    max_mb: Annotated[Whole, Field(ge=1, le=20)]
    """Megabytes a file; Telegram lets a bot fetch 20 at most."""
    max_pages: Annotated[Whole, Field(ge=1, le=500)]


class Lender(Configured):
    """What differs from one lender to another and is no product. Day counts are calendar days."""

    name: Words
    licence: Line
    regulator: Words
    complaint_phone: Line
    service_hours: Words
    time_zone: str
    currency: str
    languages: Annotated[list[Line], Field(min_length=1), EachOnce]
    """The first is the lender's own."""
    consent_version: Line
    reminder_days: Annotated[list[Days], EachOnce]
    reminder_hours: Annotated[list[Annotated[Whole, Field(ge=0, le=23)]], Field(min_length=1), EachOnce]
    """Hours of the day that a borrower may choose for reminders."""
    default_reminder_hour: Whole
    overdue_steps: list[OverdueNoticeStep]
    escalate_from_days: Days
    contact_hours: WindowTimes
    offer_valid_days: Annotated[Whole, Field(ge=1, le=365)]
    signing_code_minutes: Annotated[Whole, Field(ge=1, le=60)]
    signing_phrases: dict[str, Line]
    """By language: what a borrower may type instead of the code to sign."""
    answer_within_days: Annotated[Whole, Field(ge=1, le=60)]
    decision_within_hours: Annotated[Whole, Field(ge=1, le=720)]
    payment_valid_minutes: Annotated[Whole, Field(ge=5, le=1440)]
    draft_kept_days: Annotated[Whole, Field(ge=1, le=365)]
    transfer_account: TransferAccount
    uploads: UploadLimits
    rate_cap_multiple: Annotated[Decimal, Written, Field(gt=0, le=100)]
    """The APR of a contract may not exceed this many times the one-year reference rate of its day."""
    allowances: Allowances = Allowances()
    forbidden_words: list[Line] = Field(default_factory=list)
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
        except InvalidMoney as error:
            raise ValueError('an ISO 4217 currency such as "CNY"') from error
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.default_reminder_hour not in self.reminder_hours:
            raise Inconsistent("default_reminder_hour", "one of reminder_hours", self.default_reminder_hour)
        days = [step.days for step in self.overdue_steps]
        if days != sorted(set(days)):
            raise Inconsistent("overdue_steps", "rising days, each once", days)
        unsigned = [language for language in self.languages if language not in self.signing_phrases]
        if unsigned:
            raise Inconsistent(f"signing_phrases.{unsigned[0]}", "a phrase for each of the languages")
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
