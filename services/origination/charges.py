"""What a loan charges besides interest, and when."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.engine.basis import Basis
from services.engine.conditions import Fee, FeeTime
from services.engine.terms import Terms
from services.money import Money
from services.wording import LocalizedText


@dataclass(frozen=True, slots=True)
class OfferFee:
    """A charge of the contract. `amount` is the sum over the whole loan, `each` what is taken at one time."""

    name: LocalizedText
    amount: Money
    each: Money
    when: FeeTime


def fees_of(terms: Terms, names: Mapping[str, LocalizedText]) -> tuple[OfferFee, ...]:
    """The charges of the terms, each under the name that its code has."""
    return tuple(_fee(terms, fee, names.get(fee.name) or LocalizedText({"en": fee.name})) for fee in terms.fees)


def _fee(terms: Terms, fee: Fee, name: LocalizedText) -> OfferFee:
    alone = Basis(terms.changed(fees=(fee,)))
    at_once = alone.fees_withheld + alone.fees_added
    by_row = [alone.fees_of(index) for index in range(len(alone.periods))]
    return OfferFee(
        name=name,
        amount=Money.from_minor(at_once + sum(by_row), terms.currency),
        each=Money.from_minor(at_once or by_row[0], terms.currency),
        when=fee.when,
    )
