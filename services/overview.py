"""What a borrower can do now: everything the menu offers, read at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.desk.handoff_access import Handoff
from services.desk.talks import Talks
from services.lending.loan_views import LoanSummary
from services.lending.loans import Loans
from services.origination.application_states import BEING_FILLED_IN, ApplicationStatus
from services.origination.applications import Application, Applications, InformationRequest
from services.origination.offer_views import Offer
from services.origination.offers import Offers
from services.people.borrowers import Borrower, Borrowers


@dataclass(frozen=True, slots=True)
class Overview:
    """Where a borrower stands."""

    borrower: Borrower
    draft: Application | None
    """An application that is still being filled in or lacks papers."""
    application: Application | None
    """An application that is in the lender's hands, or approved and not yet paid out."""
    open_request: InformationRequest | None
    """What an officer still wants to know or see."""
    offer: Offer | None
    """Terms that wait for an answer."""
    loans: Sequence[LoanSummary]
    """Loans not yet settled."""
    talking: Handoff | None
    """The conversation with an officer that is going on."""


class Overviews:
    """Reads overviews."""

    def __init__(
        self, borrowers: Borrowers, applications: Applications, offers: Offers, loans: Loans, talks: Talks
    ) -> None:
        self._borrowers = borrowers
        self._applications = applications
        self._offers = offers
        self._loans = loans
        self._talks = talks

    async def of(self, borrower_id: int) -> Overview:
        """Where the borrower stands. Raises NotFound."""
        borrower = await self._borrowers.get(borrower_id)
        current = await self._applications.current(borrower_id)
        with_borrower = current is not None and current.status in BEING_FILLED_IN
        asked = current is not None and current.status is ApplicationStatus.MORE_INFORMATION
        return Overview(
            borrower=borrower,
            draft=current if with_borrower else None,
            application=None if with_borrower else current,
            open_request=await self._applications.open_request(borrower_id, current.id) if current and asked else None,
            offer=await self._offers.open(borrower_id),
            loans=await self._loans.list(borrower_id, open_only=True),
            talking=await self._talks.current(borrower_id),
        )
