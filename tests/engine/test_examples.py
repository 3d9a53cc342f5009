"""The worked answers of the command line's contract, to the last digit."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.answers import ask, differences

EXAMPLES = json.loads((Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda example: f"{example['command']}-{example['input'].get('method', '')}"
)
def test_the_answer_is_that_of_the_contract(example: dict[str, Any]) -> None:
    assert differences(example["answer"], ask(example["command"], example["input"])) == []
