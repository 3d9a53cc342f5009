"""Worked examples that others published: regulators, textbooks, manuals. See docs/published-examples.md."""

from collections import Counter
from pathlib import Path

import pytest

from tests.engine.printed import unlike, with_rows_by_number
from tests.engine.published_entries import Entry, counted, entries, table_of_differences, table_of_sources

ENTRIES = list(entries())
REPRODUCED = [entry for entry in ENTRIES if entry.differs is None]
DIFFERENT = [entry for entry in ENTRIES if entry.differs is not None]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "published-examples.md").read_text(encoding="utf-8")


def differences_of(entry: Entry) -> list[str]:
    return unlike(entry.prints, with_rows_by_number(entry.answer(), entry.prints), entry.cut)


@pytest.mark.parametrize("entry", REPRODUCED, ids=lambda entry: entry.id)
def test_the_engine_gives_what_the_source_prints(entry: Entry) -> None:
    assert differences_of(entry) == []


@pytest.mark.parametrize("entry", DIFFERENT, ids=lambda entry: entry.id)
def test_a_documented_difference_is_still_one(entry: Entry) -> None:
    assert differences_of(entry) != []


def test_every_example_names_its_source() -> None:
    for entry in ENTRIES:
        assert {"title", "where", "url", "seen"} <= entry.source.keys(), entry.id
        assert all(entry.source[key] for key in ("title", "where", "url")), entry.id
        assert entry.source["url"].startswith(("https://", "http://")), entry.id


def test_every_example_says_what_the_source_prints() -> None:
    for entry in ENTRIES:
        assert entry.what, entry.id
        assert entry.prints, entry.id


def test_no_two_examples_share_their_name() -> None:
    assert [name for name, times in Counter(entry.id for entry in ENTRIES).items() if times > 1] == []


def test_the_engine_is_held_against_at_least_sixty_published_examples() -> None:
    assert len(counted(ENTRIES)) >= 60


def test_the_page_lists_every_source_and_every_difference() -> None:
    assert table_of_sources(ENTRIES) in PAGE, table_of_sources(ENTRIES)
    assert table_of_differences(ENTRIES) in PAGE, table_of_differences(ENTRIES)
