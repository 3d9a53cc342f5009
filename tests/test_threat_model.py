"""The threat model names a test for every defence, and each of them exists."""

from pathlib import Path

import pytest

from tests.test_coverage_map import TEST, missing

PAGE = Path(__file__).resolve().parent.parent / "docs" / "threat-model.md"
TEXT = PAGE.read_text(encoding="utf-8")
HEAD = ["threat", "defence", "proven by"]


def threats() -> list[list[str]]:
    """The cells of each line that names a threat."""
    section = TEXT.split("\n## Threats\n")[1].split("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return [cells for cells in lines if cells != HEAD and set("".join(cells)) != {"-"}]


def test_all_six_kinds_of_threat_are_looked_at() -> None:
    section = TEXT.split("\n## Threats\n")[1].split("\n## ")[0]
    assert section.count("\n### ") == 6
    assert len(threats()) > 25


@pytest.mark.parametrize("threat", threats(), ids=lambda cells: cells[0])
def test_a_threat_has_a_defence_and_a_test_that_exists(threat: list[str]) -> None:
    _, defence, proof = threat
    assert defence
    named = TEST.findall(proof)
    assert named
    assert proof == "<br>".join(f"`{name}::{test}`" for name, test in named)
    assert [problem for name, test in named if (problem := missing(name, test))] == []


def test_what_is_left_is_said() -> None:
    assert TEXT.split("\n## What is left\n")[1].count("\n- **") > 8
