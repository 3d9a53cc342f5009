"""Who works for the lender, what each role permits, and where the officers' desk is. Read from `staff.toml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.errors import NotAllowed
from services.wording import Label


class Permission(StrEnum):
    """What a role may permit."""

    CLAIM = "claim"
    """Take a handoff, hand it back, close it."""
    VIEW_DOCUMENTS = "view_documents"
    ASK_INFORMATION = "ask_information"
    ANSWER_BORROWER = "answer_borrower"
    DECIDE = "decide"
    """Approve or decline an application."""
    PAY_OUT = "pay_out"
    CONFIRM_RECEIPTS = "confirm_receipts"
    TAKE_OVER = "take_over"
    """Hand back what another officer has taken and left lying."""

    @property
    def label(self) -> Label:
        return Label(f"terms.permission_{self}")


class NotPermitted(NotAllowed):
    """None of the officer's roles permits the act. `permission` is what it takes, as a `Label`."""

    key = "staff.not_permitted"


class NotStaff(NotAllowed):
    """The person is no officer of this lender."""

    key = "staff.not_staff"


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who works for the lender. `staff_id` is their Telegram id."""

    staff_id: int
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Desk:
    """The chat that the officers' cards go to: a group, or the only officer's own chat."""

    chat_id: int
    forum: bool
    """Whether every handoff gets a topic of its own there."""
    language: str


class Staff:
    """The officers and their permissions, fixed for as long as the program runs."""

    def __init__(self, officers: Iterable[Officer], desk: Desk | None = None, *, four_eyes: bool = False) -> None:
        self._officers: Mapping[int, Officer] = {officer.staff_id: officer for officer in officers}
        self.desk = desk
        """None when the lender has set up no desk: its cards wait in the outbox until there is one."""
        self.four_eyes = four_eyes
        """Whether the officer who approved a loan may neither pay it out as well nor decide on its extension."""

    @property
    def officers(self) -> tuple[Officer, ...]:
        return tuple(self._officers.values())

    def is_staff(self, telegram_id: int) -> bool:
        """Whether that person is an officer, whatever the role."""
        return telegram_id in self._officers

    def may(self, staff_id: int, permission: Permission) -> bool:
        """Whether one of the person's roles permits it; False for somebody who is no officer."""
        officer = self._officers.get(staff_id)
        return officer is not None and permission in officer.permissions

    def require(self, staff_id: int, permission: Permission) -> Officer:
        """The officer, if permitted. Raises `NotStaff` or `NotPermitted`, both `NotAllowed`."""
        officer = self.officer(staff_id)
        if permission not in officer.permissions:
            raise NotPermitted(permission=permission.label)
        return officer

    def officer(self, staff_id: int) -> Officer:
        """The officer of that Telegram id. Raises `NotStaff`."""
        try:
            return self._officers[staff_id]
        except KeyError:
            raise NotStaff from None

    @property
    def lacks_second_pair(self) -> bool:
        """Whether four eyes are asked for and some approval would leave nobody to pay the loan out."""
        payers = {officer.staff_id for officer in self.officers if Permission.PAY_OUT in officer.permissions}
        deciders = (officer.staff_id for officer in self.officers if Permission.DECIDE in officer.permissions)
        return self.four_eyes and any(not payers - {decider} for decider in deciders)

    @property
    def lacks_second_decider(self) -> bool:
        """Whether four eyes are asked for and only one officer decides, so that nobody could extend a loan."""
        return self.four_eyes and sum(Permission.DECIDE in officer.permissions for officer in self.officers) == 1

    def name_of(self, staff_id: int) -> str:
        """How the officer is called, also in what a borrower reads; the bare id for one who has since left."""
        officer = self._officers.get(staff_id)
        return officer.name if officer else str(staff_id)
