"""Imports point one way: main → handlers → bot → services, and the engine stands alone."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"main", "handlers", "bot", "services", "sandbox", "simulation", "tests", "benchmarks"}

FORBIDDEN = {
    "services": {"telegram", "apscheduler", "babel", "aiohttp", "handlers", "bot", "sandbox", "simulation", "main"},
    "bot": {"handlers", "sandbox", "simulation", "main"},
    "handlers": {"sqlalchemy", "services.models", "services.db", "sandbox", "simulation", "main", "apscheduler"},
    "sandbox": {"handlers", "bot", "services", "simulation", "main", "telegram", "sqlalchemy"},
    "simulation": {"tests", "benchmarks", "main"},
    "benchmarks": {"main"},
}
"""For each room, the packages that none of its modules may import."""

ENGINE_MAY_IMPORT = {"services.money", "services.errors", "services.engine", "holidays"}
LONGEST_MODULE = 350
LONGEST_ENGINE_MODULE = 300
LONGEST_ENGINE_FUNCTION = 40


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Full dotted names of everything that the module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which room it reaches into"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("room", sorted(FORBIDDEN))
def test_a_room_reaches_only_the_way_it_may(room: str) -> None:
    offences = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imported(path)
        if any(within(name, package) for package in FORBIDDEN[room])
    ]
    assert not offences


def test_the_engine_imports_only_money_errors_and_pure_libraries() -> None:
    offences = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("services/engine")
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and name != "services"
        and not any(within(name, package) for package in ENGINE_MAY_IMPORT)
    ]
    assert not offences


def test_the_walk_sees_an_import_inside_a_function(tmp_path: Path) -> None:
    module = tmp_path / "hidden.py"
    module.write_text("def f() -> None:\n    import telegram.ext\n", encoding="utf-8")
    assert any(within(name, "telegram") for name in imported(module))


@pytest.mark.parametrize("room", ["bot", "handlers", "services", "sandbox", "simulation"])
def test_no_module_outgrows_its_room(room: str) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(room)}
    long = {path.name: lines for path, lines in lengths.items() if lines > LONGEST_MODULE}
    assert not {name: lines for name, lines in long.items() if not name.startswith("0001")}


def test_a_module_of_the_engine_is_read_in_one_sitting() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in modules("services/engine")}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_ENGINE_MODULE}


def test_a_function_of_the_engine_fits_a_screen() -> None:
    offences = [
        f"{path.name}: {node.name}"
        for path in modules("services/engine")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_ENGINE_FUNCTION
    ]
    assert not offences


def test_nothing_but_the_clock_asks_the_machine_for_the_time() -> None:
    asking = ("datetime.now(", "date.today(", "datetime.utcnow(", "datetime.today(")
    offences = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for room in ("bot", "handlers", "services")
        for path in modules(room)
        if path.name != "clock.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(call in line for call in asking)
    ]
    assert not offences


def test_no_float_in_the_service_layer() -> None:
    offences = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("services")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]
    assert not offences
