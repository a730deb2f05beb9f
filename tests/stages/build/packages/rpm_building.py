"""Builds RPM package headers, and databases of them in each of RPM's three stores, as bytes."""

from __future__ import annotations

import sqlite3
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAGS = {"name": 1000, "version": 1001, "release": 1002, "license": 1014, "arch": 1022, "source": 1044, "module": 5096}
_PAGE = 4096
_Page = tuple[int, int, int, int, int]
"""Own number, number of the next page, entries, bytes used, type."""


def header(
    *, epoch: int | None = None, provides: Sequence[str] = (), requires: Sequence[str] = (), **texts: str
) -> bytes:
    """Return a package's header (rpm's manual, "Header"): an index of entries, and the values they point at."""
    entries: list[tuple[int, int, int, int]] = []
    store = bytearray()
    for name, text in texts.items():
        entries.append((_TAGS[name], 6, len(store), 1))
        store += text.encode() + b"\0"
    for tag, names in ((1047, provides), (1049, requires)):
        if names:
            entries.append((tag, 8, len(store), len(names)))
            store += b"".join(name.encode() + b"\0" for name in names)
    if epoch is not None:
        store += b"\0" * (-len(store) % 4)
        entries.append((1003, 4, len(store), 1))
        store += struct.pack(">I", epoch)
    index = b"".join(struct.pack(">IIII", *entry) for entry in entries)
    return struct.pack(">II", len(entries), len(store)) + index + bytes(store)


def sqlite_database(blobs: Sequence[bytes], *, wal: bool = False) -> bytes:
    """Return an `rpmdb.sqlite`; with `wal`, one whose head says that it has a write-ahead log."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs])
    connection.commit()
    data = bytearray(connection.serialize())
    connection.close()
    if wal:
        data[18:20] = b"\x02\x02"
    return bytes(data)


def ndb_database(blobs: Sequence[bytes]) -> bytes:
    """Return a `Packages.db` with one page of slots."""
    slots, bodies = bytearray(), bytearray()
    for number, blob in enumerate(blobs, 1):
        block = (_PAGE + len(bodies)) // 16
        bodies += struct.pack("<4sIII", b"BlbS", number, 0, len(blob)) + blob
        bodies += b"\0" * (-len(bodies) % 16)
        slots += struct.pack("<4sIII", b"Slot", number, block, 1 + len(blob) // 16)
    slots += struct.pack("<4sIII", b"Slot", 0, 0, 0) * ((_PAGE - 32 - len(slots)) // 16)
    return struct.pack("<4sIIIIIII", b"RpmP", 0, 1, 1, len(blobs) + 1, 0, 0, 0) + bytes(slots) + bytes(bodies)


def bdb_database(blobs: Sequence[bytes], *, page: int = 512, order: str = "<") -> bytes:
    """Return a Berkeley DB hash file: one hash page whose values lie in chains of overflow pages."""
    overflow: list[bytes] = []
    items: list[bytes] = []
    for number, blob in enumerate(blobs, 1):
        parts = [blob[at : at + page - 26] for at in range(0, len(blob), page - 26)]
        first = 2 + len(overflow)
        for place, part in enumerate(parts):
            following = first + place + 1 if place + 1 < len(parts) else 0
            overflow.append(_bdb_page((first + place, following, 1, len(part), 7), part, page, order))
        items += [
            b"\x01" + struct.pack(f"{order}I", number),
            b"\x03\0\0\0" + struct.pack(f"{order}II", first, len(blob)),
        ]
    offsets: list[int] = []
    end = page
    for item in items:
        end -= len(item)
        offsets.append(end)
    body = struct.pack(f"{order}{len(offsets)}H", *offsets)
    body = body.ljust(end - 26, b"\0") + b"".join(reversed(items))
    hashed = _bdb_page((1, 0, len(items), end, 13), body, page, order)
    meta = bytearray(page)
    struct.pack_into(f"{order}III", meta, 12, 0x00061561, 9, page)
    struct.pack_into(f"{order}I", meta, 32, 1 + len(overflow))
    return bytes(meta) + hashed + b"".join(overflow)


def _bdb_page(page: _Page, body: bytes, size: int, order: str) -> bytes:
    return (struct.pack(f"{order}QIIIHHBB", 0, page[0], 0, *page[1:4], 0, page[4]) + body).ljust(size, b"\0")
