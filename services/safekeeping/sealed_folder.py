"""The files of the document store as sealed values: which keys they lie under, and bringing them under the first."""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.documents.document_store import stored_files, write_whole
from services.vault import CannotUnseal, Vault

_LONGEST_KEY_ID: Final = 255
_LOCK: Final = ".key-rotation"


class RotationUnderWay(RuntimeError):
    """Another process is changing the keys of the same store."""


class SealedFolder:
    """The folder of a document store."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other change of keys out, until the end of the block or of the process. Raises
        RotationUnderWay."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / _LOCK).open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RotationUnderWay("the keys of this document store are being changed by another process") from None
            yield

    async def key_ids(self) -> list[str]:
        """The id of the key that each file was sealed with, in no order; an empty one where it cannot be read."""
        return await asyncio.to_thread(lambda: list(self._key_ids()))

    async def outdated(self) -> list[Path]:
        """The files that were sealed with another key than the first."""
        return await asyncio.to_thread(lambda: [path for path in stored_files(self._folder) if self._is_outdated(path)])

    async def reseal(self, path: Path) -> bool:
        """Seal the file with the first key, its age unchanged; False when no key opens it. One that was deleted
        meanwhile stays deleted, or is swept out with the other files that nobody names."""
        return await asyncio.to_thread(self._reseal, path)

    def _reseal(self, path: Path) -> bool:
        try:
            written_at = path.stat().st_mtime
            content = self._vault.seal(self._vault.unseal(path.read_bytes()))
            if path.exists():
                write_whole(path, content, written_at)
        except FileNotFoundError:
            return True
        except CannotUnseal:
            return False
        return True

    def _key_ids(self) -> Iterator[str]:
        for path in stored_files(self._folder):
            head = _head(path)
            if head is not None:
                yield head[1 : 1 + head[0]].decode(errors="replace") if head else ""

    def _is_outdated(self, path: Path) -> bool:
        head = _head(path)
        return head is not None and not self._vault.is_current(head)


def _head(path: Path) -> bytes | None:
    """The beginning of the file, where its key id stands; None when it was deleted meanwhile."""
    try:
        with path.open("rb") as file:
            return file.read(1 + _LONGEST_KEY_ID)
    except FileNotFoundError:
        return None
