"""The three stores that RPM keeps package headers in: SQLite, NDB (`Packages.db`) and Berkeley DB (`Packages`).

Each gives the headers' bytes. The files are untrusted: everything in them is checked against the file's size.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import MAX_PACKAGES, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SQLITE = b"SQLite format 3\0"
_SQLITE_STEPS = 200_000_000
_WAL_MARK = slice(18, 20)

_NDB = b"RpmP"
_NDB_HEAD, _NDB_SLOT, _NDB_BLOB = struct.Struct("<4sIII"), struct.Struct("<4sIII"), struct.Struct("<4sIII")
_NDB_FIRST_SLOT, _NDB_PAGE, _NDB_BLOCK = 32, 4096, 16

_BDB_HASH = 0x00061561
_BDB_MAGIC_AT, _BDB_PAGE_SIZE_AT, _BDB_ENCRYPTION_AT, _BDB_LAST_PAGE_AT = 12, 20, 24, 32
_BDB_HEAD, _BDB_LONGEST_CHAIN = 26, 1 << 14
_BDB_HASH_PAGES, _BDB_OVERFLOW_PAGE = frozenset({2, 13}), 7
_BDB_ON_PAGE, _BDB_OFF_PAGE = 1, 3


def headers(data: bytes) -> Iterator[bytes]:
    """Yield the header of each package of a database. Raises: UnreadableError when it is none, or damaged."""
    if data.startswith(_SQLITE):
        yield from _sqlite(data)
    elif data.startswith(_NDB):
        yield from _once(data, _ndb(data))
    elif _byte_order(data):
        yield from _once(data, _bdb(data, _byte_order(data)))
    else:
        raise UnreadableError("not an RPM database")


def _once(data: bytes, values: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `values` as long as they can all be parts of `data`. Raises: UnreadableError when parts are told twice."""
    left = len(data)
    for value in values:
        left -= len(value)
        if left < 0:
            raise UnreadableError("the database tells the same part of itself twice")
        yield value


def _sqlite(data: bytes) -> Iterator[bytes]:
    """Read the table through SQLite, in memory, with nothing allowed but reading it."""
    import sqlite3

    def allow(action: int, name: str | None, *_: object) -> int:
        reads = action == sqlite3.SQLITE_SELECT or (
            action == sqlite3.SQLITE_READ and name in {"Packages", "sqlite_master"}
        )
        return sqlite3.SQLITE_OK if reads else sqlite3.SQLITE_DENY

    own = bytearray(data)
    own[_WAL_MARK] = b"\x01\x01"  # what is in a write-ahead log is not in this file; without, it can be read alone
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(own))
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, len(data) + 1)
        steps = iter(range(_SQLITE_STEPS // 10_000))
        connection.set_progress_handler(lambda: next(steps, None) is None, 10_000)
        connection.set_authorizer(allow)
        kind = connection.execute("SELECT type FROM sqlite_master WHERE name = 'Packages'").fetchone()
        if kind != ("table",):
            raise UnreadableError("no table of packages in the database")
        for (blob,) in connection.execute("SELECT blob FROM Packages LIMIT ?", (MAX_PACKAGES + 1,)):
            yield blob if isinstance(blob, bytes) else b""
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError) as error:
        # SQLite's own messages quote the file, in bytes that need not be UTF-8.
        why = "damaged" if isinstance(error, UnicodeDecodeError) else error
        raise UnreadableError(f"not a usable SQLite database: {why}") from error
    finally:
        connection.close()


def _ndb(data: bytes) -> Iterator[bytes]:
    """Read the slots, each of which tells where a blob is (rpm's lib/backend/ndb/rpmpkg.c)."""
    if len(data) < _NDB_FIRST_SLOT:
        raise UnreadableError("the database ends in its head")
    pages = _NDB_HEAD.unpack_from(data)[3]
    end = min(pages * _NDB_PAGE, len(data))
    for at in range(_NDB_FIRST_SLOT, end - _NDB_SLOT.size + 1, _NDB_SLOT.size):
        magic, index, block, count = _NDB_SLOT.unpack_from(data, at)
        if magic != b"Slot":
            raise UnreadableError("a slot of the database is damaged")
        start = block * _NDB_BLOCK
        if not index or not count or start + _NDB_BLOB.size > len(data):
            continue
        mark, own, _, size = _NDB_BLOB.unpack_from(data, start)
        body = start + _NDB_BLOB.size
        yield data[body : body + size] if mark == b"BlbS" and own == index and body + size <= len(data) else b""


def _byte_order(data: bytes) -> str:
    magic = data[_BDB_MAGIC_AT : _BDB_MAGIC_AT + 4]
    return next((o for o, name in (("<", "little"), (">", "big")) if magic == _BDB_HASH.to_bytes(4, name)), "")  # type: ignore[arg-type]


def _bdb(data: bytes, order: str) -> Iterator[bytes]:
    """Read the values of a hash database (Berkeley DB's dbinc/db_page.h)."""
    number = struct.Struct(f"{order}I")
    if len(data) < _BDB_LAST_PAGE_AT + 4 or data[_BDB_ENCRYPTION_AT]:
        raise UnreadableError("the database is cut off or encrypted")
    size, last = number.unpack_from(data, _BDB_PAGE_SIZE_AT)[0], number.unpack_from(data, _BDB_LAST_PAGE_AT)[0]
    if not 512 <= size <= 1 << 16 or size & (size - 1):  # noqa: PLR2004 - Berkeley DB's own limits
        raise UnreadableError("the database has no page size")
    for page in range(1, min(last, len(data) // size) + 1):
        yield from _bdb_values(data, page * size, size, order)


def _bdb_values(data: bytes, start: int, size: int, order: str) -> Iterator[bytes]:
    """Yield the values of a hash page: every second item, on the page or in a chain of overflow pages."""
    page = data[start : start + size]
    if len(page) < size or page[25] not in _BDB_HASH_PAGES:
        return
    entries = struct.unpack_from(f"{order}H", page, 20)[0]
    entries = min(entries, (size - _BDB_HEAD) // 2)
    offsets = struct.unpack_from(f"{order}{entries}H", page, _BDB_HEAD)
    for n in range(1, entries, 2):
        at, end = offsets[n], offsets[n - 1]
        if not _BDB_HEAD <= at < size:
            continue
        if page[at] == _BDB_OFF_PAGE and at + 12 <= size:
            first, length = struct.unpack_from(f"{order}II", page, at + 4)
            yield _chain(data, first, size, order, length)
        elif page[at] == _BDB_ON_PAGE and at < end <= size and end - at > 8:  # noqa: PLR2004 - the record that counts
            yield page[at + 1 : end]


def _chain(data: bytes, page: int, size: int, order: str, length: int) -> bytes:
    """Return what a chain of overflow pages holds, at most `length` bytes; nothing when it is broken."""
    if length > len(data):
        return b""
    parts: list[bytes] = []
    have = 0
    for _ in range(_BDB_LONGEST_CHAIN):
        start = page * size
        if not page or have >= length or start + size > len(data) or data[start + 25] != _BDB_OVERFLOW_PAGE:
            break
        page, _, used = struct.unpack_from(f"{order}IHH", data, start + 16)
        part = data[start + _BDB_HEAD : start + _BDB_HEAD + (size if page else used)]
        part = part[: size - _BDB_HEAD]
        parts.append(part)
        have += len(part)
    return b"".join(parts)[:length] if have >= length else b""
