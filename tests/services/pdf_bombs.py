"""PDFs that are small to send and would be ruinous to open, made on the spot."""

import zlib
from hashlib import md5

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

_LEAF = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
"""With which a password is filled up (ISO 32000-1, 7.6.3.3)."""


def with_objects(*bodies: bytes) -> bytes:
    """A PDF of these objects; the first is its catalog."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start))


def a_million_pages_by_six_shared_nodes() -> bytes:
    levels = [
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (10 ** (6 - level), b"%d 0 R " % (level + 3) * 10) for level in range(6)
    ]
    return with_objects(b"<</Type/Catalog/Pages 2 0 R>>", *levels, b"<</Type/Page/MediaBox[0 0 9 9]>>")


def a_million_times_the_same_page() -> bytes:
    kids = b"3 0 R " * 1_000_000
    return with_objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1000000/Kids[%b]>>" % kids, _LEAF)


def a_page_below_a_hundred_thousand_nodes() -> bytes:
    nodes = [b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (number + 3) for number in range(100_000)]
    return with_objects(b"<</Type/Catalog/Pages 2 0 R>>", *nodes, b"<</Type/Page/MediaBox[0 0 9 9]>>")


def one_page_and(extra: bytes) -> bytes:
    """A sound page, and `extra` in the catalog."""
    return with_objects(b"<</Type/Catalog/Pages 2 0 R/X %b>>" % extra, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", _LEAF)


def a_million_arrays_in_one_another() -> bytes:
    return one_page_and(b"[" * 1_000_000 + b"]" * 1_000_000)


def three_million_empty_arrays() -> bytes:
    return one_page_and(b"[%b]" % (b"[]" * 3_000_000))


def locked_with_no_password_and_unpacking_to_a_gigabyte() -> bytes:
    """The catalog lies in an object stream, encrypted, so that its size shows only to who unlocks it."""
    owner, permissions, identity = bytes(32), (-4).to_bytes(4, "little", signed=True), bytes(16)
    key = md5(_PADDING + owner + permissions + identity, usedforsecurity=False).digest()[:5]
    packer = zlib.compressobj(1)
    head = packer.compress(b"1 0 2 32 <</Type/Catalog/Pages 2 0 R>> <</Type/Pages/Count 1/Kids[3 0 R]>> ")
    packed = head + b"".join(packer.compress(bytes(1 << 20)) for _ in range(1024)) + packer.flush()
    of_object = md5(key + (4).to_bytes(3, "little") + bytes(2), usedforsecurity=False).digest()[:10]
    sealed = _rc4(of_object, packed)
    bodies = {
        3: _LEAF,
        4: b"<</Type/ObjStm/N 2/First 9/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream" % (len(sealed), sealed),
        5: b"<</Filter/Standard/V 1/R 2/O<%b>/U<%b>/P -4>>" % (_hex(owner), _hex(_rc4(key, _PADDING))),
    }
    return _with_compressed_catalog(bodies, identity)


def _with_compressed_catalog(bodies: dict[int, bytes], identity: bytes) -> bytes:
    """A PDF with a cross-reference stream: objects 1 and 2 lie in object 4, `bodies` are the others."""
    out, entries = bytearray(b"%PDF-1.5\n"), [(0, 0, 255), (2, 4, 0), (2, 4, 1)]
    for number, body in bodies.items():
        entries.append((1, len(out), 0))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    entries.append((1, start, 0))
    table = b"".join(bytes([kind]) + at.to_bytes(4, "big") + bytes([index]) for kind, at, index in entries)
    name = _hex(identity)
    out += b"6 0 obj\n<</Type/XRef/W[1 4 1]/Size 7/Root 1 0 R/Encrypt 5 0 R/ID[<%b><%b>]/Length %d>>" % (
        name,
        name,
        len(table),
    )
    return bytes(out + b"\nstream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, start))


def _hex(data: bytes) -> bytes:
    return data.hex().encode()


def _rc4(key: bytes, data: bytes) -> bytes:
    return Cipher(ARC4(key), mode=None).encryptor().update(data)
