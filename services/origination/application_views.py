"""What an application looks like to the borrower and to the officers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum

from services.configuration.estimates import Estimate
from services.configuration.lender import Lender
from services.configuration.product_definitions import Product, Purpose
from services.configuration.products import Products
from services.models import ApplicationRow, BorrowerRow, InformationRequestRow
from services.money import Money
from services.origination.application_states import ApplicationStatus
from services.vault import Vault
from services.wording import Label, LocalizedText, Percent


class Question(StrEnum):
    """What is asked, in the order of asking."""

    AMOUNT = "amount"
    TERM = "term"
    FIRST_DRAW = "first_draw"
    METHOD = "method"
    PURPOSE = "purpose"
    PURPOSE_NOTE = "purpose_note"
    NAME = "name"
    ID_NUMBER = "id_number"
    EMPLOYMENT = "employment"
    EMPLOYER = "employer"
    INCOME = "income"
    ADDRESS = "address"
    PAYOUT_ACCOUNT = "payout_account"

    @property
    def label(self) -> Label:
        return Label(f"terms.question_{self}")


class Employment(StrEnum):
    SALARIED = "salaried"
    SELF_EMPLOYED = "self_employed"
    FARMER = "farmer"
    COMPANY_OWNER = "company_owner"
    RETIRED = "retired"
    OTHER = "other"

    @property
    def label(self) -> Label:
        return Label(f"terms.employment_{self}")


WITH_EMPLOYER = frozenset({Employment.SALARIED, Employment.COMPANY_OWNER})


@dataclass(frozen=True, slots=True)
class Affordability:
    """The loan against the income: `monthly` is everything to be repaid spread evenly over the term's months, rounded
    up; `limit` is the most that the product lets it be."""

    monthly: Money
    limit: Money
    income: Money

    @property
    def within(self) -> bool:
        return self.monthly <= self.limit

    @property
    def debt_to_income(self) -> Percent:
        """Percent of the income that the loan takes, with one digit."""
        return Percent((self.monthly.amount * 100 / self.income.amount).quantize(Decimal("0.1"), ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Application:
    """An application as its borrower sees it: identity and account only masked."""

    id: int
    reference: str
    borrower_id: int
    status: ApplicationStatus
    product: Product
    amount: Money | None
    """The loan, or the limit of a revolving line."""
    first_draw: Money | None
    """What the borrower of a revolving line wants at once."""
    term: int | None
    """Number of installments."""
    method: str | None
    purpose: Purpose | None
    purpose_note: str | None
    full_name: str | None
    id_number_masked: str | None
    employment: Employment | None
    employer: str | None
    monthly_income: Money | None
    address: str | None
    payout_account_masked: str | None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    decision_due_at: datetime | None
    """By when the lender promises to decide, as an aware UTC instant."""
    questions: tuple[Question, ...]
    """Everything that this application has to answer, in order."""
    next_question: Question | None
    affordability: Affordability | None

    @property
    def answered(self) -> int:
        """How many of the questions have an answer."""
        return sum(not missing(self, question) for question in self.questions)


@dataclass(frozen=True, slots=True)
class InformationRequest:
    """An officer's request for one more paper or answer, due by the end of `answer_by`."""

    id: int
    application_id: int
    question: str
    asked_at: datetime
    answer_by: date
    answered: bool
    answer: str | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer that is known from before. `shown` may be masked; using it stores the full one."""

    question: Question
    shown: Money | Label | LocalizedText | str


@dataclass(frozen=True, slots=True)
class PaperOnFile:
    """A received file in the officers' view."""

    id: int
    name: LocalizedText | Label
    requirement: str
    media_type: str
    pages: int
    received_at: datetime
    seen_elsewhere: bool
    """Whether the very same file came from another borrower."""


@dataclass(frozen=True, slots=True)
class ApplicationFile:
    """Everything an officer decides from."""

    application: Application
    borrower_name: str | None
    phone_masked: str | None
    age: int | None
    estimate: Estimate | None
    """The asked loan if paid out today."""
    papers: Sequence[PaperOnFile]
    requests: Sequence[InformationRequest]
    flags: Sequence[Label]
    """What an officer should look at twice."""
    earlier_loans: int
    """Loans of this borrower before, paid back or not."""


def missing(application: Application, question: Question) -> bool:
    """Whether the question has no answer yet."""
    match question:
        case Question.NAME:
            return application.full_name is None
        case Question.ID_NUMBER:
            return application.id_number_masked is None
        case Question.INCOME:
            return application.monthly_income is None
        case Question.PAYOUT_ACCOUNT:
            return application.payout_account_masked is None
        case _:
            return getattr(application, question.value) is None


class ApplicationViews:
    """Turns rows into views."""

    def __init__(self, vault: Vault, products: Products, lender: Lender) -> None:
        self._vault = vault
        self._products = products
        self._lender = lender

    def of(self, row: ApplicationRow, borrower: BorrowerRow) -> Application:
        """The application with the borrower's identity."""
        product = self._products.get(row.product_code)
        purpose = next((each for each in product.purposes if each.code == row.purpose), None)
        employment = None if row.employment is None else Employment(row.employment)
        questions = questions_of(product, purpose, employment)
        application = Application(
            id=row.id,
            reference=row.reference,
            borrower_id=row.borrower_id,
            status=ApplicationStatus(row.status),
            product=product,
            amount=_money(row.amount_minor, row.currency),
            first_draw=_money(row.first_draw_minor, row.currency),
            term=row.term,
            method=row.method,
            purpose=purpose,
            purpose_note=self.opened(row.purpose_note_sealed),
            full_name=self.opened(borrower.full_name_sealed),
            id_number_masked=borrower.id_number_masked,
            employment=employment,
            employer=self.opened(row.employer_sealed),
            monthly_income=_money(row.monthly_income_minor, row.currency),
            address=self.opened(row.address_sealed),
            payout_account_masked=row.payout_account_masked,
            created_at=row.created_at,
            updated_at=row.updated_at,
            submitted_at=row.submitted_at,
            decision_due_at=row.submitted_at and row.submitted_at + timedelta(hours=self._lender.decision_within_hours),
            questions=questions,
            next_question=None,
            affordability=self.affordability(row, product),
        )
        following = next((question for question in questions if missing(application, question)), None)
        return replace(application, next_question=following)

    def affordability(self, row: ApplicationRow, product: Product) -> Affordability | None:
        """The loan against the income, once amount, term, method and income are known."""
        if row.amount_minor is None or row.term is None or row.method is None or row.monthly_income_minor is None:
            return None
        amount = Money.from_minor(row.amount_minor, row.currency)
        estimate = self._products.estimate(product.code, amount, row.term, row.method)
        income = Money.from_minor(row.monthly_income_minor, row.currency)
        share = product.eligibility.max_debt_to_income / 100
        limit = Money.from_minor(int(income.minor * share), row.currency)
        return Affordability(monthly_share(estimate), limit, income)

    def request(self, row: InformationRequestRow, *, unsent: bool = False) -> InformationRequest:
        """The request with its answer; with `unsent` also words that the borrower has noted and not sent yet."""
        answered = row.answered_at is not None
        return InformationRequest(
            id=row.id,
            application_id=row.application_id,
            question=row.question,
            asked_at=row.asked_at,
            answer_by=row.answer_by,
            answered=answered,
            answer=self.opened(row.answer_sealed) if answered or unsent else None,
        )

    def opened(self, sealed: bytes | None) -> str | None:
        return None if sealed is None else self._vault.unseal_text(sealed)

    def account_fingerprints(self, row: ApplicationRow) -> tuple[str, ...]:
        """Every form in which another application for the same account may bear its fingerprint; none without one."""
        account = self.opened(row.payout_account_sealed)
        return () if account is None else self._vault.fingerprints("payout_account", account)


def questions_of(product: Product, purpose: Purpose | None, employment: Employment | None) -> tuple[Question, ...]:
    """What an application for the product asks, given what is answered so far."""
    asked: dict[Question, Callable[[], bool]] = {
        Question.FIRST_DRAW: lambda: product.revolving is not None,
        Question.METHOD: lambda: len(product.methods) > 1,
        Question.PURPOSE_NOTE: lambda: purpose is not None and purpose.needs_note,
        Question.EMPLOYER: lambda: employment in WITH_EMPLOYER,
    }
    return tuple(question for question in Question if asked.get(question, lambda: True)())


def monthly_share(estimate: Estimate) -> Money:
    """All that is to be repaid, spread evenly over the months of the term, rounded up to the minor unit."""
    days_a_month = {"day": Decimal(365) / 12, "week": Decimal(52) / 12, "month": Decimal(1)}
    product = estimate.product
    months = Decimal(product.length(estimate.term)) / days_a_month[product.term.unit]
    minor = Decimal(estimate.total_to_repay.minor) / max(months, Decimal(1))
    return Money.from_minor(int(minor.to_integral_value(ROUND_UP)), estimate.amount.currency)


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money.from_minor(minor, currency)
