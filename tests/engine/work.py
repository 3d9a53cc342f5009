"""Counting work instead of time: how many functions a computation calls, the same on every machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")


class TooMuchWork(AssertionError):
    """More functions were called than the limit allows."""


def within(limit: int, compute: Callable[[], Result]) -> Result:
    """The result of `compute`. Raises TooMuchWork, in its midst, once it has called more functions than the limit."""
    left = limit
    before = sys.getprofile()

    def count(_frame: FrameType, happened: str, _of: Any) -> None:
        nonlocal left
        left -= happened in ("call", "c_call")
        if left < 0:
            sys.setprofile(before)
            raise TooMuchWork(f"more than {limit} calls")

    sys.setprofile(count)
    try:
        return compute()
    finally:
        sys.setprofile(before)
