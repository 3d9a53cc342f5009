"""Valid documents of the engine, broken in one place: the bytes, and the field that the refusal has to name."""

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.engine.strategies import Document

Path = tuple[str | int, ...]

WHOLE = "$"
TOO_LONG = [None] * 100_000
_TOKEN = "the token stands here"  # a token of JSON
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIGURE = re.compile(r"\d+(\.\d+)?")

BARE_NUMBERS = ["NaN", "-Infinity", "1e999", "-1e-999", "1e99999999999999999999", "-0.0", "0.1", "9" * 30, "9" * 5000]
FIGURES = ["", "NaN", "-Infinity", "1e999", "-0", "-1", "+1", "1.", ".5", " 1", "1,000", "1_000", "９", "٣", "0x1"]
FIGURES += ["9" * 40, "0." + "1" * 20, "1\n", "1\x00"]
DATES = ["", "0000-01-01", "0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31", "2026-02-30", "2026-13-01"]
DATES += ["2026-3-5", "20260305", "2026-W10-4", "2026-03-05T00:00", "-026-03-05", "٢٠٢٦-٠٣-٠٥", "2026-03-05\n"]
WORDS = ["\x00", "a\nb", "\x1b[31m", "\ud800", "\u202etfel", "\ufeff", "x" * 300]
KEYS = ["x", "", " ", "__class__", "principal\x00", "\u202e", "\ud800", "本金", "k" * 1000]
NESTED = {"inside": [[[[[[[[[[{}]]]]]]]]]]}


@dataclass(frozen=True)
class Broken:
    """A document that must be refused: what was done to it, the path that the refusal names, and its bytes."""

    how: str
    field: str
    source: bytes

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(f"{self.how}, to be refused at {self.field}: {self.source[:2000]!r}")


def places(value: Any, path: Path = ()) -> list[Path]:
    """Every place within a document, the document itself first."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


def field_of(path: Path) -> str:
    """The path as a refusal writes it; a key is named by sixty characters at most, an empty one by empty quotes."""
    written = ""
    for key in path:
        if isinstance(key, int):
            written += f"[{key}]"
        else:
            written += ("." if written else "") + (key[:60] or "“”")
    return written or WHOLE


def at(document: Any, path: Path) -> Any:
    """The value at the place."""
    for key in path:
        document = document[key]
    return document


def changed(document: Document, path: Path, change: Callable[[Any, Any], None]) -> Document:
    """A copy of the document in which `change(holder, key)` was done to what holds the place."""
    copied = copy.deepcopy(document)
    change(at(copied, path[:-1]), path[-1])
    return copied


def _set(value: object) -> Callable[[Any, Any], None]:
    def change(holder: Any, key: Any) -> None:
        holder[key] = value

    return change


def _drop(holder: Any, key: Any) -> None:
    del holder[key]


def misfits(value: object) -> list[object]:
    """Values of other JSON types than that of the value, which its field cannot take."""
    if isinstance(value, bool):
        return [0, 1, "true", [], {}, 0.5]
    if isinstance(value, int):
        return [True, str(value), value + 0.5, [], {}, -1, -(10**30), 10**30]
    if isinstance(value, str):
        return [0, 12000, 0.5, True, [], [value], {}, {"amount": value}, NESTED]
    if isinstance(value, list):
        return [0, 0.5, True, "[]", TOO_LONG]
    return [0, 0.5, True, "{}", [[]]]


def bad_words(value: str) -> list[str]:
    """Strings that the field of this one cannot take."""
    if _DATE.fullmatch(value):
        return DATES
    return FIGURES if _FIGURE.fullmatch(value) else WORDS


def is_required(path: Path) -> bool:
    """Whether a document is refused without the key at the end of the path."""
    match path:
        case ("terms",) | ("as_of",) | ("events", int(), "type" | "on" | "amount"):
            return True
        case (*before, "currency" | "principal" | "annual_rate" | "disbursed_on" | "installments"):
            return before in ([], ["terms"])
        case (*_, "rate_changes", int(), "on" | "annual_rate"):
            return True
    return False


@st.composite
def with_a_misfit(draw: st.DrawFn, document: Document) -> Broken:
    """A value of another type, at any place."""
    path = draw(st.sampled_from(places(document)[1:]))
    value = draw(st.sampled_from(misfits(at(document, path))))
    return Broken(f"{path} is {str(value)[:60]!r}", field_of(path), written(changed(document, path, _set(value))))


@st.composite
def with_a_bad_word(draw: st.DrawFn, document: Document) -> Broken:
    """A date that is none, a figure with too many digits, a word with control characters."""
    path = draw(st.sampled_from([path for path in places(document) if isinstance(at(document, path), str)]))
    value = draw(st.sampled_from(bad_words(at(document, path))))
    return Broken(f"{path} is {value[:60]!r}", field_of(path), written(changed(document, path, _set(value))))


@st.composite
def with_a_bare_number(draw: st.DrawFn, document: Document) -> Broken:
    """A number that JSON writes or only Python reads, where no such number belongs."""
    path = draw(st.sampled_from(places(document)[1:]))
    number = draw(st.sampled_from(BARE_NUMBERS))
    text = json.dumps(changed(document, path, _set(_TOKEN))).replace(json.dumps(_TOKEN), number)
    return Broken(f"{path} is {number[:60]}", field_of(path), text.encode())


@st.composite
def with_another_key(draw: st.DrawFn, document: Document) -> Broken:
    """A key that the contract does not know: added, or in the place of one that it knows."""
    holders = [path for path in places(document) if isinstance(at(document, path), dict)]
    holder = draw(st.sampled_from(holders))
    key = draw(st.sampled_from(KEYS))
    known = sorted(set(at(document, holder)) - {"type"})
    old = draw(st.sampled_from([None, *known]))
    copied = copy.deepcopy(document)
    at(copied, holder)[key] = None if old is None else at(copied, holder).pop(old)
    return Broken(f"{holder} has {key[:60]!r} for {old}", field_of((*holder, key)), written(copied))


@st.composite
def without_a_key(draw: st.DrawFn, document: Document) -> Broken:
    """A required key is absent or null."""
    path = draw(st.sampled_from([path for path in places(document) if is_required(path)]))
    change = draw(st.sampled_from([_drop, _set(None)]))
    return Broken(f"{path} is gone", field_of(path), written(changed(document, path, change)))


@st.composite
def with_a_key_twice(draw: st.DrawFn, document: Document) -> Broken:
    """The same key twice in one object."""
    holder = draw(st.sampled_from([path for path in places(document) if at(document, path) and holds(document, path)]))
    key = draw(st.sampled_from(sorted(at(document, holder))))
    pair = f"{json.dumps(key)}: {json.dumps(at(document, holder)[key])}"
    copied = copy.deepcopy(document)
    at(copied, holder)[_TOKEN] = 0
    text = json.dumps(copied).replace(f"{json.dumps(_TOKEN)}: 0", pair)
    return Broken(f"{holder} has {key} twice", WHOLE, text.encode())


def holds(document: Document, path: Path) -> bool:
    """Whether an object with keys stands there."""
    return isinstance(at(document, path), dict)


@st.composite
def with_too_much(draw: st.DrawFn, document: Document) -> Broken:
    """More than the engine takes at a time: 100,000 installments, or periods of as many months."""
    root: Path = ("terms",) if "terms" in document else ()
    path = (*root, draw(st.sampled_from(["installments", "every"])))
    return Broken(f"{path} is 100,000", field_of(path), written(changed(document, path, _set(100_000))))


@st.composite
def nested_deeply(draw: st.DrawFn, document: Document) -> Broken:
    """So many brackets that no reader should follow them; where one can, the field is of the wrong type."""
    path = draw(st.sampled_from([path for path in places(document) if isinstance(at(document, path), str)]))
    depth, brackets = draw(st.sampled_from([300, 100_000])), draw(st.sampled_from(["[]", '{"a":0}']))
    opening, closing = ("[", "]") if brackets == "[]" else ('{"a":', "}")
    nest = opening * depth + ("[]" if brackets == "[]" else "0") + closing * depth
    text = json.dumps(changed(document, path, _set(_TOKEN))).replace(json.dumps(_TOKEN), nest)
    return Broken(f"{path} is {depth} deep", field_of(path) if depth < 1000 else WHOLE, text.encode())


@st.composite
def no_json(draw: st.DrawFn, document: Document) -> Broken:
    """Bytes that are no document: cut off, not UTF-8, with a byte order mark, with something after the end."""
    source = written(document)
    cut = draw(st.integers(0, len(source) - 1))
    how, broken = draw(
        st.sampled_from(
            [
                ("cut off", source[:cut]),
                ("empty", b""),
                ("blank", b" \n\t"),
                ("not UTF-8", source[:cut] + b"\xff" + source[cut:]),
                ("half a character", source[:cut] + b"\xe6\x9c" + source[cut:]),
                ("a surrogate in bytes", source[:cut] + b"\xed\xa0\x80" + source[cut:]),
                ("UTF-16", source.decode().encode("utf-16")),
                ("a byte order mark", b"\xef\xbb\xbf" + source),
                ("a null byte", source + b"\x00"),
                ("a second document", source + source),
                ("a line break in a word", source.replace(b'": "', b'": "\n', 1)),
                ("single quotes", source.replace(b'"', b"'")),
                ("a comma too many", source[:-1] + b",}"),
                ("a comment", b"// terms\n" + source),
            ]
        )
    )
    return Broken(how, WHOLE, broken)


@st.composite
def no_object(draw: st.DrawFn) -> Broken:
    """JSON at the top that is neither an object nor a list."""
    text = draw(st.sampled_from(["null", "true", "0", "-1", '"terms"', '""', *BARE_NUMBERS]))
    return Broken(f"{text[:60]} alone", WHOLE, text.encode())


def broken(document: Document) -> st.SearchStrategy[Broken]:
    """The document broken in one of all these ways."""
    return st.one_of(
        with_a_misfit(document),
        with_a_bad_word(document),
        with_a_bare_number(document),
        with_another_key(document),
        without_a_key(document),
        with_a_key_twice(document),
        with_too_much(document),
        nested_deeply(document),
        no_json(document),
        no_object(),
    )


def written(document: Document) -> bytes:
    """The document as the command line reads it; surrogates stay escaped."""
    return json.dumps(document).encode()
