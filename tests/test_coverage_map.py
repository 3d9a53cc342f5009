"""The page that maps requirements to tests names only what exists, and each requirement once."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "coverage.md"
COLUMNS = ["R", "what is required", "where it is seen", "proven by", "reach"]
GROUP = re.compile(r"## [A-P]\. \S.*")
NUMBER = re.compile(r"R([1-9]\d{0,2})([a-z]?)")
TEST = re.compile(r"`((?:[a-z_]+/)*test_[a-z0-9_]+\.py)::(test_[A-Za-z0-9_]+)`")
REACH = re.compile(r"whole|part: \S.*")


def lines_of(text: str) -> list[list[str]]:
    """The cells of every line of every table below a group's heading, without the heads of the tables."""
    found, inside = [], False
    for line in text.splitlines():
        if line.startswith("#"):
            inside = GROUP.fullmatch(line) is not None
        elif inside and line.startswith("|"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return [cells for cells in found if cells != COLUMNS and set("".join(cells)) != {"-"}]


def order(number: str) -> tuple[int, str]:
    """R9 before R9b before R10."""
    parts = NUMBER.fullmatch(number)
    assert parts, f"{number!r} is no requirement's number"
    return int(parts[1]), parts[2]


@cache
def functions_of(path: Path) -> frozenset[str]:
    """The names of the test functions that stand in the file; parametrized ones by the name of their function."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    nodes = [*nodes, *(inner for each in classes for inner in each.body)]
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing(name: str, test: str) -> str | None:
    """What is wrong with `name::test`, None when it is there."""
    path = ROOT / "tests" / name
    if not path.is_file():
        return f"there is no tests/{name}"
    return None if test in functions_of(path) else f"tests/{name} has no {test}"


TEXT = PAGE.read_text(encoding="utf-8")
ROWS = lines_of(TEXT)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_where_by_which_test_and_how_far(row: list[str]) -> None:
    assert len(row) == len(COLUMNS)
    _, what, where, proof, reach = row
    assert what
    assert where
    assert REACH.fullmatch(reach), reach
    named = TEST.findall(proof)
    assert named or "unproven" in reach
    assert proof == "<br>".join(f"`{name}::{test}`" for name, test in named)


def test_each_requirement_stands_once_in_order() -> None:
    numbers = [row[0] for row in ROWS]
    assert len(numbers) > 50
    assert numbers == sorted(set(numbers), key=order)


def test_what_is_not_reached_has_no_row() -> None:
    listed = re.search(r"^## Not reached yet$(.*?)^## ", TEXT, re.MULTILINE | re.DOTALL)
    assert listed
    left = re.findall(r"\bR\d\w*", listed[1])
    assert left == sorted(set(left), key=order)
    assert not {row[0] for row in ROWS} & set(left)


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(TEXT)
    assert len(named) == TEXT.count(".py::"), "a test is named in another form than `file::test_name`"
    assert [problem for name, test in named if (problem := missing(name, test))] == []


def test_every_page_that_is_linked_exists() -> None:
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", TEXT)]
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("name", "test", "problem"),
    [
        ("test_coverage_map.py", "test_every_test_that_is_named_exists", None),
        ("test_coverage_map.py", "test_nothing", "tests/test_coverage_map.py has no test_nothing"),
        ("test_nowhere.py", "test_nothing", "there is no tests/test_nowhere.py"),
    ],
)
def test_a_name_that_leads_nowhere_is_noticed(name: str, test: str, problem: str | None) -> None:
    assert missing(name, test) == problem


@pytest.mark.parametrize("number", ["R", "R0", "1", "R1B", "R1bb", "R-1"])
def test_a_badly_formed_number_is_noticed(number: str) -> None:
    with pytest.raises(AssertionError):
        order(number)
