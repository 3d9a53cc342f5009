"""Writing one answer into an application: parse, check, store sealed where it is personal."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.answers import folded
from services.clock import local_date
from services.configuration.lender import Lender
from services.configuration.loan_limits import MethodNotOffered
from services.configuration.product_definitions import Product
from services.configuration.products import Products
from services.engine.dates import add_periods
from services.models import ApplicationRow, BorrowerRow, LoanRow
from services.money import Money
from services.origination import application_checks as checks
from services.origination.application_views import WITH_EMPLOYER, Employment, Question
from services.people.borrowers import masked
from services.vault import Vault

Write = Callable[[ApplicationRow, str], None]


class AnswerWriter:
    """Knows for each question what makes its answer acceptable and which columns keep it."""

    def __init__(self, vault: Vault, products: Products, lender: Lender) -> None:
        self._vault = vault
        self._products = products
        self._lender = lender
        self._plain: Mapping[Question, Write] = {
            Question.AMOUNT: self._amount,
            Question.TERM: self._term,
            Question.FIRST_DRAW: self._first_draw,
            Question.METHOD: self._method,
            Question.PURPOSE: self._purpose,
            Question.PURPOSE_NOTE: self._purpose_note,
            Question.EMPLOYMENT: self._employment,
            Question.EMPLOYER: self._employer,
            Question.INCOME: self._income,
            Question.ADDRESS: self._address,
            Question.PAYOUT_ACCOUNT: self._payout_account,
        }

    async def write(
        self,
        session: AsyncSession,
        row: ApplicationRow,
        borrower: BorrowerRow,
        question: Question,
        text: str,
        now: datetime,
    ) -> None:
        """Store `text` as the answer to `question`. Raises the InvalidInput that says what would be right."""
        identity: Mapping[Question, Callable[[], Awaitable[None]]] = {
            Question.NAME: partial(self._name, session, borrower, text),
            Question.ID_NUMBER: partial(self._id_number, session, row, borrower, text, now),
        }
        if question in identity:
            await identity[question]()
        else:
            self._plain[question](row, text)
        if question is Question.TERM and borrower.born_on is not None:
            self.check_age(row, borrower.born_on, now)

    def check_age(self, row: ApplicationRow, born: date, now: datetime) -> None:
        """Raises TooYoung, or TooOldAtTheEnd for the term chosen, for the longest one while none is."""
        product = self._product(row)
        today = local_date(now, self._lender.time_zone)
        length = product.length(max(product.term.choices) if row.term is None else row.term)
        checks.age(born, today, add_periods(today, length, product.term.unit), product.eligibility)

    def _product(self, row: ApplicationRow) -> Product:
        return self._products.get(row.product_code)

    def _amount(self, row: ApplicationRow, text: str) -> None:
        row.amount_minor = self._products.read_amount(row.product_code, text).minor
        if row.first_draw_minor is not None and row.first_draw_minor > row.amount_minor:
            row.first_draw_minor = None

    def _first_draw(self, row: ApplicationRow, text: str) -> None:
        limit = Money.from_minor(row.amount_minor or self._product(row).maximum.minor, row.currency)
        row.first_draw_minor = self._products.read_draw(row.product_code, text, limit).minor

    def _term(self, row: ApplicationRow, text: str) -> None:
        row.term = self._products.read_term(row.product_code, text)

    def _method(self, row: ApplicationRow, text: str) -> None:
        product = self._product(row)
        if text not in product.methods:
            raise MethodNotOffered(choices=product.method_labels)
        row.method = text

    def _purpose(self, row: ApplicationRow, text: str) -> None:
        purpose = checks.purpose(self._product(row), text)
        if purpose.code != row.purpose:
            row.purpose, row.purpose_note_sealed = purpose.code, None

    def _purpose_note(self, row: ApplicationRow, text: str) -> None:
        words = checks.allowed_words(self._product(row), checks.written(text))
        row.purpose_note_sealed = self._vault.seal_text(words)

    def _employment(self, row: ApplicationRow, text: str) -> None:
        if folded(text) not in set(Employment):
            raise checks.UnknownChoice(choices=[each.label for each in Employment])
        employment = Employment(folded(text))
        row.employment = employment
        if employment not in WITH_EMPLOYER:
            row.employer_sealed = None

    def _employer(self, row: ApplicationRow, text: str) -> None:
        row.employer_sealed = self._vault.seal_text(checks.written(text))

    def _income(self, row: ApplicationRow, text: str) -> None:
        row.monthly_income_minor = checks.income(text, row.currency).minor

    def _address(self, row: ApplicationRow, text: str) -> None:
        row.address_sealed = self._vault.seal_text(checks.address(text))

    def _payout_account(self, row: ApplicationRow, text: str) -> None:
        number = checks.payout_account(text, of_company=row.employment == Employment.COMPANY_OWNER)
        row.payout_account_sealed = self._vault.seal_text(number)
        row.payout_account_masked = masked(number, shown_first=4)
        row.payout_account_fingerprint = self._vault.fingerprint("payout_account", number)

    async def _name(self, session: AsyncSession, borrower: BorrowerRow, text: str) -> None:
        name = checks.full_name(text)
        known = borrower.full_name_sealed
        if known is not None and self._vault.unseal_text(known) != name:
            await _require_unconfirmed(session, borrower)
        borrower.full_name_sealed = self._vault.seal_text(name)

    async def _id_number(
        self, session: AsyncSession, row: ApplicationRow, borrower: BorrowerRow, text: str, now: datetime
    ) -> None:
        number, born = checks.id_number(text)
        self.check_age(row, born, now)
        fingerprint = self._vault.fingerprint("id_number", number)
        if borrower.id_number_fingerprint not in (None, fingerprint):
            await _require_unconfirmed(session, borrower)
        taken = select(BorrowerRow.id).where(
            BorrowerRow.id_number_fingerprint == fingerprint, BorrowerRow.id != borrower.id
        )
        if await session.scalar(taken.limit(1)) is not None:
            raise checks.IdNumberTaken
        borrower.id_number_sealed = self._vault.seal_text(number)
        borrower.id_number_masked = masked(number, shown_first=3)
        borrower.id_number_fingerprint = fingerprint
        borrower.born_on = born
        try:
            await session.flush()
        except IntegrityError:
            raise checks.IdNumberTaken from None


async def _require_unconfirmed(session: AsyncSession, borrower: BorrowerRow) -> None:
    """Raises IdentityConfirmed once a loan was paid out to the borrower."""
    loan = await session.scalar(select(LoanRow.id).where(LoanRow.borrower_id == borrower.id).limit(1))
    if loan is not None:
        raise checks.IdentityConfirmed
