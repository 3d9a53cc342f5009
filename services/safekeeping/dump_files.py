"""Compressed files of a backup with their sums, and copies of files that lie elsewhere."""

import gzip
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

CHUNK: Final = 1 << 20
LEVEL: Final = 3
"""Most of what compresses at all does at this level, and the disk stays the slower part."""


@dataclass
class Sink:
    """A file that is being written, counting its lines."""

    file: gzip.GzipFile
    lines: int = 0

    def write(self, data: bytes) -> None:
        self.lines += data.count(b"\n")
        self.file.write(data)


@contextmanager
def compressed(path: Path) -> Iterator[Sink]:
    """A compressed file to write; the same content gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") as raw, gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as file:
        yield Sink(file)


def chunks_of(path: Path) -> Iterator[bytes]:
    """What a compressed file holds, piece by piece. Raises OSError and zlib.error when it is damaged."""
    with gzip.open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def lines_of(path: Path) -> Iterator[str]:
    """Its lines, without their ends."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.removesuffix("\n")


def count_lines(path: Path) -> int | None:
    """How many lines it holds; None when it cannot be read to its end."""
    try:
        return sum(chunk.count(b"\n") for chunk in chunks_of(path))
    except (OSError, EOFError, zlib.error):
        return None


def sum_of(path: Path) -> str:
    """The SHA-256 of the file, hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return file_digest(file, sha256).hexdigest()


def copy_sealed(source: Path, target: Path) -> None:
    """Copy a file with its time, whole or not at all, for the owner's eyes only. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target.with_name(f"{target.name}.part")
    try:
        shutil.copy2(source, unfinished)
        unfinished.chmod(0o600)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
