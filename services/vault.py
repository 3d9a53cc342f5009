"""Sealing what identifies a person, and fingerprints by which it is found again without being opened.

A sealed value is one byte of key-id length, the key id, a 12-byte nonce and AES-256-GCM ciphertext. A fingerprint is
eight hexadecimal digits that stand for the key id and the first 56 of an HMAC-SHA256 under a key derived from that key.
The first key seals and makes fingerprints; every key unseals and recognises, so keys are changed by putting a new one
in front, and `services.safekeeping.key_rotation` brings what is stored under it.
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
TAG_DIGITS: Final = 8
"""Hexadecimal digits of a fingerprint that stand for the key it was made with."""
FINGERPRINT_DIGITS: Final = 64


class CannotUnseal(Unavailable):
    """The value was sealed with a key that is not here, or was changed since."""

    key = "errors.unavailable"


class BadKeys(ValueError):
    """The keys are not `id:base64` of 32 bytes, separated by commas."""


class Vault:
    """Seals (AES-256-GCM) and makes fingerprints (HMAC-SHA256) with the first key given, unseals and recognises with
    any."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES or not 1 <= len(name.encode()) <= 255 for name, key in keys.items()):
            raise BadKeys(f"each key has an id and {KEY_BYTES} bytes")
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._prints = {name: hmac.digest(key, b"loanline fingerprint", "sha256") for name, key in keys.items()}
        self._sealing = next(iter(keys))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Every key that is here, the one in use first."""
        return tuple(self._ciphers)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Keys as the environment gives them: `id:base64,id:base64`, the one in use first.
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
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = self._ciphers[self._sealing].encrypt(nonce, data, self._sealing.encode())
        return sealed_prefix(self._sealing) + nonce + ciphertext

    def is_current(self, sealed: bytes) -> bool:
        """Whether the value was sealed with the key in use."""
        return sealed.startswith(sealed_prefix(self._sealing))

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
        """A keyed hash: equal for equal text and purpose, telling nothing of the text without the key."""
        return self._tagged(self._sealing, purpose, text)

    def fingerprints(self, purpose: str, text: str) -> tuple[str, ...]:
        """Every form in which the text's fingerprint may be stored: one for each key, the one in use first. Those from
        before fingerprints named their key are an HMAC alone."""
        tagged = (self._tagged(name, purpose, text) for name in self._prints)
        return (*tagged, *(self._hmac(name, purpose, text) for name in self._prints))

    def recognises(self, stored: str, purpose: str, text: str) -> bool:
        """Whether the stored fingerprint is that of `text`, whichever key made it; takes as long for any answer."""
        matches = [hmac.compare_digest(stored, each) for each in self.fingerprints(purpose, text)]
        return any(matches)

    def _tagged(self, name: str, purpose: str, text: str) -> str:
        return fingerprint_tag(name) + self._hmac(name, purpose, text)[: FINGERPRINT_DIGITS - TAG_DIGITS]

    def _hmac(self, name: str, purpose: str, text: str) -> str:
        return hmac.new(self._prints[name], f"{purpose}\0{text}".encode(), sha256).hexdigest()


def sealed_prefix(key_id: str) -> bytes:
    """What every value that was sealed with that key begins with."""
    return bytes([len(key_id.encode())]) + key_id.encode()


def fingerprint_tag(key_id: str) -> str:
    """What every fingerprint that was made with that key begins with."""
    return sha256(key_id.encode()).hexdigest()[:TAG_DIGITS]
