"""Paying a loan out: the last step of an application and the first of a loan."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.products import Products
from services.configuration.staff import Staff
from services.desk.handoff_records import settle_handoff
from services.desk.handoff_states import HandoffKind
from services.desk.second_officer import require_second_officer
from services.desk.staff_actions import record_action
from services.engine.periods import due_dates
from services.engine.quote import quote
from services.engine.terms import Terms
from services.errors import IllegalMove, InvalidInput, NotFound
from services.lending import loan_record
from services.lending.loan_figures import schedule_rows
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import Loan
from services.messages.outbox import MessageClass, enqueue
from services.models import ApplicationRow, ContractRow, CreditLineRow, DrawRow, LoanRow, OfferRow
from services.money import Money
from services.origination.application_states import ApplicationStatus
from services.origination.application_states import move as move_application
from services.origination.line_offers import first_draw, is_line
from services.origination.offer_states import OfferStatus
from services.references import new_reference

LONGEST_REFERENCE = 64
SHORTEST_REFERENCE = 4


class PayoutReferenceMissing(InvalidInput):
    """A payout is only confirmed with the reference of the bank's transfer, of `shortest` to `longest` characters, some
    of them digits: a word typed as an answer to a colleague must not pay anything out."""

    key = "loans.payout_reference_missing"
    field = "payout_reference"


class PayoutReferenceTaken(InvalidInput):
    """Another loan was paid out under that bank reference; `reference` names that loan."""

    key = "loans.payout_reference_taken"
    field = "payout_reference"


class AlreadyPaidOut(IllegalMove):
    """The application's loan was paid out under another bank reference; `reference` names the loan."""

    key = "loans.already_paid_out"


def cleaned_reference(typed: str) -> str:
    """The bank's reference without white space. Raises PayoutReferenceMissing."""
    reference = "".join(typed.split())
    fits = SHORTEST_REFERENCE <= len(reference) <= LONGEST_REFERENCE
    if not fits or not any(character.isdecimal() for character in reference):
        raise PayoutReferenceMissing(shortest=SHORTEST_REFERENCE, longest=LONGEST_REFERENCE)
    return reference


async def paid_out(session: AsyncSession, application_id: int, payout_reference: str) -> LoanRow | None:
    """The loan that this very payout made already, if it did. Raises PayoutReferenceTaken, AlreadyPaidOut."""
    drawn = select(LoanRow.reference).join(DrawRow, DrawRow.loan_id == LoanRow.id)
    taken = await session.scalar(drawn.where(DrawRow.payout_reference == payout_reference))
    if taken is not None:
        raise PayoutReferenceTaken(reference=taken)
    same = await session.scalar(select(LoanRow).where(LoanRow.payout_reference == payout_reference))
    if same is not None:
        if same.application_id != application_id:
            raise PayoutReferenceTaken(reference=same.reference)
        return same
    other = await session.scalar(select(LoanRow).where(LoanRow.application_id == application_id))
    if other is not None:
        raise AlreadyPaidOut(reference=other.reference)
    return None


async def pay_out(
    session: AsyncSession,
    products: Products,
    staff: Staff,
    application: ApplicationRow,
    *,
    staff_id: int,
    payout_reference: str,
    on: date,
    now: datetime,
) -> Loan:
    """Make the loan of a locked application whose contract is signed, with everything that follows.

    Raises ApplicationMoved, NotFound when no signed contract is there, `SecondOfficerNeeded`, `ClaimedByAnother`.
    """
    await require_second_officer(session, staff, staff_id, application.id)
    move_application(application, ApplicationStatus.DISBURSED)
    application.updated_at = now
    offer = await _signed_offer(session, application.id)
    agreed = Terms.from_json(offer.terms)
    limit = redated(agreed, offer, application.method or agreed.method, products, on)
    terms = limit.changed(principal=first_draw(limit.principal, application)) if is_line(limit) else limit
    loan = LoanRow(
        reference=new_reference("L"),
        borrower_id=application.borrower_id,
        application_id=application.id,
        offer_id=offer.id,
        product_code=offer.product_code,
        product_version=offer.product_version,
        status=LoanStatus.ACTIVE,
        currency=terms.currency,
        terms=terms.to_json(),
        policy=offer.policy,
        disbursed_on=on,
        disbursed_by=staff_id,
        payout_reference=payout_reference,
        created_at=now,
    )
    session.add(loan)
    await session.flush()
    if is_line(limit):
        session.add(_credit_line(loan, limit, products.get(offer.product_code).minimum_draw))
        await session.flush()
    await loan_record.begin(session, loan, now)
    record_action(session, now=now, staff_id=staff_id, action="paid_out", subject=f"loan:{loan.id}")
    await settle_handoff(session, staff, staff_id, now=now, kind=HandoffKind.PAYOUT, application_id=application.id)
    view = await view_paid_out(session, loan)
    await _announce(session, view, application, now)
    return view


def _credit_line(loan: LoanRow, limit: Terms, minimum_draw: Money | None) -> CreditLineRow:
    return CreditLineRow(
        loan_id=loan.id,
        limit_minor=limit.principal.minor,
        minimum_draw_minor=1 if minimum_draw is None else minimum_draw.minor,
        valid_until=due_dates(limit)[-1],
    )


def redated(terms: Terms, offer: OfferRow, method: str, products: Products, on: date) -> Terms:
    """The agreed terms with their dates counted from the day of payout. The rate stays the one agreed.

    The product lays them out again, harvest dates included, unless its configuration has moved on since the offer:
    then the agreed terms start on the day as they are.
    """
    if terms.disbursed_on == on:
        return terms
    product = products.get(offer.product_code)
    if product.version == offer.product_version:
        laid_out = products.terms(product, terms.principal, terms.installments, method, on)
        return laid_out.changed(annual_rate=terms.annual_rate)
    return terms.changed(disbursed_on=on, first_due_on=None, due_dates=())


async def view_paid_out(session: AsyncSession, loan: LoanRow) -> Loan:
    """The loan as it was when it was paid out."""
    record = (await loan_record.load(session, loan)).up_to(-1)
    rows = schedule_rows(record.state(loan.disbursed_on))
    first = next(row for row in rows if row.number > 0)
    line = await session.get(CreditLineRow, loan.id)
    return Loan(
        id=loan.id,
        reference=loan.reference,
        borrower_id=loan.borrower_id,
        application_id=loan.application_id,
        status=LoanStatus(loan.status),
        principal=record.terms.principal,
        net_payout=quote(record.terms).net_disbursed,
        disbursed_on=loan.disbursed_on,
        payout_reference=loan.payout_reference or "",
        first_due_on=first.due_on,
        first_due=first.total,
        limit=None if line is None else Money.from_minor(line.limit_minor, loan.currency),
    )


async def _announce(session: AsyncSession, loan: Loan, application: ApplicationRow, now: datetime) -> None:
    """Owe the borrower the message that the money is on its way."""
    await enqueue(
        session,
        now=now,
        kind="loan_disbursed",
        borrower_id=loan.borrower_id,
        message_class=MessageClass.SERVICE,
        params={
            "loan_id": loan.id,
            "reference": loan.reference,
            "principal": loan.principal,
            "net_payout": loan.net_payout,
            "account": application.payout_account_masked or "",
            "first_due_on": loan.first_due_on,
            "first_due": loan.first_due,
            "limit": loan.limit,
        },
        dedupe_key=f"loan:{loan.id}:disbursed",
        loan_id=loan.id,
    )


async def _signed_offer(session: AsyncSession, application_id: int) -> OfferRow:
    query = (
        select(OfferRow)
        .join(ContractRow, ContractRow.offer_id == OfferRow.id)
        .where(
            OfferRow.application_id == application_id,
            OfferRow.status == OfferStatus.ACCEPTED,
            ContractRow.signed_at.is_not(None),
        )
    )
    offer = await session.scalar(query)
    if offer is None:
        raise NotFound
    return offer
