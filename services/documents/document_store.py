"""Encrypted files in a folder, one for each document, named by a random key."""

import asyncio
import logging
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from services.clock import Clock
from services.errors import Unavailable
from services.storage_errors import storage_errors
from services.vault import Vault

logger = logging.getLogger(__name__)

_KEY: Final = re.compile(r"[0-9a-f]{32}")
_UNFINISHED: Final = ".part"


def place_of(key: str) -> Path:
    """Where in its folder the file of that key lies. Raises ValueError for what is no key."""
    if not _KEY.fullmatch(key):
        raise ValueError("not the key of a document")
    return Path(key[:2], key[2:4], key)


class EncryptedFolder:
    """A `DocumentStore` on disk. Files lie two levels deep, so that no folder grows without bound. They bear the time
    of `clock`."""

    def __init__(
        self, folder: Path, vault: Vault, clock: Clock, write: Callable[[BinaryIO, bytes], object] | None = None
    ) -> None:
        self._folder = folder
        self._vault = vault
        self._clock = clock
        self._write_into = write or (lambda file, sealed: file.write(sealed))

    async def put(self, data: bytes) -> str:
        """Seal `data`, write it whole or not at all, and answer its key once it is on the disk. Raises StorageFull when
        there is no room for it, Unavailable when the disk fails otherwise."""
        key = secrets.token_hex(16)
        with _disk_errors("documents"):
            await asyncio.to_thread(self._write, self._path(key), self._vault.seal(data), self._clock.now())
        return key

    async def get(self, key: str) -> bytes:
        """Raises Unavailable when the file is missing or cannot be unsealed."""
        try:
            return self._vault.unseal(await asyncio.to_thread(self._path(key).read_bytes))
        except OSError as error:
            raise Unavailable from error

    async def delete(self, key: str) -> None:
        path = self._path(key)
        for each in (path, path.with_suffix(_UNFINISHED)):
            await asyncio.to_thread(each.unlink, missing_ok=True)

    async def stored_before(self, instant: datetime) -> list[str]:
        """Keys of files older than that, also of those whose writing was cut off."""
        return await asyncio.to_thread(lambda: sorted(set(self._older(instant))))

    def _older(self, instant: datetime) -> Iterator[str]:
        for path in self._folder.glob("??/??/*"):
            if path.suffix not in ("", _UNFINISHED) or not _KEY.fullmatch(path.stem):
                continue
            try:
                written = path.stat().st_mtime
            except FileNotFoundError:
                # Finished or deleted meanwhile.
                continue
            if datetime.fromtimestamp(written, UTC) < instant:
                yield path.stem

    def _path(self, key: str) -> Path:
        try:
            return self._folder / place_of(key)
        except ValueError as error:
            raise Unavailable from error

    def _write(self, path: Path, sealed: bytes, now: datetime) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_suffix(_UNFINISHED)
        try:
            with unfinished.open("xb") as file:
                self._write_into(file, sealed)
                file.flush()
                # The row that names it survives a power cut, so its bytes must.
                os.fsync(file.fileno())
            unfinished.chmod(0o600)
            os.utime(unfinished, (now.timestamp(), now.timestamp()))
            unfinished.replace(path)
        except BaseException:
            # On a full disk half a paper is in everybody's way.
            unfinished.unlink(missing_ok=True)
            raise


@contextmanager
def _disk_errors(where: str) -> Iterator[None]:
    try:
        with storage_errors(where):
            yield
    except OSError as error:
        logger.error("the disk refuses to write", extra={"where": where, "reason": error.strerror})
        raise Unavailable from error
