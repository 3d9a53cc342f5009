"""Sealing what identifies a person, and fingerprints by which it is found again without being opened.

A sealed value is one byte of key-id length, the key id, a 12-byte nonce and AES-256-GCM ciphertext. The first key
seals; every key unseals, so keys are changed by putting a new one in front.
"""

import base64
import hmac
import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.errors import Unavailable

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32


class CannotUnseal(Unavailable):
    """The value was sealed with a key that is not here, or was changed since."""

    key = "errors.unavailable"


class BadKeys(ValueError):
    """The keys are not `id:base64` of 32 bytes, separated by commas."""


class Vault:
    """Seals with the first key given (AES-256-GCM), unseals with any, and fingerprints with HMAC-SHA256 under a key
    derived from the last one."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES or not 1 <= len(name.encode()) <= 255 for name, key in keys.items()):
            raise BadKeys(f"each key has an id and {KEY_BYTES} bytes")
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._sealing = next(iter(keys))
        # The oldest key makes fingerprints, or a new key in front would hide every duplicate from before.
        self._fingerprint_key = hmac.digest(list(keys.values())[-1], b"loanline fingerprint", "sha256")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Keys as the environment gives them: `id:base64,id:base64`, the sealing one first, the oldest last.
        Raises BadKeys."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, encoded = part.partition(":")
            if name in keys:
                raise BadKeys(f"two keys are called {name!r}")
            try:
                keys[name] = base64.b64decode(encoded, validate=True)
            except ValueError as error:
                raise BadKeys(f"key {name!r} is not base64") from error
        return cls(keys)

    @staticmethod
    def new_key(name: str = "k1") -> str:
        """A fresh key in the form that `from_text` reads."""
        return f"{name}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"

    def seal(self, data: bytes) -> bytes:
        name = self._sealing.encode()
        nonce = os.urandom(NONCE_BYTES)
        return bytes([len(name)]) + name + nonce + self._ciphers[self._sealing].encrypt(nonce, data, name)

    def unseal(self, sealed: bytes) -> bytes:
        """Raises CannotUnseal."""
        length = sealed[0] if sealed else 0
        name, rest = sealed[1 : 1 + length], sealed[1 + length :]
        try:
            cipher = self._ciphers[name.decode()]
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], name)
        except (KeyError, UnicodeDecodeError, InvalidTag, ValueError) as error:
            raise CannotUnseal from error

    def seal_text(self, text: str) -> bytes:
        return self.seal(text.encode())

    def unseal_text(self, sealed: bytes) -> str:
        """Raises CannotUnseal."""
        return self.unseal(sealed).decode()

    def fingerprint(self, purpose: str, text: str) -> str:
        """Hex of a keyed hash: equal for equal text and purpose, telling nothing of the text without the key."""
        return hmac.new(self._fingerprint_key, f"{purpose}\0{text}".encode(), sha256).hexdigest()
