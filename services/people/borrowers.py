"""Borrowers: who they are, how they are reached, and what they agreed to. Identity is sealed; only masks come out."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import phonenumbers
from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.answers import folded, read_whole_number
from services.audit.acts import borrower_did
from services.clock import Clock
from services.configuration.allowance_rules import Costly
from services.configuration.lender import Lender
from services.db import Database
from services.errors import InvalidInput, NotFound
from services.models import BorrowerRow
from services.people import unreachable
from services.people.allowances import spend
from services.people.personal_data import export_of
from services.vault import Vault


class LanguageNotOffered(InvalidInput):
    """The lender does not speak that language."""

    key = "borrowers.language_not_offered"
    field = "language"


class NotYourContact(InvalidInput):
    """The shared contact is somebody else's."""

    key = "borrowers.not_your_contact"
    field = "phone"


class InvalidPhone(InvalidInput):
    """The number cannot be a telephone number."""

    key = "borrowers.invalid_phone"
    field = "phone"


class PhoneTaken(InvalidInput):
    """Another chat has registered with that number."""

    key = "borrowers.phone_taken"
    field = "phone"


class HourNotOffered(InvalidInput):
    """Not among the hours of the day that reminders can come at, `choices`."""

    key = "borrowers.hour_not_offered"
    field = "reminder_hour"


@dataclass(frozen=True, slots=True)
class Borrower:
    """A person who writes to the bot. `reminder_hour` is an hour of the day in `time_zone`."""

    id: int
    telegram_id: int
    language: str | None
    consented: bool
    """Whether they agreed to the present version of the data terms."""
    phone_masked: str | None
    full_name: str | None
    id_number_masked: str | None
    time_zone: str
    reminder_hour: int

    @property
    def registered(self) -> bool:
        """Whether language, consent and telephone number are all there."""
        return self.language is not None and self.consented and self.phone_masked is not None


_BY_TELEGRAM_ID: Final = select(BorrowerRow).where(BorrowerRow.telegram_id == bindparam("telegram_id"))
"""Asked for every update, and built once."""


class Borrowers:
    """Getting to know people, and what they choose for themselves."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, lender: Lender) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._lender = lender

    async def meet(self, telegram_id: int, language_hint: str | None = None, known: Row[Any] | None = None) -> Borrower:
        """Whoever writes from that account, made known on the first word. Who writes can be reached again. `known` is
        the person's row where it was read a moment ago, with the columns `BorrowerRow.KNOWN_BY`."""
        row: BorrowerRow | Row[Any] | None = known
        if row is None:
            async with self._database.reading() as session:
                row = await session.scalar(_BY_TELEGRAM_ID, {"telegram_id": telegram_id})
        if row is not None and row.unreachable_since is None:
            return self._view(row)
        try:
            return await self._meet_anew(telegram_id)
        except IntegrityError:
            return await self.meet(telegram_id, language_hint)

    async def _meet_anew(self, telegram_id: int) -> Borrower:
        async with self._database.transaction() as session:
            known = select(BorrowerRow).where(BorrowerRow.telegram_id == telegram_id)
            row = await session.scalar(known.with_for_update())
            if row is None:
                row = BorrowerRow(
                    telegram_id=telegram_id,
                    time_zone=self._lender.time_zone,
                    reminder_hour=self._lender.default_reminder_hour,
                    created_at=self._clock.now(),
                )
                session.add(row)
            await session.flush()
            await unreachable.found(session, row, self._clock.now())
            return self._view(row)

    async def get(self, borrower_id: int) -> Borrower:
        """Raises NotFound."""
        async with self._database.reading() as session:
            return self._view(await borrower_row(session, borrower_id))

    async def telegram_id_of(self, borrower_id: int) -> int:
        """Raises NotFound."""
        return (await self.get(borrower_id)).telegram_id

    async def choose_language(self, borrower_id: int, language: str) -> Borrower:
        """Raises LanguageNotOffered."""
        if language not in self._lender.languages:
            raise LanguageNotOffered
        async with self._database.transaction() as session:
            row = await borrower_row(session, borrower_id, lock=True)
            row.language = language
            return self._view(row)

    async def consent(self, borrower_id: int) -> Borrower:
        """Note that the person agreed to the present version of the data terms."""
        async with self._database.transaction() as session:
            row = await borrower_row(session, borrower_id, lock=True)
            row.consent_version = self._lender.consent_version
            row.consented_at = self._clock.now()
            borrower_did(
                session, row.id, "consented", now=row.consented_at, details={"version": self._lender.consent_version}
            )
            return self._view(row)

    async def share_phone(self, borrower_id: int, phone: str, contact_telegram_id: int) -> Borrower:
        """Take the number of the person's own contact. Raises NotYourContact, InvalidPhone or PhoneTaken."""
        async with self._database.transaction() as session:
            row = await borrower_row(session, borrower_id, lock=True)
            if contact_telegram_id != row.telegram_id:
                raise NotYourContact
            number = _e164(phone)
            taken = select(BorrowerRow.id).where(
                BorrowerRow.phone_fingerprint.in_(self._vault.fingerprints("phone", number)),
                BorrowerRow.id != borrower_id,
            )
            if await session.scalar(taken.limit(1)) is not None:
                raise PhoneTaken
            row.phone_sealed = self._vault.seal_text(number)
            row.phone_masked = masked(number, shown_first=len(number) - 8 if len(number) > 10 else 3)
            row.phone_fingerprint = self._vault.fingerprint("phone", number)
            borrower_did(session, row.id, "shared_phone", now=self._clock.now())
            try:
                await session.flush()
            except IntegrityError:
                raise PhoneTaken from None
            return self._view(row)

    async def set_reminder_hour(self, borrower_id: int, hour: int | str) -> Borrower:
        """Take the hour of the day for reminders, as typed or pressed. Raises HourNotOffered."""
        number = hour if isinstance(hour, int) else read_hour(hour)
        if number not in self._lender.reminder_hours:
            raise HourNotOffered(choices=[f"{each}:00" for each in self._lender.reminder_hours])
        async with self._database.transaction() as session:
            row = await borrower_row(session, borrower_id, lock=True)
            row.reminder_hour = number
            return self._view(row)

    async def mark_unreachable(self, borrower_id: int) -> None:
        """Note that Telegram refuses to deliver to this person, and call in an officer where something is open with
        them; their next word takes both back."""
        async with self._database.transaction() as session:
            row = await borrower_row(session, borrower_id, lock=True)
            await unreachable.lost(session, row, self._clock.now())

    async def export(self, borrower_id: int) -> dict[str, Any]:
        """A copy of everything stored about the person, as plain JSON values. Raises TooOften."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await borrower_row(session, borrower_id)
            await spend(session, self._lender, row.id, Costly.EXPORT, now)
            borrower_did(session, row.id, "exported_data", now=now)
            return await export_of(session, row, self._vault, now)

    def _view(self, row: BorrowerRow | Row[Any]) -> Borrower:
        return Borrower(
            id=row.id,
            telegram_id=row.telegram_id,
            language=row.language,
            consented=row.consent_version == self._lender.consent_version,
            phone_masked=row.phone_masked,
            full_name=None if row.full_name_sealed is None else self._vault.unseal_text(row.full_name_sealed),
            id_number_masked=row.id_number_masked,
            time_zone=row.time_zone,
            reminder_hour=row.reminder_hour,
        )


async def borrower_row(session: AsyncSession, borrower_id: int, *, lock: bool = False) -> BorrowerRow:
    """The row of a borrower. Raises NotFound."""
    row = await session.get(BorrowerRow, borrower_id, with_for_update=lock)
    if row is None:
        raise NotFound
    return row


def masked(text: str, shown_first: int, shown_last: int = 4) -> str:
    """`text` with its middle as asterisks."""
    hidden = max(len(text) - shown_first - shown_last, 4)
    return f"{text[:shown_first]}{'*' * hidden}{text[-shown_last:]}"


def age_on(born: date, day: date) -> int:
    """Whole years of age on `day`. A birthday on 29 February is reached on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def read_hour(text: str) -> int | None:
    """An hour of the day from `9`, `9:00`, `9点`, `上午9点` or `9 am`, `8pm`; None when it is none."""
    bare = folded(text)
    afternoon = any(word in bare for word in ("pm", "p.m", "下午", "晚上"))
    for word in ("a.m.", "p.m.", "am", "pm", "上午", "下午", "晚上", "早上", "o'clock", "点钟", "点", "时", ":00"):
        bare = bare.replace(word, "")
    hour = read_whole_number(bare)
    if hour is None or hour > 23:
        return None
    return hour + 12 if afternoon and hour < 12 else hour


def _e164(phone: str) -> str:
    """The number in international form. Raises InvalidPhone. Telegram leaves out the plus sign of some numbers."""
    try:
        number = phonenumbers.parse(phone if phone.startswith("+") else f"+{phone}")
    except phonenumbers.NumberParseException:
        raise InvalidPhone from None
    if not phonenumbers.is_possible_number(number):
        raise InvalidPhone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
