"""Telegram's HTML parse mode; the expectations follow TDLib's published behavior."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.entities import Entity, EntityError, parse_html, utf16_length


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>bold</b> rest", "bold rest", [Entity("bold", 0, 4)]),
        (
            "<strong>a</strong><em>b</em><ins>c</ins><del>d</del>",
            "abcd",
            ["bold", "italic", "underline", "strikethrough"],
        ),
        ("<b>a<i>b</i></b>", "ab", [Entity("bold", 0, 2), Entity("italic", 1, 1)]),
        ("🏟 <u>贷款</u>", "🏟 贷款", [Entity("underline", 3, 2)]),
        ("<tg-spoiler>x</tg-spoiler><span class='tg-spoiler'>y</span>", "xy", ["spoiler", "spoiler"]),
        ("a &lt; b &amp; c &gt; d &quot;", 'a < b & c > d "', []),
        ("&#36;&#x41;&nbsp;&", "$A&nbsp;&", []),
        ("<code>x</code>", "x", [Entity("code", 0, 1)]),
        ("<pre>x</pre>", "x", [Entity("pre", 0, 1)]),
        ('<pre><code class="language-python">x</code></pre>', "x", [Entity("pre", 0, 1, language="python")]),
        ("<blockquote>q</blockquote>", "q", [Entity("blockquote", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [Entity("expandable_blockquote", 0, 1)]),
        (
            '<a href="https://a.org/x?y=1&amp;z=2">l</a>',
            "l",
            [Entity("text_link", 0, 1, url="https://a.org/x?y=1&z=2")],
        ),
        ("<a href=telegram.org>l</a>", "l", [Entity("text_link", 0, 1, url="http://telegram.org/")]),
        ("<a>telegram.org</a>", "telegram.org", [Entity("text_link", 0, 12, url="http://telegram.org/")]),
        ("<a href='tg://user?id=42'>m</a>", "m", [Entity("text_mention", 0, 1, user_id=42)]),
        ("<a href='no link'>l</a>", "l", []),
        ("<b></b>x", "x", []),
        ("<i>a</>", "a", [Entity("italic", 0, 1)]),
    ],
)
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[Entity | str]) -> None:
    got_text, got = parse_html(source)
    assert got_text == text
    assert [
        entity.type if isinstance(want, str) else entity for entity, want in zip(got, entities, strict=True)
    ] == entities


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("🏟<x>y</x>", 'Unsupported start tag "x" at byte offset 4'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=a/b>y</a>", "Unexpected end of name token at byte offset 9"),
    ],
)
def test_broken_html_is_refused_with_telegrams_sentence(source: str, sentence: str) -> None:
    with pytest.raises(EntityError) as refusal:
        parse_html(source)
    assert str(refusal.value) == sentence


@given(st.text())
def test_escaped_text_comes_back_unchanged(text: str) -> None:
    assert parse_html(escape(text, quote=False)) == (text, [])


@given(st.text(min_size=1), st.text())
def test_offsets_count_utf16_units(before: str, inside: str) -> None:
    _, entities = parse_html(f"{escape(before)}<b>{escape(inside, quote=False)}</b>".replace("&#x27;", "'"))
    expected = [Entity("bold", utf16_length(before), utf16_length(inside))] if inside else []
    assert entities == expected


@given(st.text(alphabet="<>/abipre= \"'&;x", max_size=40))
def test_any_source_is_parsed_or_refused(source: str) -> None:
    try:
        text, entities = parse_html(source)
    except EntityError:
        return
    assert all(entity.offset >= 0 and entity.end <= utf16_length(text) for entity in entities)
