"""Reading the catalogues: one .po file per dialogue and language, read as they are at start, with no compiled twin."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from gettext import GNUTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Plural = Callable[[str, str, int], str]


class BadCatalogue(Exception):
    """A catalogue cannot be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Entries:
    """The texts of one language: sentences by key, and for counted keys the function that picks the plural form."""

    sentences: dict[str, str]
    plurals: dict[str, Plural]


def read_language(folder: Path) -> Entries:
    """All texts under `<folder>/LC_MESSAGES`. Raises BadCatalogue when a key stands in another dialogue's file or a
    file does not parse. Fuzzy and empty entries count as missing."""
    entries = Entries({}, {})
    for path in sorted((folder / "LC_MESSAGES").glob("*.po")):
        _add(entries, path, read_catalogue(path))
    return entries


def read_catalogue(path: Path) -> Catalog:
    """One .po file. Raises BadCatalogue when it does not parse."""
    try:
        with path.open("rb") as file:
            return read_po(file, locale=path.parent.parent.name, abort_invalid=True)
    except (ValueError, UnicodeDecodeError) as error:
        raise BadCatalogue(f"{path.name} ({path.parent.parent.name}): {error}") from error


def _add(entries: Entries, path: Path, catalogue: Catalog) -> None:
    plural = _plural_function(catalogue)
    for message in catalogue:
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        if not key.startswith(f"{path.stem}."):
            raise BadCatalogue(f"{path.name} ({path.parent.parent.name}): the key {key} belongs to another file")
        if message.fuzzy or not message.string:
            continue
        if isinstance(message.string, str):
            entries.sentences[key] = message.string
        elif all(message.string):
            entries.plurals[key] = plural


def _plural_function(catalogue: Catalog) -> Plural:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    buffer.seek(0)
    return GNUTranslations(buffer).ngettext
