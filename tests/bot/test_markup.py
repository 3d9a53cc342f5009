from hypothesis import given
from hypothesis import strategies as st

from bot.wording import markup

texts = st.text(alphabet=st.sampled_from("ab <>&\n字😀"), max_size=200)


@given(texts)
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    assert markup.plain(markup.escape(text)) == text


@given(texts, st.integers(min_value=5, max_value=40))
def test_every_part_fits_and_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    parts = markup.split(f"<b>{markup.escape(text)}</b>", limit)
    assert all(markup.shown_length(part) <= limit for part in parts)
    assert "".join(map(markup.plain, parts)).split() == text.split() or "".join(
        "".join(map(markup.plain, parts)).split()
    ) == "".join(text.split())


def test_a_tag_open_at_the_cut_is_closed_and_opened_again() -> None:
    assert markup.split("<b>one two</b> three", 4) == ["<b>one</b>", "<b>two</b>", "thre", "e"]


def test_a_cut_comes_at_a_line_end_before_a_space() -> None:
    assert markup.split("aaa\nbb cc dd", 9) == ["aaa", "bb cc dd"]


def test_a_short_text_stays_whole() -> None:
    assert markup.split("  <b>x</b> ") == ["  <b>x</b> "]


def test_length_is_counted_as_telegram_counts() -> None:
    assert markup.shown_length("<b>😀</b>&amp;") == 3
