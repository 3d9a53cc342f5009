"""Who the people of a world are: names, numbers and addresses whose check digits are right, each of them unique."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from stdnum import luhn
from stdnum.cn import ric

_SURNAMES: Final = ("Abara", "Brandt", "Castillo", "Duarte", "Eriksen", "Fontaine", "Grigoryan", "Haddad")
_GIVEN: Final = ("Maren", "Tobias", "Ines", "Rafael", "Solveig", "Anton", "Lusine", "Karim")


@dataclass(frozen=True, slots=True)
class Identity:
    """What one borrower says of themselves."""

    name: str
    phone: str
    """In international form."""
    id_number: str
    card_number: str
    employer: str
    address: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody else may read."""
        return (self.name, self.phone, self.id_number, self.card_number, self.employer, self.address)


def identity(number: int) -> Identity:
    """The person of that number, from 0 on."""
    surname = _SURNAMES[number % len(_SURNAMES)]
    given = _GIVEN[(number + number // len(_SURNAMES)) % len(_GIVEN)]
    suffix = "" if number < len(_SURNAMES) else f" {_letters(number)}"
    return Identity(
        name=f"{given} {surname}{suffix}",
        phone=f"+86139{10_000_000 + number * 7919:08}",
        id_number=id_number(date(1980 + number % 20, 1 + number % 12, 7), serial=number % 900 + 12),
        card_number=card_number(number),
        employer=f"{surname} and Company{suffix}",
        address=f"{100 + number} Lantern Road{suffix}, Kunming, Yunnan",
    )


def id_number(born: date = date(1990, 3, 7), serial: int = 12, region: str = "110101") -> str:
    """A resident identity number whose check digit is right."""
    stem = f"{region}{born:%Y%m%d}{serial:03}"
    return stem + str(ric.calc_check_digit(f"{stem}0"))


def card_number(serial: int = 1) -> str:
    """A bank card number whose check digit is right."""
    stem = f"62220260{serial:07}"
    return stem + str(luhn.calc_check_digit(stem))


def _letters(number: int) -> str:
    """The number in letters: names hold no digits."""
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))
