"""A process that lives long looks for garbage seldom, and not at what it began with."""

import gc
from collections.abc import Iterator

import pytest

from bot.garbage import SELDOM, look_seldom


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_loaded_is_not_looked_at_again() -> None:
    gc.set_threshold(700, 10, 10)
    look_seldom()
    assert gc.get_threshold() == SELDOM
    assert gc.get_freeze_count() > 10_000
