"""How one sum of money is spread over what is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.engine.policy import AllocateBy, Component, Order

Owed = Mapping[Component, int]
"""What one installment owes of each component, minor units."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a sum that settled one component of one installment; `place` is its position among the claims."""

    place: int
    component: Component
    minor: int


def spread(minor: int, claims: Sequence[Owed], order: Order, by: AllocateBy) -> tuple[list[Part], int]:
    """Settle the claims, oldest first, in the order of components; the parts, and what no claim took.

    By installment, all components of the oldest claim come before the next claim; by component, all claims' first
    component comes before any claim's second.
    """
    if by is AllocateBy.INSTALLMENT:
        places = ((place, component) for place in range(len(claims)) for component in order)
    else:
        places = ((place, component) for component in order for place in range(len(claims)))
    parts = []
    for place, component in places:
        if not minor:
            break
        taken = min(minor, claims[place].get(component, 0))
        if taken > 0:
            parts.append(Part(place, component, taken))
            minor -= taken
    return parts, minor
