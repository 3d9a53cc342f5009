"""Encrypted files in a folder, one for each document, named by a random key."""

import asyncio
import re
import secrets
from pathlib import Path
from typing import Final

from services.errors import Unavailable
from services.vault import Vault

_KEY: Final = re.compile(r"[0-9a-f]{32}")


class EncryptedFolder:
    """A `DocumentStore` on disk. Files lie two levels deep, so that no folder grows without bound."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    async def put(self, data: bytes) -> str:
        """Seal `data`, write it whole or not at all, and answer its key."""
        key = secrets.token_hex(16)
        await asyncio.to_thread(self._write, self._path(key), self._vault.seal(data))
        return key

    async def get(self, key: str) -> bytes:
        """Raises Unavailable when the file is missing or cannot be unsealed."""
        try:
            return self._vault.unseal(await asyncio.to_thread(self._path(key).read_bytes))
        except OSError as error:
            raise Unavailable from error

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise Unavailable
        return self._folder / key[:2] / key[2:4] / key

    @staticmethod
    def _write(path: Path, sealed: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(sealed)
        unfinished.chmod(0o600)
        unfinished.replace(path)
