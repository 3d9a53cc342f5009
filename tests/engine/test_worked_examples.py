"""The worked examples of the pages on arithmetic, read from the pages themselves."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.engine.answers import ask, differences
from tests.engine.payment_streams import rates
from tests.engine.printed import unlike

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("loan-arithmetic.md", "chinese-lending.md")


def blocks(page: str) -> list[dict[str, Any]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize(
    "block", [block for page in PAGES for block in blocks(page)], ids=lambda block: block["example"]
)
def test_the_page_shows_what_the_engine_computes(block: dict[str, Any]) -> None:
    if block["command"] == "rates":
        assert unlike(block["answer"], rates(block["input"])) == []
    else:
        assert differences(block["answer"], ask(block["command"], block["input"])) == []


@pytest.mark.parametrize("page", PAGES)
def test_the_page_has_its_examples_in_order_each_once(page: str) -> None:
    names = [block["example"] for block in blocks(page)]
    assert names == sorted(set(names), key=lambda name: (len(name), name))
    assert len(names) >= 10
