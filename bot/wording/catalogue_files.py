"""Reading the catalogues: one .po file per dialogue and language, read as they are at start, with no compiled twin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

Plural = Callable[[int], str]
"""The text for a count."""


class BadCatalogue(Exception):
    """A catalogue cannot be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Entries:
    """The texts of one language: sentences by key, and for counted keys the function that picks the plural form."""

    sentences: dict[str, str]
    plurals: dict[str, Plural]


@cache
def read_language(folder: Path) -> Entries:
    """All texts under `<folder>/LC_MESSAGES`, read once for each process. Raises BadCatalogue when a key stands in
    another dialogue's file or a file does not parse. Fuzzy and empty entries count as missing."""
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
    form = _form(catalogue.plural_expr)
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
            entries.plurals[key] = _counted(message.string, form)


def _counted(texts: Sequence[str], form: Callable[[int], int]) -> Plural:
    return lambda count: texts[form(count)]


_form = cache(c2py)
"""The function behind a plural rule, from a count to the number of its form. Compiling one is slow."""
