"""The worked examples of docs/loan-arithmetic.md, read from the page itself."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.engine.apr import Flow, annual_percentage_rate, nominal_rate
from services.engine.dates import Unit, add_periods
from services.money import Money
from tests.engine.answers import ask, differences

PAGE = Path(__file__).resolve().parents[2] / "docs" / "loan-arithmetic.md"
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)]


def rates(asked: Any) -> dict[str, str]:
    """Both annual rates of bare payments, with the two digits that regulators print."""
    on = date.fromisoformat(asked["on"])
    flows = [
        Flow(
            add_periods(date.fromisoformat(series["first"]), index, Unit(series["unit"])),
            Money.of(series["amount"], "USD").minor,
            None,
        )
        for series in asked["payments"]
        for index in range(series["count"])
    ]
    advance = Money.of(asked["advance"], "USD").minor
    found = {"apr": annual_percentage_rate(advance, on, flows), "apr_nominal": nominal_rate(advance, on, flows)}
    return {name: str(rate.quantize(Decimal("0.01"))) for name, rate in found.items() if rate is not None}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["example"])
def test_the_page_shows_what_the_engine_computes(block: dict[str, Any]) -> None:
    found = rates(block["input"]) if block["command"] == "rates" else ask(block["command"], block["input"])
    assert differences(block["answer"], found) == []


def test_the_page_has_its_examples_in_order_each_once() -> None:
    letters = [block["example"] for block in BLOCKS]
    assert letters == sorted(set(letters))
    assert len(letters) >= 10
