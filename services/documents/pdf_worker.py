"""The process in which a PDF is opened: PDF on standard input, the answer on standard output, then it ends.

`services.documents.pdf_apart` starts it. The answer is a line of JSON, {"pages": …} or {"refused": …, "params": …}, and
after the former the clean PDF.
"""

import json
import re
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from services.documents.file_errors import FileDamaged, FileRefused, FileTooComplex
from services.documents.pdf_cleaning import clean_pdf

MOST_MEMORY: Final = 768 * 1024 * 1024
"""Bytes of address space, the interpreter's own included. A scan of 500 pages with 100,000 annotations takes half of
it, a plain one a fifth."""
MOST_SECONDS: Final = 10
"""Of the processor's time."""
SUSPICIOUS_MEMORY: Final = MOST_MEMORY // 4
"""A PDF that is found broken only after so much was taken has run into the limit: qpdf takes the failure for damage."""
OUT_OF_MEMORY: Final = 99
"""Exit code."""


def _limit_itself() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # Some systems, such as macOS, know no limit of address space; time is bounded there by the parent's patience.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main(max_pages: int) -> int:
    """Clean what comes in. The exit code is OUT_OF_MEMORY or 0."""
    _limit_itself()
    try:
        answer, clean = _answer(sys.stdin.buffer.read(), max_pages)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + clean)
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _answer(data: bytes, max_pages: int) -> tuple[dict[str, object], bytes]:
    try:
        clean, pages = clean_pdf(data, max_pages)
    except FileRefused as refusal:
        hungry = isinstance(refusal, FileDamaged) and _memory_taken() > SUSPICIOUS_MEMORY
        name = FileTooComplex.__name__ if hungry else type(refusal).__name__
        return {"refused": name, "params": dict(refusal.params)}, b""
    return {"pages": pages}, clean


def _memory_taken() -> int:
    """Bytes at the highest, 0 where the system does not say. `getrusage` would count in the memory of the parent."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
        return int(found[1]) * 1024 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
