"""Sealing, fingerprints, and encrypted files on the disk."""

import base64
import hmac
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import SteppedClock
from services.documents.document_store import EncryptedFolder
from services.errors import Unavailable
from services.vault import BadKeys, CannotUnseal, Vault, fingerprint_tag

OLD, NEW = bytes(32), bytes([7] * 32)
vault = Vault({"k1": OLD})
clock = SteppedClock(datetime(2025, 11, 5, 12, tzinfo=UTC))


@given(st.binary())
def test_what_was_sealed_comes_back_whole(data: bytes) -> None:
    assert vault.unseal(vault.seal(data)) == data


@given(st.text())
def test_text_of_any_script_comes_back_whole(text: str) -> None:
    assert vault.unseal_text(vault.seal_text(text)) == text


def test_a_sealed_value_shows_nothing_of_what_is_in_it_and_is_never_the_same_twice() -> None:
    sealed = vault.seal(b"110101199003070012")
    assert b"1101" not in sealed
    assert sealed != vault.seal(b"110101199003070012")


@given(st.binary(min_size=1), st.data())
def test_a_changed_byte_anywhere_is_noticed(data: bytes, choices: st.DataObject) -> None:
    sealed = bytearray(vault.seal(data))
    at = choices.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= choices.draw(st.integers(1, 255))
    with pytest.raises(CannotUnseal):
        vault.unseal(bytes(sealed))


@given(st.binary(max_size=40))
def test_whatever_was_never_sealed_cannot_be_unsealed(data: bytes) -> None:
    with pytest.raises(CannotUnseal):
        vault.unseal(data)


def test_after_a_change_of_keys_old_values_still_open_and_new_ones_use_the_new_key() -> None:
    changed = Vault({"k2": NEW, "k1": OLD})
    assert changed.unseal(vault.seal(b"old")) == b"old"
    assert Vault({"k2": NEW}).unseal(changed.seal(b"new")) == b"new"
    with pytest.raises(CannotUnseal):
        vault.unseal(changed.seal(b"new"))


def test_a_change_of_keys_still_recognises_fingerprints_of_before_and_makes_those_of_the_new_key() -> None:
    changed, number = Vault({"k2": NEW, "k1": OLD}), "+8613800138000"
    old, new = vault.fingerprint("phone", number), changed.fingerprint("phone", number)
    assert new == Vault({"k2": NEW}).fingerprint("phone", number) != old
    assert {old, new} <= set(changed.fingerprints("phone", number))
    assert changed.recognises(old, "phone", number)
    assert not changed.recognises(old, "phone", "+8613800138001")
    assert not Vault({"k2": NEW}).recognises(old, "phone", number)


def test_a_fingerprint_from_before_it_named_its_key_is_recognised() -> None:
    key = hmac.digest(OLD, b"loanline fingerprint", "sha256")
    bare = hmac.new(key, b"phone\0+8613800138000", "sha256").hexdigest()
    assert Vault({"k2": NEW, "k1": OLD}).recognises(bare, "phone", "+8613800138000")


def test_a_fingerprint_names_its_key_and_not_its_text() -> None:
    fingerprint = vault.fingerprint("phone", "12")
    assert fingerprint.startswith(fingerprint_tag("k1"))
    assert re.fullmatch("[0-9a-f]{64}", fingerprint)


def test_fingerprints_differ_by_text_purpose_and_key() -> None:
    prints = {
        vault.fingerprint("phone", "12"),
        vault.fingerprint("phone", "13"),
        vault.fingerprint("account", "12"),
        Vault({"k1": NEW}).fingerprint("phone", "12"),
    }
    assert len(prints) == 4


def test_keys_are_read_as_the_environment_gives_them() -> None:
    text = f"k2:{base64.b64encode(NEW).decode()}, k1:{base64.b64encode(OLD).decode()}"
    assert Vault.from_text(text).unseal(vault.seal(b"old")) == b"old"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "k1",
        "k1:",
        "k1:not base64!",
        "k1:钥匙",
        "k1:c2hvcnQ=",
        ":" + base64.b64encode(OLD).decode(),
        "a" * 300 + ":x",
        f"k1:{base64.b64encode(OLD).decode()},k1:{base64.b64encode(NEW).decode()}",
    ],
)
def test_keys_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(BadKeys):
        Vault.from_text(text)


def test_a_fresh_key_has_the_form_that_is_read_back_and_is_new_each_time() -> None:
    first, second = Vault.new_key("k9"), Vault.new_key("k9")
    assert first != second
    assert Vault.from_text(first).unseal(Vault.from_text(first).seal(b"x")) == b"x"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_bytes_lie_encrypted_on_the_disk_for_nobody_else_to_read(tmp_path: Path) -> None:
    folder = EncryptedFolder(tmp_path, vault, clock)
    key = await folder.put(b"%PDF a private paper")
    (file,) = files_in(tmp_path)
    assert b"private" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert await folder.get(key) == b"%PDF a private paper"


@pytest.mark.parametrize("wrong", ["0" * 32, "../../etc/passwd", "", "A" * 32])
async def test_a_missing_or_forged_key_is_unavailable(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(Unavailable):
        await EncryptedFolder(tmp_path, vault, clock).get(wrong)


async def test_a_file_that_was_changed_on_the_disk_is_not_shown(tmp_path: Path) -> None:
    folder = EncryptedFolder(tmp_path, vault, clock)
    key = await folder.put(b"paper")
    (file,) = files_in(tmp_path)
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(Unavailable):
        await folder.get(key)


async def test_deleting_twice_is_no_error(tmp_path: Path) -> None:
    folder = EncryptedFolder(tmp_path, vault, clock)
    key = await folder.put(b"paper")
    await folder.delete(key)
    await folder.delete(key)
    assert files_in(tmp_path) == []
    with pytest.raises(Unavailable):
        await folder.get(key)


async def test_papers_of_another_vault_stay_closed(tmp_path: Path) -> None:
    key = await EncryptedFolder(tmp_path, vault, clock).put(b"paper")
    with pytest.raises(Unavailable):
        await EncryptedFolder(tmp_path, Vault({"k1": NEW}), clock).get(key)
