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


def stored_files(folder: Path) -> Iterator[Path]:
    """Every whole file of a store in `folder`."""
    return (path for path in folder.glob("??/??/*") if _KEY.fullmatch(path.name))


def write_whole(path: Path, content: bytes, written_at: float) -> None:
    """Put `content` at `path` whole or not at all, readable for nobody else. `written_at` counts seconds since 1970."""
    unfinished = path.with_suffix(_UNFINISHED)
    unfinished.write_bytes(content)
    unfinished.chmod(0o600)
    os.utime(unfinished, (written_at, written_at))
    unfinished.replace(path)


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
        if not _KEY.fullmatch(key):
            raise Unavailable
        return self._folder / key[:2] / key[2:4] / key

    @staticmethod
    def _write(path: Path, sealed: bytes, now: datetime) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, sealed, now.timestamp())
