"""What the services need from outside, as protocols, with the values that cross the border."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.engine.policy import Policy
from services.engine.terms import Terms
from services.lending.rate_link import RateLink
from services.money import Money
from services.origination.charges import OfferFee
from services.origination.late_cost import LateCost
from services.origination.line_terms import LineOffer
from services.wording import Label, LocalizedText, Percent


class DocumentStore(Protocol):
    """Keeps file contents encrypted, outside the database."""

    async def put(self, data: bytes) -> str:
        """Store `data` and answer the key under which it is found again."""
        ...

    async def get(self, key: str) -> bytes:
        """The stored bytes. Raises `Unavailable` when they are missing or cannot be decrypted."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the bytes; an unknown key is no error."""
        ...

    async def stored_before(self, instant: datetime) -> Sequence[str]:
        """Keys of everything stored before `instant`, also of what was never finished."""
        ...


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a gateway is asked to collect."""

    reference: str
    amount: Money
    loan_reference: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """How the borrower pays: an invoice inside the chat, or a page to open."""

    kind: str
    """`invoice` or `link`."""
    reference: str
    amount: Money
    provider_token: str | None = None
    url: str | None = None


class PaymentGateway(Protocol):
    """Collects a borrower's money. Only the provider's own confirmation means paid."""

    @property
    def available(self) -> bool:
        """Whether it can collect at all; without it borrowers pay by transfer."""
        ...

    async def checkout(self, request: PaymentRequest) -> Checkout: ...


class ReceiptKeeper(Protocol):
    """Keeps the receipts that borrowers send for bank transfers."""

    async def add_receipt(self, borrower_id: int, payment_id: int, data: bytes) -> object:
        """Inspect and store the file. Raises DomainError for one that cannot be accepted."""
        ...


@dataclass(frozen=True, slots=True)
class LenderIdentity:
    name: LocalizedText
    licence: str
    complaint_phone: str


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A line of a schedule as it stands on a paper."""

    number: int
    due_on: date
    principal: Money
    interest: Money
    fees: Money
    total: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class ContractPaper:
    """Everything that the loan contract names. Its clauses follow the loan's own `terms` and `policy`."""

    reference: str
    issued_on: date
    lender: LenderIdentity
    borrower_name: str
    borrower_id_masked: str
    borrower_phone_masked: str
    payout_account_masked: str
    product: LocalizedText
    purpose: LocalizedText
    principal: Money
    term: int
    method: Label
    annual_rate: Percent
    apr: Percent
    terms: Terms
    policy: Policy
    late_cost: LateCost
    fees: Sequence[OfferFee]
    net_payout: Money
    cost_of_credit: Money
    total_to_repay: Money
    rows: Sequence[PaperRow]
    template_version: str
    line: LineOffer | None = None
    """What else is agreed where `principal` is the limit of a revolving line, and costs and rows those of all of it."""
    rate_link: RateLink | None = None
    """How the rate follows a reference rate, None where it does not."""


@dataclass(frozen=True, slots=True)
class Signature:
    """How and when the borrower signed."""

    signed_at: datetime
    time_zone: str
    how: Label
    contract_sha256: str
    chat_id_masked: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement on a loan's account, with what is owed after it."""

    on: date
    what: Label
    amount: Money
    principal: Money
    interest: Money
    fees: Money
    penalty: Money
    outstanding_after: Money
    rate: Percent | None = None
    """The rate that holds from then on, where it is another one."""


@dataclass(frozen=True, slots=True)
class StatementPaper:
    loan_reference: str
    lender: LenderIdentity
    borrower_name: str
    product: LocalizedText
    as_of: date
    principal: Money
    annual_rate: Percent
    disbursed_on: date
    outstanding: Money
    due_now: Money
    lines: Sequence[StatementLine]
    rows: Sequence[PaperRow]
    settled: Sequence[int]
    """Numbers of the rows that are wholly paid."""


@dataclass(frozen=True, slots=True)
class CertificatePaper:
    """Says that a loan is settled."""

    reference: str
    loan_reference: str
    contract_reference: str
    lender: LenderIdentity
    borrower_name: str
    borrower_id_masked: str
    principal: Money
    disbursed_on: date
    settled_on: date
    total_paid: Money
    issued_on: date


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """What is still to be paid of a loan, in figures."""

    annual_rate: Percent
    installments: int
    next_due_on: date | None
    next_amount: Money | None
    last_due_on: date
    interest: Money
    total: Money


@dataclass(frozen=True, slots=True)
class ExtensionPaper:
    """The agreement by which the end of a loan is moved: the old plan beside the new one, and how it was signed."""

    reference: str
    loan_reference: str
    contract_reference: str
    lender: LenderIdentity
    borrower_name: str
    borrower_id_masked: str
    product: LocalizedText
    effective_on: date
    before: PaperPlan
    after: PaperPlan
    extra: Money
    """What the extension costs in all."""
    rows: Sequence[PaperRow]
    """The new plan."""
    terms_sha256: str
    """Fingerprint of the plans as they were shown for signing, hexadecimal."""
    signed_at: datetime
    time_zone: str
    signed_how: Label
    chat_id_masked: str


class Papers(Protocol):
    """Renders papers as PDF in a language. The same input gives the same bytes, so a fingerprint can be checked."""

    async def contract(self, paper: ContractPaper, language: str) -> bytes: ...

    async def signed_contract(self, paper: ContractPaper, signature: Signature, language: str) -> bytes: ...

    async def statement(self, paper: StatementPaper, language: str) -> bytes: ...

    async def certificate(self, paper: CertificatePaper, language: str) -> bytes: ...

    async def extension(self, paper: ExtensionPaper, language: str) -> bytes: ...
