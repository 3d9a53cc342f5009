"""Detection of links and commands in plain text, and safe HTML for the phone page."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.entities import Entity, detect_entities, render_html, trim, utf16_length, utf16_slice, with_detected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now", [("bot_command", "/start")]),
        ("/help@loanline_bot", [("bot_command", "/help@loanline_bot")]),
        ("1/2 and a/b", []),
        ("see https://a.org/x?y=1.", [("url", "https://a.org/x?y=1")]),
        ("telegram.org，好", [("url", "telegram.org")]),
        ("ask @linmei or a@b.org", [("mention", "@linmei"), ("email", "a@b.org")]),
        ("#loan $USD", [("hashtag", "#loan"), ("cashtag", "$USD")]),
        ("call +8613800138000", [("phone_number", "+8613800138000")]),
        ("5,000.50", []),
    ],
)
def test_telegram_marks_plain_text_by_itself(text: str, found: list[tuple[str, str]]) -> None:
    got = [(entity.type, utf16_slice(text, entity.offset, entity.length)) for entity in detect_entities(text)]
    assert got == found


def test_nothing_is_detected_inside_code() -> None:
    code = Entity("code", 0, 6)
    assert with_detected("/start", [code]) == [code]


def test_white_space_around_a_text_goes_and_entities_move_along() -> None:
    assert trim("  hi all \n", [Entity("bold", 1, 4), Entity("italic", 8, 2)]) == ("hi all", [Entity("bold", 0, 3)])


@pytest.mark.parametrize(
    ("text", "entities", "html"),
    [
        ("a<b>&", [], "a&lt;b&gt;&amp;"),
        ("bold", [Entity("bold", 0, 4)], "<b>bold</b>"),
        ("abc", [Entity("bold", 0, 2), Entity("italic", 1, 2)], "<b>a<i>b</i></b><i>c</i>"),
        ("🏟x", [Entity("code", 2, 1)], "🏟<code>x</code>"),
        ("s", [Entity("spoiler", 0, 1)], '<span class="spoiler">s</span>'),
        ("l", [Entity("text_link", 0, 1, url="javascript:alert(1)")], "l"),
        (
            "l",
            [Entity("text_link", 0, 1, url='https://a.org/"x')],
            '<a href="https://a.org/&quot;x" target="_blank" rel="noopener noreferrer">l</a>',
        ),
    ],
)
def test_entities_become_safe_html(text: str, entities: list[Entity], html: str) -> None:
    assert render_html(text, entities) == html


KINDS = st.sampled_from(["bold", "italic", "code", "pre", "blockquote", "spoiler", "text_link"])


@given(st.text(max_size=30), st.lists(st.tuples(KINDS, st.integers(0, 30), st.integers(1, 30)), max_size=5))
def test_rendering_keeps_every_character_and_closes_every_tag(text: str, spans: list[tuple[str, int, int]]) -> None:
    total = utf16_length(text)
    entities = [
        Entity(kind, start, min(length, total - start), url="https://a.org/")
        for kind, start, length in spans
        if start < total
    ]
    html = render_html(text, entities)
    open_tags: list[str] = []
    for closing, name in re.findall(r"<(/?)(\w+)[^>]*>", html):
        if closing:
            assert open_tags.pop() == name
        else:
            open_tags.append(name)
    assert open_tags == []
    if text.isascii():
        assert unescape(re.sub(r"<[^>]+>", "", html)) == text
