"""Strangers' PDFs are opened in a process of their own, which may take only so much time and memory.

A file of ten megabytes can ask for gigabytes, for minutes, or for more stack than there is, and no look at its bytes
tells beforehand: an encrypted one shows nothing, a million empty arrays look like any list. Whatever happens there, the
bot goes on.
"""

import json
import subprocess  # nosec B404
import sys
from pathlib import Path
from typing import Final

from services.documents.file_errors import FileDamaged, FileEncrypted, FileRefused, FileTooComplex, TooManyPages
from services.documents.pdf_worker import OUT_OF_MEMORY

PATIENCE: Final = 30
"""Seconds by the clock on the wall. A busy machine may take longer than the processor's time that is granted."""

WORKER: Final = "services.documents.pdf_worker"
_ROOT: Final = Path(__file__).resolve().parents[2]
_REFUSALS: Final[dict[str, type[FileRefused]]] = {
    refusal.__name__: refusal for refusal in (FileDamaged, FileEncrypted, FileTooComplex, TooManyPages)
}


def clean_pdf_apart(
    data: bytes, max_pages: int, *, patience: int = PATIENCE, worker: str = WORKER
) -> tuple[bytes, int]:
    """As `pdf_cleaning.clean_pdf`, within bounds. Blocks: run it in a thread.

    Raises FileDamaged, FileEncrypted, TooManyPages, and FileTooComplex also for a file over which the process ended;
    RuntimeError for a module `worker` that does not run.
    """
    try:
        # An empty environment: who takes the process over through a broken PDF finds no key in it.
        done = subprocess.run(  # nosec B603  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", worker, str(max_pages)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={},
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileTooComplex from None
    if done.returncode < 0 or done.returncode == OUT_OF_MEMORY:
        raise FileTooComplex
    if done.returncode:
        raise RuntimeError(f"{worker} does not run: exit code {done.returncode}")
    line, _, clean = done.stdout.partition(b"\n")
    answer = json.loads(line)
    if "refused" in answer:
        raise _REFUSALS[answer["refused"]](**answer["params"])
    return clean, answer["pages"]
