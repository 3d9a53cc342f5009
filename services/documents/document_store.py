"""Encrypted files in a folder, one for each document, named by a random key."""

import asyncio
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.clock import Clock
from services.errors import Unavailable
from services.vault import Vault

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

    def __init__(self, folder: Path, vault: Vault, clock: Clock) -> None:
        self._folder = folder
        self._vault = vault
        self._clock = clock

    async def put(self, data: bytes) -> str:
        """Seal `data`, write it whole or not at all, and answer its key."""
        key = secrets.token_hex(16)
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

    @staticmethod
    def _write(path: Path, sealed: bytes, now: datetime) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_suffix(_UNFINISHED)
        unfinished.write_bytes(sealed)
        unfinished.chmod(0o600)
        os.utime(unfinished, (now.timestamp(), now.timestamp()))
        unfinished.replace(path)
