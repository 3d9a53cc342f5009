"""The catalogues against one another and against the code: nothing missing, nothing left over, nothing broken."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from bot.wording.catalogue_files import read_catalogue
from bot.wording.i18n import FALLBACK, LOCALES, PLACEHOLDER, Catalogues
from bot.wording.markup import TAG

ROOT = Path(__file__).resolve().parent.parent
CODE = ("main.py", "bot", "handlers", "services")
LANGUAGES = sorted(path.parent.name for path in LOCALES.glob("*/LC_MESSAGES"))
DOMAINS = sorted({path.stem for path in LOCALES.glob("*/LC_MESSAGES/*.po")})
KEY = re.compile(rf"(?:{'|'.join(map(re.escape, DOMAINS))})\.[a-z0-9_]+")
NO_KEYS = {"py", "po", "pdf", "png", "ics", "json", "toml", "typ", "jpg"}
"""What follows the dot of a file's name rather than of a key."""
ANYTHING = r"[\w.]+"
TELEGRAM_TAGS = {"b", "i", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"}


def messages(language: str, domain: str) -> dict[str, Message]:
    path = LOCALES / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return {}
    return {key_of(message): message for message in read_catalogue(path) if message.id}


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def placeholders(message: Message) -> set[str]:
    return {name for form in forms(message) for name in PLACEHOLDER.findall(form)}


def tags(form: str) -> list[str]:
    return sorted(tag.split()[0] for tag in TAG.findall(form))


def modules() -> Iterator[Path]:
    for place in CODE:
        path = ROOT / place
        for module in [path] if path.suffix == ".py" and path.exists() else sorted(path.rglob("*.py")):
            # The tables name columns (`handoffs.id`), never texts.
            if not {"models", "migrations"} & set(module.parts):
                yield module


@cache
def named_in_code() -> tuple[dict[str, str], frozenset[str]]:
    """Keys written out in the code with the module that names each, and patterns of keys that it puts together."""
    keys: dict[str, str] = {}
    patterns: set[str] = set()
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        put_together = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for node in put_together for part in node.values}
        patterns |= {pattern for node in put_together if "." in (pattern := pattern_of(node)).replace(ANYTHING, "")}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in parts and is_key(node.value):
                keys.setdefault(node.value, str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "bot").rglob("*.typ")):
        keys |= {
            key: path.name for key in KEY.findall(path.read_text(encoding="utf-8")) if key.split(".")[1] not in NO_KEYS
        }
    return keys, frozenset(patterns)


def is_key(value: object) -> bool:
    return isinstance(value, str) and bool(KEY.fullmatch(value)) and value.split(".")[1] not in NO_KEYS


def pattern_of(node: ast.JoinedStr) -> str:
    return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ANYTHING for part in node.values)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_language_has_the_same_keys(domain: str) -> None:
    expected = set(messages(FALLBACK, domain))
    differing = {language: set(messages(language, domain)) ^ expected for language in LANGUAGES}
    assert not any(differing.values()), differing


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_is_fuzzy_empty_or_lacks_a_plural_form(language: str, domain: str) -> None:
    faulty = [
        key
        for key, message in messages(language, domain).items()
        if message.fuzzy or not message.string or not all(forms(message))
    ]
    assert not faulty


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_has_as_many_forms_as_its_language(language: str, domain: str) -> None:
    path = LOCALES / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        pytest.skip("the file is missing, which another test tells")
    catalogue = read_catalogue(path)
    assert [
        key_of(message)
        for message in catalogue
        if message.pluralizable and len(forms(message)) != catalogue.num_plurals
    ] == []


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != FALLBACK])
def test_a_translation_names_the_same_parameters_and_marks_up_alike(language: str, domain: str) -> None:
    english = messages(FALLBACK, domain)
    differing = {}
    for key, message in messages(language, domain).items():
        if key.split(".")[1].startswith("words_") or key not in english:
            continue
        theirs, ours = english[key], message
        if placeholders(theirs) != placeholders(ours):
            differing[key] = (placeholders(theirs), placeholders(ours))
        elif tags(forms(theirs)[-1]) != tags(forms(ours)[-1]):
            differing[key] = (set(tags(forms(theirs)[-1])), set(tags(forms(ours)[-1])))
    assert not differing


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_is_what_telegram_parses(language: str, domain: str) -> None:
    faulty = [
        (key, form)
        for key, message in messages(language, domain).items()
        for form in forms(message)
        if not well_formed(form)
    ]
    assert not faulty


def well_formed(form: str) -> bool:
    opened: list[str] = []
    for tag in re.findall(r"<[^>]*>", form):
        name = tag.strip("</>").split()[0] if tag.strip("</> ") else ""
        if name not in TELEGRAM_TAGS:
            return False
        if not tag.startswith("</"):
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened and not re.search(r"&(?!amp;|lt;|gt;|quot;|#\d+;)", form)


@pytest.mark.parametrize("domain", DOMAINS)
def test_chinese_is_punctuated_as_chinese(domain: str) -> None:
    faulty = [
        (key, form)
        for key, message in messages("zh_Hans", domain).items()
        if not key.split(".")[1].startswith("words_")
        for form in forms(message)
        if re.search(r"[\u4e00-\u9fff][,;!?:]", TAG.sub("", form))
    ]
    assert not faulty


def test_notices_about_debt_neither_shout_nor_shame() -> None:
    for language in LANGUAGES:
        for key, message in messages(language, "notices").items():
            for form in forms(message):
                assert not re.search(r"[!！]", form), key
                assert not re.search(r"法院|起诉|后果自负|老赖|court|lawyer|police|shame|failed to", form), key


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_key_that_the_code_names_has_a_text(domain: str) -> None:
    known = set(messages(FALLBACK, domain))
    keys, _ = named_in_code()
    missing = {key: place for key, place in keys.items() if key.split(".")[0] == domain and key not in known}
    assert not missing


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_used(domain: str) -> None:
    keys, patterns = named_in_code()
    unused = [
        key
        for key in messages(FALLBACK, domain)
        if key not in keys and not any(re.fullmatch(pattern, key) for pattern in patterns)
    ]
    assert not unused


def test_production_reads_every_catalogue() -> None:
    catalogues = Catalogues.load()
    assert set(catalogues.languages) == set(LANGUAGES) >= {"en", "zh_Hans"}
    assert all(catalogues.keys(language) == catalogues.keys(FALLBACK) for language in catalogues.languages)
