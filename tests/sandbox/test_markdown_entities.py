"""Telegram's MarkdownV2 parse mode; the expectations follow TDLib's published behavior."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.helpers import escape_markdown

from sandbox.entities import Entity, EntityError, parse_markdown_v2, utf16_length


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b* _i_ __u__ ~s~ ||h||", "b i u s h", ["bold", "italic", "underline", "strikethrough", "spoiler"]),
        ("🏟 _🏟\\._", "🏟 🏟.", [Entity("italic", 3, 3)]),
        ("_a __b___", "a b", [Entity("italic", 0, 3), Entity("underline", 2, 1)]),
        ("`a_*b`", "a_*b", [Entity("code", 0, 4)]),
        ("```\nx\n```", "x\n", [Entity("pre", 0, 2)]),
        ("```python\nx```", "x", [Entity("pre", 0, 1, language="python")]),
        ("``", "", []),
        ("**", "", []),
        ("[l](https://a.org/\\))", "l", [Entity("text_link", 0, 1, url="https://a.org/)")]),
        ("[telegram\\.org]", "telegram.org", [Entity("text_link", 0, 12, url="http://telegram.org/")]),
        ("[x](asdasd)", "x", []),
        ("[m](tg://user?id=7)", "m", [Entity("text_mention", 0, 1, user_id=7)]),
        ("![👍](tg://emoji?id=25)", "👍", [Entity("custom_emoji", 0, 2, custom_emoji_id="25")]),
        (">a\n>b\nc", "a\nb\nc", [Entity("blockquote", 0, 4)]),
        ("**>a\n>b||", "a\nb", [Entity("expandable_blockquote", 0, 3)]),
        ("a\\!", "a!", []),
    ],
)
def test_markdown_becomes_text_and_entities(source: str, text: str, entities: list[Entity | str]) -> None:
    got_text, got = parse_markdown_v2(source)
    assert got_text == text
    assert [
        entity.type if isinstance(want, str) else entity for entity, want in zip(got, entities, strict=True)
    ] == entities


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("🏟 🏟_abacaba", "Can't find end of Italic entity at byte offset 9"),
        ("🏟 🏟_abac * asd ", "Can't find end of Bold entity at byte offset 15"),
        ("🏟 🏟`", "Can't find end of Code entity at byte offset 9"),
        ("🏟 🏟```", "Can't find end of Pre entity at byte offset 9"),
        ("🏟 🏟```a ", "Can't find end of PreCode entity at byte offset 9"),
        ("🏟 🏟__🏟 🏟_", "Can't find end of Italic entity at byte offset 20"),
        ("🏟 🏟_🏟 🏟__", "Can't find end of Underline entity at byte offset 19"),
        ("[telegram\\.org](asd", "Can't find end of a URL at byte offset 16"),
        ("🏟 🏟||test\\||", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("1. x", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a > b", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("![👍]", "Custom emoji entity must contain a tg://emoji URL"),
        (">*b\n>ld \n>bo\nld*", "Can't find end of Bold entity at byte offset 1"),
    ],
)
def test_broken_markdown_is_refused_with_telegrams_sentence(source: str, sentence: str) -> None:
    with pytest.raises(EntityError) as refusal:
        parse_markdown_v2(source)
    assert str(refusal.value) == sentence


@given(st.text())
def test_text_escaped_by_the_bots_library_comes_back_unchanged(text: str) -> None:
    text = text.replace("\\", "")
    assert parse_markdown_v2(escape_markdown(text, version=2)) == (text, [])


@given(st.text(alphabet="*_~|`[]()>\\!ab\n", max_size=40))
def test_any_source_is_parsed_or_refused(source: str) -> None:
    try:
        text, entities = parse_markdown_v2(source)
    except EntityError:
        return
    assert all(entity.offset >= 0 and entity.end <= utf16_length(text) for entity in entities)
