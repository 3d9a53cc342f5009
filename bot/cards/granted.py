"""What was approved for the application that a card is about."""

from services.assembly import Services
from services.desk.handoff_cards import DeskCard
from services.origination.application_states import ApplicationStatus
from services.origination.offer_views import Offer

APPROVED = frozenset({ApplicationStatus.APPROVED, ApplicationStatus.ACCEPTED, ApplicationStatus.DISBURSED})


async def granted_offer(services: Services, card: DeskCard) -> Offer | None:
    """The offer made to the borrower, or None while nothing is approved."""
    if card.application is None or card.application.application.status not in APPROVED:
        return None
    borrower_id, application_id = card.borrower.id, card.application.application.id
    waiting = await services.offers.open(borrower_id)
    if waiting is not None and waiting.application_id == application_id:
        return waiting
    for contract in await services.contracts.list(borrower_id):
        signed = await services.offers.get(borrower_id, contract.offer_id)
        if signed.application_id == application_id:
            return signed
    return None
