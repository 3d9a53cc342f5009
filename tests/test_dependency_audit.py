"""The audit of dependencies: a known weakness stops a change, an advisory database out of reach is told of."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLEAN = {"dependencies": [{"name": "aiohttp", "version": "3.14.5", "vulns": []}]}
WEAK = {
    "dependencies": [
        {
            "name": "aiohttp",
            "version": "3.0.0",
            "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["3.14.6"], "aliases": [], "description": "…"}],
        },
        {"name": "yarl", "version": "1.0", "vulns": [{"id": "PYSEC-2026-2", "fix_versions": []}]},
    ]
}
UNKNOWN = {"dependencies": [{"name": "aiohttp", "skip_reason": "Dependency not found on PyPI"}]}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def installed(folder: Path, answers: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `pip_audit` that answers so, text as it is and anything else as JSON."""
    package = folder / "pip_audit"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        f"import json, sys\nanswer = {answers!r}\n"
        "sys.exit(answer) if isinstance(answer, str) else sys.stdout.write(json.dumps(answer))\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.mark.parametrize(
    ("answer", "status", "strictly", "told"),
    [
        (CLEAN, 0, 0, "no known weakness in 1 packages"),
        (WEAK, 1, 1, "aiohttp 3.0.0: PYSEC-2026-1, fixed in 3.14.6"),
        (WEAK, 1, 1, "yarl 1.0: PYSEC-2026-2, fixed in no version yet"),
        (UNKNOWN, 0, 1, "SKIPPED for 1 of 1 packages: Dependency not found on PyPI"),
        ("ConnectionError: no network", 0, 1, "SKIPPED, the advisory database cannot be asked: ConnectionError"),
    ],
)
def test_what_is_found_decides_and_what_could_not_be_asked_is_said(
    audit: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: Any,
    status: int,
    strictly: int,
    told: str,
) -> None:
    installed(tmp_path, answer, monkeypatch)
    assert audit.main(["requirements.lock"]) == status
    assert audit.main(["--strict", "requirements.lock"]) == strictly
    assert told in capsys.readouterr().out


def test_it_is_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, CLEAN, monkeypatch)
    command = [sys.executable, str(ROOT / ".ci" / "audit.py"), "requirements.lock", "requirements-dev.lock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count("no known weakness")) == (0, 2)
