"""Telling whether what a borrower typed is a signature: a one-time code, or the lender's words of consent.

A draw on a signed contract is confirmed in the same way.
"""

import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from services.errors import DomainError, IllegalMove, InvalidInput
from services.models import ContractRow, DrawRow, ExtensionRow
from services.origination.contract_records import SignedHow
from services.vault import Vault

Signable: TypeAlias = ContractRow | DrawRow | ExtensionRow
_PURPOSES: Mapping[type[Signable], str] = {
    ContractRow: "signing_code",
    DrawRow: "draw_code",
    ExtensionRow: "extension_code",
}
"""What is signed, with the code that signs it: a contract, or what changes one."""

MOST_ATTEMPTS = 5
"""How often a code may be mistyped before it is void."""
CODE_DIGITS = 6

Coded: TypeAlias = ContractRow | DrawRow
"""What a code is shown for."""


class NoCodeSent(IllegalMove):
    """A code was typed, but none is waiting."""

    key = "contracts.no_code_sent"


class CodeExpired(IllegalMove):
    """The code's time is over; a fresh one is needed."""

    key = "contracts.code_expired"


class TooManyAttempts(IllegalMove):
    """The code was mistyped too often and is void; a fresh one is needed."""

    key = "contracts.too_many_attempts"


class WrongCode(InvalidInput):
    """The typed code is not the one that was shown; `left` attempts remain."""

    key = "contracts.wrong_code"
    field = "signature"


class NotASignature(InvalidInput):
    """What was typed is neither a code nor the words of consent, which `phrase` names."""

    key = "contracts.not_a_signature"
    field = "signature"


def recognise(typed: str, phrases: Iterable[str]) -> SignedHow | None:
    """Which kind of signature `typed` means to be, None for neither. Case, width, spaces and punctuation are free."""
    plain = _plain(typed)
    if plain.isdecimal() and len(plain) == CODE_DIGITS:
        return SignedHow.CODE
    return SignedHow.PHRASE if plain and plain in {_plain(phrase) for phrase in phrases} else None


def put_code(paper: Signable, vault: Vault, now: datetime, valid: timedelta) -> str:
    """Put a fresh code on the paper and answer it; only its keyed fingerprint stays."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    paper.code_fingerprint = vault.fingerprint(*_code(paper, code))
    paper.code_expires_at = now + valid
    paper.code_attempts = 0
    return code


def try_code(paper: Signable, vault: Vault, typed: str, now: datetime) -> DomainError | None:
    """Compare the typed code and count the attempt; answers why it does not sign, None when it does.

    The refusal is answered, not raised, because the attempt must be kept.
    """
    if paper.code_fingerprint is None or paper.code_expires_at is None:
        return NoCodeSent()
    if paper.code_expires_at <= now:
        return CodeExpired()
    if paper.code_attempts >= MOST_ATTEMPTS:
        return TooManyAttempts()
    if vault.recognises(paper.code_fingerprint, *_code(paper, _plain(typed))):
        return None
    paper.code_attempts += 1
    left = MOST_ATTEMPTS - paper.code_attempts
    return WrongCode(left=left) if left else TooManyAttempts()


def masked(chat_id: int) -> str:
    """The chat's number with only its last four digits readable."""
    return "•••" + str(abs(chat_id))[-4:]


def _code(paper: Signable, code: str) -> tuple[str, str]:
    return _PURPOSES[type(paper)], f"{paper.id}:{code}"


def _plain(typed: str) -> str:
    folded = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in folded
        if character.isalnum()
    )
