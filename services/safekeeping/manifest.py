"""What a backup says of itself. The manifest is written last: a folder without one is no backup."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from services.safekeeping.row_text import Kind
from services.vault import Vault

MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
"""Every other file with its sum, as `sha256sum --check` reads it."""
TABLES: Final = "tables"
DOCUMENTS: Final = "documents"
FORMAT: Final = 1
_SEAL: Final = "backup manifest"


class BackupDamaged(Exception):
    """The backup is not what it was when it was made. `damage` says in which files, a sentence for each."""

    def __init__(self, *damage: str) -> None:
        super().__init__("; ".join(damage))
        self.damage = damage


@dataclass(frozen=True, slots=True)
class TableDump:
    """A table as it was dumped, into `tables/<name>.tsv.gz`."""

    name: str
    columns: Sequence[tuple[str, Kind]]
    rows: int

    @property
    def file(self) -> str:
        return f"{TABLES}/{self.name}.tsv.gz"

    @property
    def kinds(self) -> list[Kind]:
        return [kind for _, kind in self.columns]

    @property
    def column_names(self) -> list[str]:
        return [name for name, _ in self.columns]


@dataclass(frozen=True, slots=True)
class Manifest:
    made_at: str
    """The moment whose database it holds: ISO 8601 in UTC."""
    revision: str
    """Of the schema."""
    database: str
    """`sqlite` or `postgresql`; either can be restored into either."""
    tables: Sequence[TableDump]
    """In an order in which each comes after those it points to."""
    documents: int
    missing: Sequence[str]
    """Keys of documents that rows named and the store had not got."""
    sums_sha256: str
    seal: str = ""
    """Keyed hash of all else, made with the lender's keys: whoever has not got them changes no backup unnoticed."""
    format: int = FORMAT

    @property
    def moment(self) -> datetime:
        """`made_at` as an aware instant."""
        return datetime.fromisoformat(self.made_at)

    def sealed(self, vault: Vault) -> Self:
        return replace(self, seal=vault.fingerprint(_SEAL, self._without_seal()))

    def has_seal_of(self, vault: Vault) -> bool:
        return vault.recognises(self.seal, _SEAL, self._without_seal())

    def _without_seal(self) -> str:
        return json.dumps({**asdict(self), "seal": ""}, sort_keys=True)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises BackupDamaged when there is none, or one of another form."""
        try:
            return cls._from_json(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise BackupDamaged(f"{MANIFEST} is missing: the folder is no backup, or one that was cut off") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BackupDamaged(f"{MANIFEST} cannot be read: {error}") from error

    @classmethod
    def _from_json(cls, stored: dict[str, Any]) -> Self:
        if stored["format"] != FORMAT:
            raise ValueError(f"its format is {stored['format']}, this version reads {FORMAT}")
        tables = [
            TableDump(table["name"], [(name, Kind(kind)) for name, kind in table["columns"]], table["rows"])
            for table in stored["tables"]
        ]
        return cls(**{**stored, "tables": tables})


def instant(at: datetime) -> str:
    """An aware UTC instant as manifests write it. Raises ValueError for one without a zone."""
    if at.tzinfo is None:
        raise ValueError("an instant must carry its time zone")
    return at.isoformat(timespec="seconds")
