"""Which columns the vault's keys stand behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Table, func
from sqlalchemy.schema import Column

from services.models import Base
from services.vault import fingerprint_tag, sealed_prefix


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column whose values are sealed. Every column of bytes is."""

    column: Column[Any]

    @property
    def table(self) -> Table:
        return self.column.table

    @property
    def name(self) -> str:
        return f"{self.table.name}/{self.column.name}"

    def under(self, key_id: str) -> ColumnElement[bool]:
        """Whether the value was sealed with that key."""
        prefix = sealed_prefix(key_id)
        return func.substr(self.column, 1, len(prefix)) == prefix


@dataclass(frozen=True, slots=True)
class FingerprintColumn:
    """A column of fingerprints by which somebody is found again, made from the sealed value beside it."""

    column: Column[Any]
    sealed: Column[Any]
    purpose: str

    @property
    def table(self) -> Table:
        return self.column.table

    @property
    def name(self) -> str:
        return f"{self.table.name}/{self.column.name}"

    def under(self, key_id: str) -> ColumnElement[bool]:
        """Whether the fingerprint was made with that key."""
        tag = fingerprint_tag(key_id)
        return func.substr(self.column, 1, len(tag)) == tag


def sealed_columns() -> Iterator[SealedColumn]:
    """Every one there is, in a fixed order."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                yield SealedColumn(column)


def fingerprint_columns() -> Iterator[FingerprintColumn]:
    """Those that outlast a change of keys. The fingerprint of a signing code does not: it lives for minutes."""
    borrowers, applications = Base.metadata.tables["borrowers"].c, Base.metadata.tables["applications"].c
    yield FingerprintColumn(borrowers["phone_fingerprint"], borrowers["phone_sealed"], "phone")
    yield FingerprintColumn(borrowers["id_number_fingerprint"], borrowers["id_number_sealed"], "id_number")
    yield FingerprintColumn(
        applications["payout_account_fingerprint"], applications["payout_account_sealed"], "payout_account"
    )
