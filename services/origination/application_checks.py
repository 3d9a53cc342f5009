"""What makes an answer of an application acceptable. Pure functions; each refusal says what would be right."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Final

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from services.answers import folded, read_amount
from services.configuration.product_definitions import Eligibility, Product, Purpose
from services.errors import InvalidInput
from services.money import Money
from services.origination.application_views import Affordability
from services.people.borrowers import age_on

LONGEST_NAME: Final = 60
LONGEST_TEXT: Final = 300
HIGHEST_INCOME: Final = Decimal(100_000_000)


class NameUnreadable(InvalidInput):
    """Too short, too long, or not letters."""

    key = "applications.name_unreadable"
    field = "name"


class InvalidIdNumber(InvalidInput):
    """Not a resident identity number: wrong length, place, date or check digit."""

    key = "applications.invalid_id_number"
    field = "id_number"


class IdNumberTaken(InvalidInput):
    """Another chat has registered with that identity number."""

    key = "applications.id_number_taken"
    field = "id_number"


class TooYoung(InvalidInput):
    """Younger than `minimum` years today."""

    key = "applications.too_young"
    field = "id_number"


class TooOldAtTheEnd(InvalidInput):
    """Older than `maximum` years on the day the loan ends."""

    key = "applications.too_old_at_the_end"
    field = "id_number"


class UnknownChoice(InvalidInput):
    """Not among the answers that the question offers."""

    key = "applications.unknown_choice"


class PurposeBanned(InvalidInput):
    """The lender may not finance that: `purpose` repeats what it understood."""

    key = "applications.purpose_banned"
    field = "purpose"


class TextTooShort(InvalidInput):
    """Fewer than `minimum` characters say too little."""

    key = "applications.text_too_short"


class TextTooLong(InvalidInput):
    """More than `maximum` characters."""

    key = "applications.text_too_long"


class AddressTooShort(InvalidInput):
    """An address needs street and number."""

    key = "applications.address_too_short"
    field = "address"


class IncomeUnreadable(InvalidInput):
    """No amount, or none that a person earns in a month."""

    key = "applications.income_unreadable"
    field = "income"


class InvalidPayoutAccount(InvalidInput):
    """No bank card number: 16 to 19 digits with a right check digit. A company's account may be another number."""

    key = "applications.invalid_payout_account"
    field = "payout_account"


class IdentityConfirmed(InvalidInput):
    """Name and ID number stand in the contract of a loan, so only an officer changes them."""

    key = "applications.identity_confirmed"


class InstallmentTooHigh(InvalidInput):
    """`monthly` is more than the `limit` that an income of `income` allows."""

    key = "applications.installment_too_high"
    field = "amount"


def full_name(text: str) -> str:
    """A person's name as written on the ID. Raises NameUnreadable."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    letters = [letter for letter in name if letter.isalpha()]
    if len(letters) < 2 or len(name) > LONGEST_NAME or not re.fullmatch(r"[^\W\d_]+(?:[ ·.'’-]+[^\W\d_]+)*\.?", name):
        raise NameUnreadable
    return name


def id_number(text: str) -> tuple[str, date]:
    """A Chinese resident identity number and the date of birth in it (GB 11643). Raises InvalidIdNumber."""
    try:
        number = ric.validate(re.sub(r"[\s-]", "", folded(text)).upper())
        return number, ric.get_birth_date(number)
    except ValidationError:
        raise InvalidIdNumber from None


def age(born: date, today: date, ends_on: date, eligibility: Eligibility) -> None:
    """Raises TooYoung or TooOldAtTheEnd."""
    if age_on(born, today) < eligibility.age_min:
        raise TooYoung(minimum=eligibility.age_min)
    if age_on(born, ends_on) > eligibility.age_max:
        raise TooOldAtTheEnd(maximum=eligibility.age_max)


def purpose(product: Product, text: str) -> Purpose:
    """The purpose of that code or name. Raises PurposeBanned or UnknownChoice."""
    said = folded(text)
    for each in product.purposes:
        if said == each.code or said in {folded(name) for name in each.name.by_language.values()}:
            if each.banned:
                raise PurposeBanned(purpose=each.name)
            return each
    allowed_words(product, text)
    raise UnknownChoice(choices=[each.name for each in product.open_purposes])


def allowed_words(product: Product, text: str) -> str:
    """The text, unless it names what may not be financed. A banned word in Latin letters is looked for as a whole word,
    with an asterisk at its end as the beginning of one; any other as characters in a row, whatever stands between
    them. Raises PurposeBanned."""
    said = folded(text)
    squeezed = re.sub(r"[\W_]+", "", said)
    for word in product.banned_purpose_words:
        sought = word.casefold()
        named = _in_latin(sought, said) if sought.isascii() else (word if sought in squeezed else None)
        if named is not None:
            raise PurposeBanned(purpose=named)
    return text


def _in_latin(sought: str, said: str) -> str | None:
    """The word as it was said, to its end."""
    end = "[a-z0-9]*" if sought.endswith("*") else "(?![a-z0-9])"
    found = re.search(rf"(?<![a-z0-9]){re.escape(sought.removesuffix('*'))}{end}", said)
    return found and found[0]


def written(text: str, shortest: int = 2) -> str:
    """A few words of free text. Raises TextTooShort or TextTooLong."""
    words = " ".join(text.split())
    if len(words) < shortest:
        raise TextTooShort(minimum=shortest)
    if len(words) > LONGEST_TEXT:
        raise TextTooLong(maximum=LONGEST_TEXT)
    return words


def address(text: str) -> str:
    """Raises AddressTooShort, also for digits alone, which are a card or a phone number; or TextTooLong."""
    words = " ".join(text.split())
    if not any(letter.isalpha() for letter in words):
        raise AddressTooShort
    chinese = sum(unicodedata.east_asian_width(letter) == "W" for letter in words)
    if len(words) + chinese < 12:
        raise AddressTooShort
    return written(words)


def income(text: str, currency: str) -> Money:
    """A monthly income. Raises IncomeUnreadable."""
    number = read_amount(text)
    if number is None or not 0 < number <= HIGHEST_INCOME or number != round(number, 2):
        raise IncomeUnreadable
    return Money.of(number, currency)


def payout_account(text: str, *, of_company: bool = False) -> str:
    """A bank card number, 16 to 19 digits whose check digit is right (ISO/IEC 7812); of a company also any account
    number of 8 to 30 digits. Raises InvalidPayoutAccount."""
    digits = re.sub(r"[\s-]", "", folded(text))
    if of_company and re.fullmatch(r"\d{8,30}", digits) and len(set(digits)) > 1:
        return digits
    if not re.fullmatch(r"\d{16,19}", digits) or len(set(digits)) == 1 or not luhn.is_valid(digits):
        raise InvalidPayoutAccount
    return digits


def affordable(affordability: Affordability | None) -> None:
    """Raises InstallmentTooHigh when the loan would take more of the income than the product lets it."""
    if affordability is not None and not affordability.within:
        raise InstallmentTooHigh(monthly=affordability.monthly, limit=affordability.limit, income=affordability.income)
