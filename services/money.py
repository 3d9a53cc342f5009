"""Exact amounts of money: a decimal figure with its currency, in whole minor units, never a float."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import ClassVar, Self

from services.errors import DomainError

_MINOR_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
        "CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG "
        "HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU "
        "MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR "
        "SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES "
        "WST XCD YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCY_DIGITS: dict[str, int] = {code: digits for digits, codes in _MINOR_DIGITS.items() for code in codes.split()}
"""Decimal digits of each currency's minor unit. Source: ISO 4217, list one."""


_ZERO = Decimal(0)
_UNITS = {digits: Decimal(1).scaleb(-digits) for digits in _MINOR_DIGITS}


class InvalidMoney(DomainError):
    """The figure is not an exact amount of the currency. `currency` and `reason` say why."""

    key = "errors.invalid_money"


class CurrencyMismatch(DomainError):
    """Amounts of two currencies met in one calculation: `left` and `right` are their codes."""

    key = "errors.currency_mismatch"


_EXACT = Context(prec=60, traps=[InvalidOperation, DivisionByZero, Overflow])
"""Enough digits for every amount, whatever context the caller has set: nothing here is ever rounded."""


def digits_of(currency: str) -> int:
    """Decimal digits of the currency's minor unit. Raises InvalidMoney for a code that ISO 4217 does not list."""
    try:
        return CURRENCY_DIGITS[currency]
    except (KeyError, TypeError):
        raise InvalidMoney(currency=str(currency)[:20], reason="unknown_currency") from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units of one currency, exact to its minor unit and possibly negative.

    `amount` always has exactly the currency's digits: `Money(Decimal("12.5"), "CNY").amount` prints 12.50.
    Raises InvalidMoney for a float, for NaN or infinity, for an unknown currency, and for more decimal places than
    the currency has.
    """

    amount: Decimal
    currency: str

    LARGEST: ClassVar[Decimal] = Decimal(10) ** 24
    """No amount reaches this many major units: beyond it, arithmetic would no longer be exact."""

    def __post_init__(self) -> None:
        digits = digits_of(self.currency)
        if not isinstance(self.amount, Decimal):
            raise InvalidMoney(currency=self.currency, reason="not_a_decimal")
        if not self.amount.is_finite() or self.amount.copy_abs() >= self.LARGEST:
            raise InvalidMoney(currency=self.currency, reason="not_finite")
        exact = _EXACT.add(self.amount.quantize(_UNITS[digits], context=_EXACT), _ZERO)
        if exact != self.amount:
            raise InvalidMoney(currency=self.currency, reason="too_many_digits")
        object.__setattr__(self, "amount", exact)

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Self:
        """The amount written in major units: `Money.of("12.50", "CNY")`. Raises InvalidMoney."""
        if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
            raise InvalidMoney(currency=currency, reason="not_a_decimal")
        try:
            return cls(Decimal(amount), currency)
        except InvalidOperation:
            raise InvalidMoney(currency=currency, reason="not_a_decimal") from None

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> Self:
        """The amount counted in minor units: `Money.from_minor(1250, "CNY")` is 12.50 yuan."""
        if isinstance(minor, bool) or not isinstance(minor, int):
            raise InvalidMoney(currency=currency, reason="not_an_integer")
        return cls(Decimal(minor).scaleb(-digits_of(currency), context=_EXACT), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in that currency."""
        return cls.from_minor(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The sum of the amounts, zero of `currency` when there are none. Raises CurrencyMismatch."""
        return sum(amounts, start=cls.zero(currency))

    @property
    def minor(self) -> int:
        """The amount as a whole number of minor units."""
        return int(self.amount.scaleb(digits_of(self.currency), context=_EXACT))

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __add__(self, other: "Money") -> "Money":
        return Money(_EXACT.add(self.amount, self._matching(other).amount), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(_EXACT.subtract(self.amount, self._matching(other).amount), self.currency)

    def __mul__(self, factor: int) -> "Money":
        if isinstance(factor, bool) or not isinstance(factor, int):
            raise InvalidMoney(currency=self.currency, reason="not_an_integer")
        return Money(_EXACT.multiply(self.amount, factor), self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(self.amount.copy_negate(), self.currency)

    def __abs__(self) -> "Money":
        return Money(self.amount.copy_abs(), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._matching(other).amount

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._matching(other).amount

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._matching(other).amount

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._matching(other).amount

    def allocate(self, weights: Sequence[int]) -> list["Money"]:
        """Split by non-negative weights so that the parts sum to the whole.

        Minor units that do not divide go one each to the parts with the largest remainders, earlier parts first.
        Raises InvalidMoney if no weight is positive or one is negative.
        """
        if not weights or min(weights) < 0 or not any(weights):
            raise InvalidMoney(currency=self.currency, reason="no_weights")
        whole, total = abs(self.minor), sum(weights)
        shares = [divmod(whole * weight, total) for weight in weights]
        parts = [share for share, _ in shares]
        by_remainder = sorted(range(len(weights)), key=lambda index: -shares[index][1])
        for index in by_remainder[: whole - sum(parts)]:
            parts[index] += 1
        sign = -1 if self.amount < 0 else 1
        return [Money.from_minor(sign * part, self.currency) for part in parts]

    def split(self, parts: int) -> list["Money"]:
        """Split into so many parts that differ by at most one minor unit and sum to the whole."""
        return self.allocate([1] * parts)

    def _matching(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            raise TypeError(f"money meets {type(other).__name__}")
        if other.currency != self.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other
