"""Applications, from the first question to the officers' hands. Each answer is stored as it is given."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import WITHDREW, borrower_did
from services.clock import Clock
from services.configuration.allowance_rules import Costly
from services.configuration.lender import Lender
from services.configuration.products import Products
from services.db import Database
from services.desk.handoff_records import close_handoffs, open_handoff
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.documents.documents import missing_documents
from services.errors import IllegalMove, InvalidInput, NotFound
from services.models import ApplicationRow, BorrowerRow, HandoffRow, OfferRow
from services.origination import application_buttons
from services.origination.application_answers import AnswerWriter, record_account_change
from services.origination.application_checks import affordable
from services.origination.application_review import application_file, open_request_of
from services.origination.application_states import (
    BEING_FILLED_IN,
    UNDER_WAY,
    ApplicationMoved,
    ApplicationStatus,
    move,
    require,
)
from services.origination.application_suggestions import COLUMNS, suggestion_for, take_suggestion
from services.origination.application_views import (
    Application,
    ApplicationFile,
    ApplicationViews,
    InformationRequest,
    Question,
    Suggestion,
)
from services.origination.offer_states import OfferStatus
from services.origination.offer_states import move as move_offer
from services.people.allowances import spend
from services.people.borrowers import borrower_row
from services.references import new_reference
from services.vault import Vault

__all__ = ["Application", "ApplicationFile", "Applications", "InformationRequest", "Question", "Suggestion"]


class ApplicationAlreadyOpen(IllegalMove):
    """One application at a time: `reference` is the one under way."""

    key = "applications.already_open"


class ProductNotSelfService(IllegalMove):
    """An officer arranges this product."""

    key = "applications.product_not_self_service"


class PayoutUnderWay(IllegalMove):
    """An officer is paying the loan out just now, so that only an officer can stop it."""

    key = "applications.payout_under_way"


class NotComplete(InvalidInput):
    """`question` has no answer yet."""

    key = "applications.not_complete"


class DocumentsMissing(InvalidInput):
    """`names` are the required papers that are not there yet."""

    key = "applications.documents_missing"


class Applications:
    """One application at a time for a borrower, each act one transaction."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, lender: Lender, products: Products) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._lender = lender
        self._products = products
        self._views = ApplicationViews(vault, products, lender)
        self._answers = AnswerWriter(vault, products, lender)

    async def start(self, borrower_id: int, product_code: str) -> Application:
        """A draft for the product. Raises UnknownProduct, ProductNotSelfService, ApplicationAlreadyOpen or TooOften."""
        product = self._products.get(product_code)
        if not product.self_service:
            raise ProductNotSelfService(product=product.name)
        now = self._clock.now()
        async with self._database.transaction() as session:
            borrower = await borrower_row(session, borrower_id, lock=True)
            if (open_one := await _open(session, borrower_id)) is not None:
                raise ApplicationAlreadyOpen(reference=open_one.reference)
            await spend(session, self._lender, borrower_id, Costly.APPLICATION, now)
            row = ApplicationRow(
                reference=new_reference("A"),
                borrower_id=borrower_id,
                status=ApplicationStatus.DRAFT,
                product_code=product.code,
                product_version=product.version,
                currency=product.currency,
                method=product.methods[0] if len(product.methods) == 1 else None,
                created_at=now,
                updated_at=now,
            )
            session.add(row)
            await session.flush()
            return self._views.of(row, borrower)

    async def current(self, borrower_id: int) -> Application | None:
        """The application that is under way, if there is one."""
        async with self._database.reading() as session:
            found = (await session.execute(_WITH_BORROWER, {"borrower": borrower_id})).one_or_none()
            return None if found is None else self._views.of(*found)

    async def get(self, borrower_id: int, application_id: int) -> Application:
        """Raises NotFound, also for somebody else's."""
        async with self._database.reading() as session:
            row = await own_application(session, borrower_id, application_id)
            return self._views.of(row, await borrower_row(session, borrower_id))

    async def list(self, borrower_id: int) -> list[Application]:
        """All of the borrower's, newest first."""
        async with self._database.reading() as session:
            borrower = await borrower_row(session, borrower_id)
            query = select(ApplicationRow).where(ApplicationRow.borrower_id == borrower_id)
            rows = await session.scalars(query.order_by(ApplicationRow.id.desc()))
            return [self._views.of(row, borrower) for row in rows]

    async def set_answer(self, borrower_id: int, application_id: int, question: Question, text: str) -> Application:
        """Store what was typed or pressed as the answer, or raise the InvalidInput that says what would be right;
        what was stored before stays. Raises NotFound and ApplicationMoved too."""
        async with self._database.transaction() as session:
            row = await own_application(session, borrower_id, application_id, lock=True)
            require(row, ApplicationStatus.DRAFT)
            borrower = await borrower_row(session, borrower_id, lock=True)
            await self._answers.write(session, row, borrower, question, text, self._clock.now())
            row.updated_at = self._clock.now()
            return self._views.of(row, borrower)

    async def answer(self, borrower_id: int, question: Question, text: str) -> Application | None:
        """As `set_answer`, for the application that is being filled in; None where there is none."""
        async with self._database.transaction() as session:
            found = (await session.execute(_UNDER_WAY, {"borrower": borrower_id})).one_or_none()
            if found is None or found[0].status != ApplicationStatus.DRAFT:
                return None
            row, borrower = found
            await self._answers.write(session, row, borrower, question, text, self._clock.now())
            row.updated_at = self._clock.now()
            return self._views.of(row, borrower)

    async def suggestion(self, borrower_id: int, application_id: int, question: Question) -> Suggestion | None:
        """What is known from an earlier application for this question, if anything."""
        if question not in COLUMNS:
            return None
        async with self._database.reading() as session:
            row = await own_application(session, borrower_id, application_id)
            return await suggestion_for(session, row, question, self._vault)

    async def use_suggestion(self, borrower_id: int, application_id: int, question: Question) -> Application:
        """Answer the question as in the earlier application. Raises NotFound when nothing is known."""
        async with self._database.transaction() as session:
            row = await own_application(session, borrower_id, application_id, lock=True)
            require(row, ApplicationStatus.DRAFT)
            await take_suggestion(session, row, question)
            row.updated_at = self._clock.now()
            if question is Question.PAYOUT_ACCOUNT:
                record_account_change(session, row, row.updated_at)
            return self._views.of(row, await borrower_row(session, borrower_id))

    async def confirm_answers(self, borrower_id: int, application_id: int) -> Application:
        """Done with the questions, on to the papers. Raises NotFound, ApplicationMoved, NotComplete, TooYoung,
        TooOldAtTheEnd or InstallmentTooHigh."""
        async with self._database.transaction() as session:
            row = await own_application(session, borrower_id, application_id, lock=True)
            borrower = await borrower_row(session, borrower_id)
            require(row, ApplicationStatus.DRAFT, ApplicationStatus.COLLECTING_DOCUMENTS)
            self._complete(row, borrower)
            move(row, ApplicationStatus.COLLECTING_DOCUMENTS)
            row.updated_at = self._clock.now()
            return self._views.of(row, borrower)

    async def reopen_answers(self, borrower_id: int, application_id: int) -> Application:
        """Back from the papers to the questions."""
        return await self._move(borrower_id, application_id, ApplicationStatus.DRAFT)

    async def submit(self, borrower_id: int, application_id: int) -> Application:
        """Hand the application to the officers. Raises as `confirm_answers`, and DocumentsMissing."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await own_application(session, borrower_id, application_id, lock=True)
            borrower = await borrower_row(session, borrower_id)
            require(row, ApplicationStatus.COLLECTING_DOCUMENTS)
            self._complete(row, borrower)
            lacking = await missing_documents(session, row, self._products.get(row.product_code))
            if lacking:
                raise DocumentsMissing(names=lacking)
            move(row, ApplicationStatus.SUBMITTED)
            row.submitted_at = row.updated_at = now
            await open_handoff(
                session,
                now=now,
                kind=HandoffKind.APPLICATION,
                borrower_id=borrower_id,
                application_id=row.id,
                dedupe_key=f"application:{row.id}",
            )
            return self._views.of(row, borrower)

    async def withdraw(self, borrower_id: int, application_id: int) -> Application:
        """The borrower does not want it any more: before the decision, or after signing as long as nobody pays it out.

        Raises ApplicationMoved in between, when the offer itself is declined, and after the payout; PayoutUnderWay.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await own_application(session, borrower_id, application_id, lock=True)
            if row.status == ApplicationStatus.APPROVED:
                raise ApplicationMoved(state=ApplicationStatus(row.status).label)
            if row.status == ApplicationStatus.ACCEPTED:
                await _cancel_signed(session, row.id, now)
            move(row, ApplicationStatus.WITHDRAWN)
            borrower_did(session, borrower_id, WITHDREW, f"application:{row.id}", now=now)
            row.updated_at = now
            kinds = (HandoffKind.APPLICATION, HandoffKind.PAYOUT)
            await close_handoffs(session, now=now, kinds=kinds, application_id=row.id)
            await application_buttons.moved_on(session, borrower_id, now)
            return self._views.of(row, await borrower_row(session, borrower_id))

    async def open_request(self, borrower_id: int, application_id: int) -> InformationRequest | None:
        """What an officer asks for and has not got yet, with the words noted as an answer so far."""
        async with self._database.reading() as session:
            await own_application(session, borrower_id, application_id)
            row = await open_request_of(session, application_id)
            return None if row is None else self._views.request(row, unsent=True)

    async def for_staff(self, application_id: int) -> ApplicationFile:
        """The officers' view. Raises NotFound. Callers check that an officer asks."""
        async with self._database.reading() as session:
            return await application_file(session, application_id, self._views, self._products, self._clock.now())

    async def expire_stale(self) -> int:
        """Close drafts that nobody has touched for as long as the lender keeps them; answers how many."""
        before = self._clock.now() - timedelta(days=self._lender.draft_kept_days)
        async with self._database.transaction() as session:
            states = [status.value for status in BEING_FILLED_IN]
            stale = select(ApplicationRow).where(ApplicationRow.status.in_(states), ApplicationRow.updated_at < before)
            rows = list(await session.scalars(stale.limit(1000).with_for_update(skip_locked=True)))
            for row in rows:
                move(row, ApplicationStatus.EXPIRED)
            return len(rows)

    async def _move(self, borrower_id: int, application_id: int, to: ApplicationStatus) -> Application:
        async with self._database.transaction() as session:
            row = await own_application(session, borrower_id, application_id, lock=True)
            move(row, to)
            row.updated_at = self._clock.now()
            return self._views.of(row, await borrower_row(session, borrower_id))

    def _complete(self, row: ApplicationRow, borrower: BorrowerRow) -> None:
        application = self._views.of(row, borrower)
        if application.next_question is not None:
            raise NotComplete(question=application.next_question.label)
        if borrower.born_on is not None:
            # A draft may have waited for weeks, and the borrower's birthday with it.
            self._answers.check_age(row, borrower.born_on, self._clock.now())
        affordable(application.affordability)


async def own_application(
    session: AsyncSession, borrower_id: int, application_id: int, *, lock: bool = False
) -> ApplicationRow:
    """The borrower's own application. Raises NotFound."""
    row = await session.get(ApplicationRow, application_id, with_for_update=lock)
    if row is None or row.borrower_id != borrower_id:
        raise NotFound
    return row


_OPEN: Final = (
    select(ApplicationRow)
    .where(
        ApplicationRow.borrower_id == bindparam("borrower"),
        ApplicationRow.status.in_([status.value for status in UNDER_WAY]),
    )
    .order_by(ApplicationRow.id.desc())
    .limit(1)
)
_WITH_BORROWER: Final = _OPEN.add_columns(BorrowerRow).join(BorrowerRow, BorrowerRow.id == ApplicationRow.borrower_id)
_UNDER_WAY: Final = _WITH_BORROWER.with_for_update()
"""Asked with every answer, and built once."""


async def _open(session: AsyncSession, borrower_id: int) -> ApplicationRow | None:
    row: ApplicationRow | None = await session.scalar(_OPEN, {"borrower": borrower_id})
    return row


async def _cancel_signed(session: AsyncSession, application_id: int, now: datetime) -> None:
    """Take back what was signed. Raises PayoutUnderWay when an officer has taken the payout."""
    payout = select(HandoffRow).where(
        HandoffRow.application_id == application_id, HandoffRow.kind == HandoffKind.PAYOUT
    )
    handoff = await session.scalar(payout.with_for_update().execution_options(populate_existing=True))
    if handoff is not None and handoff.status == HandoffStatus.CLAIMED:
        raise PayoutUnderWay
    accepted = select(OfferRow).where(
        OfferRow.application_id == application_id, OfferRow.status == OfferStatus.ACCEPTED
    )
    for offer in await session.scalars(accepted.with_for_update()):
        move_offer(offer, OfferStatus.WITHDRAWN, now)
