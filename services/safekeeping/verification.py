"""Whether a backup is still what it was: every file there, none changed, none added."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from services.safekeeping.dump_files import count_lines, sum_of
from services.safekeeping.manifest import DOCUMENTS, MANIFEST, SUMS, BackupDamaged, Manifest
from services.vault import Vault


def verify(folder: Path, vault: Vault) -> Manifest:
    """Read the whole backup. Raises BackupDamaged, which names everything that is wrong. A wrong seal may also mean
    that the keys here are not those the backup was made with."""
    manifest = Manifest.read(folder)
    if not manifest.has_seal_of(vault):
        raise BackupDamaged(f"{MANIFEST} was not sealed with the keys of LOANLINE_KEYS, or changed since")
    damage = list(_damage(folder, manifest))
    if damage:
        raise BackupDamaged(*damage)
    return manifest


def read_sums(folder: Path) -> dict[str, str]:
    """The sum of each file, by its path in the backup. Raises OSError."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def _damage(folder: Path, manifest: Manifest) -> Iterator[str]:
    try:
        if sum_of(folder / SUMS) != manifest.sums_sha256:
            yield f"{SUMS} was changed"
            return
        sums = read_sums(folder)
    except OSError as error:
        yield f"{SUMS} cannot be read: {error.strerror}"
        return
    yield from _files(folder, sums)
    yield from _tables(folder, manifest, sums)
    listed = sum(path.startswith(f"{DOCUMENTS}/") for path in sums)
    if listed != manifest.documents:
        yield f"{listed} documents are listed and {manifest.documents} were copied"


def _files(folder: Path, sums: Mapping[str, str]) -> Iterator[str]:
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    yield from (f"{path} was added" for path in sorted(present - {MANIFEST, SUMS} - set(sums)))
    for path, digest in sums.items():
        if path not in present:
            yield f"{path} is missing"
        else:
            try:
                changed = sum_of(folder / path) != digest
            except OSError as error:
                yield f"{path} cannot be read: {error.strerror}"
            else:
                if changed:
                    yield f"{path} was changed"


def _tables(folder: Path, manifest: Manifest, sums: Mapping[str, str]) -> Iterator[str]:
    for table in manifest.tables:
        if table.file not in sums:
            yield f"{table.file} is not listed"
        elif (folder / table.file).exists() and (rows := count_lines(folder / table.file)) != table.rows:
            yield f"{table.file} has {'no readable' if rows is None else rows} rows instead of {table.rows}"
