"""The worked examples of docs/loan-arithmetic.md, read from the page itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.engine.answers import ask, differences
from tests.engine.payment_streams import rates
from tests.engine.printed import unlike

PAGE = Path(__file__).resolve().parents[2] / "docs" / "loan-arithmetic.md"
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["example"])
def test_the_page_shows_what_the_engine_computes(block: dict[str, Any]) -> None:
    if block["command"] == "rates":
        assert unlike(block["answer"], rates(block["input"])) == []
    else:
        assert differences(block["answer"], ask(block["command"], block["input"])) == []


def test_the_page_has_its_examples_in_order_each_once() -> None:
    letters = [block["example"] for block in BLOCKS]
    assert letters == sorted(set(letters))
    assert len(letters) >= 10
