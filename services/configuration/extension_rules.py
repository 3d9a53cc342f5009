"""Whether and how a product's loans may be extended (展期), as its file says."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from services.configuration.reading import Configured, Switch, Whole, Written


class ExtensionRules(Configured):
    """How often, by how much, when and at what price the end of a loan may be moved.

    Laws limit this in some countries (贷款通则, article 12: for a loan of up to a year at most its own term again,
    all extensions together); `times` and `most_installments` are where a lender keeps within them. There is no fee for
    an extension: the contract rules out what it does not list.
    """

    times: Annotated[Whole, Field(ge=0, le=12)] = 1
    """How often one loan may be extended; 0 is never."""
    most_installments: Annotated[Whole, Field(ge=1, le=120)] = 3
    """Installments that one extension adds at most."""
    most_paused: Annotated[Whole, Field(ge=0, le=12)] = 0
    """Installments of interest alone that one extension may begin with, the end moving by as many; 0 is none. Only for
    loans whose principal falls due in every installment."""
    from_days_before: Annotated[Whole, Field(ge=0, le=3660)] | None = None
    """Days before the last due date from which it may be asked for; without it, at any time."""
    until_days_after: Annotated[Whole, Field(ge=0, le=365)] = 0
    """Days after the last due date until which it may be asked for."""
    rate_supplement: Annotated[Decimal, Written, Field(ge=0, le=100)] = Decimal(0)
    """Percentage points a year that each extension adds to the rate, from its own day on."""
    arrears_paid_first: Switch = True
    """Whether interest, fees and penalty that are due must be paid before."""
    valid_days: Annotated[Whole, Field(ge=1, le=90)] = 7
    """Days that a request waits for the decision, and an approved one for the borrower's signature."""
