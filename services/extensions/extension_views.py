"""What people are shown of an extension."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.configuration.product_definitions import Product
from services.extensions.extension_plans import Comparison, Kind, PlanRow
from services.extensions.extension_states import OPEN, ExtensionStatus
from services.models import ExtensionRow, LoanRow
from services.money import Money
from services.wording import Label


class ExtensionReason(StrEnum):
    """Why a borrower needs more time."""

    INCOME_FELL = "income_fell"
    ILLNESS = "illness"
    CUSTOMERS_LATE = "customers_late"
    HARVEST_LATE = "harvest_late"
    OTHER = "other"

    @property
    def label(self) -> Label:
        return Label(f"terms.extension_reason_{self}")


def reasons_for(product: Product) -> list[ExtensionReason]:
    """Those that make sense for the product's borrowers."""
    left_out = {
        ExtensionReason.HARVEST_LATE: {"farmer"}.isdisjoint(product.segments),
        ExtensionReason.CUSTOMERS_LATE: {"self_employed", "company"}.isdisjoint(product.segments),
    }
    return [reason for reason in ExtensionReason if not left_out.get(reason)]


class RefusalReason(StrEnum):
    """Why an officer says no, in the words that the borrower is told."""

    CANNOT_BE_REPAID = "cannot_be_repaid"
    NOT_EXPLAINED = "not_explained"
    PAST_DELAYS = "past_delays"
    POLICY = "policy"

    @property
    def label(self) -> Label:
        return Label(f"terms.extension_refusal_{self}")


@dataclass(frozen=True, slots=True)
class Extension:
    """A request for a later end and what became of it. Instants are aware UTC."""

    id: int
    reference: str
    loan_id: int
    loan_reference: str
    borrower_id: int
    product: Product
    status: ExtensionStatus
    asked_kind: Kind
    asked_installments: int
    kind: Kind | None
    installments: int | None
    """How many more were granted, and in which way."""
    reason: ExtensionReason
    requested_at: datetime
    decide_by: datetime
    valid_until: datetime
    declined_because: RefusalReason | None
    agreement_sha256: str | None
    """Fingerprint of the agreement as it was last shown for signing, hexadecimal."""
    signed_at: datetime | None
    paper_sha256: str | None
    """Fingerprint of the signed paper, hexadecimal."""

    @property
    def asked(self) -> tuple[Kind, int]:
        """What the borrower asked for."""
        return self.asked_kind, self.asked_installments

    @property
    def wanted(self) -> tuple[Kind, int]:
        """What it is about now: what was granted, else what was asked for."""
        return self.kind or self.asked_kind, self.installments or self.asked_installments


@dataclass(frozen=True, slots=True)
class ExtensionOptions:
    """What the borrower may ask for, each kind shortest first. There is at least one."""

    loan_id: int
    loan_reference: str
    product: Product
    arrears: Money
    """What is due and stays due."""
    choices: Sequence[Comparison]
    times_left: int
    """How often the loan may still be extended, this time among them."""
    decide_within_hours: int


@dataclass(frozen=True, slots=True)
class ExtensionFile:
    """An extension as the officer who decides sees it."""

    extension: Extension
    comparison: Comparison | None
    """The plan as it is and as it would be today; None where there is nothing more to decide or sign."""
    extended_before: int
    """How often the loan was extended already."""
    asked_before: int
    """How many earlier requests of this loan came to nothing."""
    choices: Sequence[tuple[Kind, int]]
    """What may be granted; none once nothing is to be decided."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the borrower signs: the old and the new plan of the day, under a fingerprint (SHA-256, hexadecimal)."""

    extension: Extension
    comparison: Comparison
    sha256: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """An extension that is signed, and the loan's plan after it."""

    extension: Extension
    next: PlanRow
    last_due_on: date


def view(row: ExtensionRow, loan: LoanRow, product: Product) -> Extension:
    """The extension without what the borrower wrote."""
    return Extension(
        id=row.id,
        reference=row.reference,
        loan_id=row.loan_id,
        loan_reference=loan.reference,
        borrower_id=row.borrower_id,
        product=product,
        status=ExtensionStatus(row.status),
        asked_kind=Kind(row.asked_kind),
        asked_installments=row.asked_installments,
        kind=None if row.kind is None else Kind(row.kind),
        installments=row.installments,
        reason=ExtensionReason(row.reason),
        requested_at=row.requested_at,
        decide_by=row.decide_by,
        valid_until=row.valid_until,
        declined_because=None if row.declined_because is None else RefusalReason(row.declined_because),
        agreement_sha256=row.agreement_sha256,
        signed_at=row.signed_at,
        paper_sha256=row.paper_sha256,
    )


def is_open(extension: Extension, now: datetime) -> bool:
    """Whether it still waits for somebody at the instant, whether or not the daily work has seen to it."""
    return extension.status in OPEN and now < extension.valid_until
