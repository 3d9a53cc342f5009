"""Ask the advisory database about every package of the lock files: `audit.py [--strict] LOCK…`.

Status 1 when a known weakness is found. Where the database cannot be asked, or does not know the packages (a mirror, a
machine without network), that is said in one line and is no failure, unless `--strict` asks for an answer.
"""

import json
import subprocess  # nosec B404
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def weaknesses(report: dict[str, Any]) -> Iterator[str]:
    """A line for each known weakness of a `pip-audit` report."""
    for package in report["dependencies"]:
        for found in package.get("vulns", ()):
            fixed = ", ".join(found["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {found['id']}, fixed in {fixed}"


def skipped(report: dict[str, Any]) -> list[str]:
    """Why each package that was not looked up was not."""
    return [package["skip_reason"] for package in report["dependencies"] if "skip_reason" in package]


def audit(lock: Path, *, strict: bool) -> bool:
    """Whether nothing speaks against the packages of the lock file; says what was found."""
    options = ["--requirement", str(lock), "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    command = [sys.executable, "-m", "pip_audit", *options, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # nosec B603  # noqa: S603 - our own
    try:
        report = json.loads(done.stdout)
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        say(f"{lock}: SKIPPED, the advisory database cannot be asked: {reason}")
        return not strict
    found, unknown, count = list(weaknesses(report)), skipped(report), len(report["dependencies"])
    for line in found:
        say(f"{lock}: {line}")
    if unknown:
        say(f"{lock}: SKIPPED for {len(unknown)} of {count} packages: {unknown[0]}")
    elif not found:
        say(f"{lock}: no known weakness in {count} packages")
    return not found and not (strict and unknown)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(arguments: Sequence[str]) -> int:
    locks = [Path(each) for each in arguments if not each.startswith("-")]
    results = [audit(lock, strict="--strict" in arguments) for lock in locks]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
