"""Reading `staff.toml`: the officers, what each role permits, and the desk."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from services.configuration.reading import Configured, load
from services.configuration.staff import Desk, Officer, Permission, Staff

FILE = "staff.toml"


class DeskSection(Configured):
    """`chat_id` 0 means that there is no desk yet."""

    chat_id: int
    forum: bool = False
    language: str = "zh_Hans"


class OfficerEntry(Configured):
    telegram_id: Annotated[int, Field(gt=0)]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    roles: Annotated[list[str], Field(min_length=1)]


class StaffFile(Configured):
    """The file as it is written."""

    desk: DeskSection
    roles: dict[str, list[Permission]]
    staff: list[OfficerEntry] = Field(default_factory=list)
    four_eyes: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = sorted({role for entry in self.staff for role in entry.roles} - self.roles.keys())
        if unknown:
            raise ValueError(f"every role of an officer to stand under [roles]; {unknown[0]!r} does not")
        if len({entry.telegram_id for entry in self.staff}) < len(self.staff):
            raise ValueError("each officer's telegram_id once")
        return self


def load_staff(folder: Path, desk_chat_id: int | None = None) -> Staff:
    """Read `staff.toml` of the configuration folder. `desk_chat_id`, when given, takes the place of the file's: the
    demo learns its desk's id when it starts. Raises ConfigurationError."""
    file = load(StaffFile, folder / FILE)
    chat_id = file.desk.chat_id if desk_chat_id is None else desk_chat_id
    desk = Desk(chat_id, file.desk.forum, file.desk.language) if chat_id else None
    return Staff((_officer(entry, file) for entry in file.staff), desk, four_eyes=file.four_eyes)


def _officer(entry: OfficerEntry, file: StaffFile) -> Officer:
    permissions = frozenset(permission for role in entry.roles for permission in file.roles[role])
    return Officer(entry.telegram_id, entry.name, tuple(entry.roles), permissions)
