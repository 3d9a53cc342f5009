"""The life of an application: which state may follow which."""

from enum import StrEnum
from typing import Final

from services.errors import IllegalMove
from services.models import ApplicationRow
from services.wording import Label


class ApplicationStatus(StrEnum):
    DRAFT = "draft"
    COLLECTING_DOCUMENTS = "collecting_documents"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    MORE_INFORMATION = "more_information"
    APPROVED = "approved"
    ACCEPTED = "accepted"
    DISBURSED = "disbursed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def label(self) -> Label:
        return Label(f"terms.application_status_{self}")


class RequestStatus(StrEnum):
    """Of what an officer asks a borrower for."""

    OPEN = "open"
    ANSWERED = "answered"
    REPLACED = "replaced"
    """The officer asked for something else before it was answered."""


S = ApplicationStatus

MOVES: Final[dict[ApplicationStatus, frozenset[ApplicationStatus]]] = {
    S.DRAFT: frozenset({S.COLLECTING_DOCUMENTS, S.WITHDRAWN, S.EXPIRED}),
    S.COLLECTING_DOCUMENTS: frozenset({S.DRAFT, S.SUBMITTED, S.WITHDRAWN, S.EXPIRED}),
    S.SUBMITTED: frozenset({S.IN_REVIEW, S.MORE_INFORMATION, S.APPROVED, S.DECLINED, S.WITHDRAWN}),
    S.IN_REVIEW: frozenset({S.MORE_INFORMATION, S.APPROVED, S.DECLINED, S.WITHDRAWN}),
    S.MORE_INFORMATION: frozenset({S.IN_REVIEW, S.APPROVED, S.DECLINED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.ACCEPTED, S.WITHDRAWN, S.EXPIRED}),
    S.ACCEPTED: frozenset({S.DISBURSED, S.WITHDRAWN}),
    S.DISBURSED: frozenset(),
    S.DECLINED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.EXPIRED: frozenset(),
}
"""From each state, the states that may follow. `approved` is never left for `declined`: an offer made stands."""

BEING_FILLED_IN: Final = frozenset({S.DRAFT, S.COLLECTING_DOCUMENTS})
UNDER_WAY: Final = frozenset(status for status, after in MOVES.items() if after)
"""One such application a borrower at most."""


class ApplicationMoved(IllegalMove):
    """The application is in a state, `state`, in which this cannot be done."""

    key = "applications.moved"


def move(application: ApplicationRow, to: ApplicationStatus) -> None:
    """Bring the row into state `to`; being there already is no error. Raises ApplicationMoved."""
    status = ApplicationStatus(application.status)
    if status is to:
        return
    if to not in MOVES[status]:
        raise ApplicationMoved(state=status.label)
    application.status = to


def require(application: ApplicationRow, *allowed: ApplicationStatus) -> None:
    """Raises ApplicationMoved unless the application is in one of the states."""
    status = ApplicationStatus(application.status)
    if status not in allowed:
        raise ApplicationMoved(state=status.label)
