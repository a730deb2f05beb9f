"""Zip archives read in parts: only the members that are asked for are unpacked, into memory, within bounds.

`Allowance` is shared by an archive and all archives in it, so that nesting multiplies nothing.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TOTAL = 256 << 20
"""Bytes unpacked of one file of the tree, archives in archives included."""

MAX_RATIO = 200
"""How many times larger than the file its unpacked parts may be, above `_FREE`."""

MAX_MEMBERS = 200_000
_FREE = 32 << 20
_CHUNK = 1 << 18
_ENCRYPTED = 0x1
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_SMALLEST_ENTRY = 46
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError)
"""What the standard library raises for broken or unsupported archives."""


class Allowance:
    """What may still be unpacked of one file of the tree."""

    def __init__(self, size: int) -> None:
        """Start for a file of `size` bytes."""
        self._bytes = min(MAX_TOTAL, max(_FREE, size * MAX_RATIO))
        self._members = MAX_MEMBERS

    def members(self, count: int) -> None:
        """Count entries of a directory. Raises: UnreadableError when there are too many."""
        self._members -= count
        if self._members < 0:
            raise UnreadableError(f"not usable archive: more than {MAX_MEMBERS} members")

    def unpacked(self, size: int) -> None:
        """Count unpacked bytes. Raises: UnreadableError when there are too many."""
        self._bytes -= size
        if self._bytes < 0:
            raise UnreadableError(
                f"not usable archive: unpacks to over {MAX_TOTAL >> 20} MB or {MAX_RATIO} times its size"
            )


class Archive:
    """The members of a zip archive by name; the first of equal names counts, as it does for Java's class loaders."""

    def __init__(self, data: bytes, allowance: Allowance) -> None:
        """Read the directory of `data`. Raises: UnreadableError."""
        self._allowance = allowance
        allowance.members(_directory_size(data) // _SMALLEST_ENTRY)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            self._members: dict[str, zipfile.ZipInfo] = {}
            for info in self._zip.infolist():
                self._members.setdefault(info.filename, info)
        except _BROKEN as error:
            raise UnreadableError(f"not usable archive: {type(error).__name__}") from error

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names in the order of the archive."""
        return iter(self._members)

    def read(self, name: str, limit: int) -> bytes:
        """Return a member's content. Raises: UnreadableError when it is broken, encrypted or larger than `limit`."""
        info = self._members[name]
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableError("not usable archive: encrypted")
        parts: list[bytes] = []
        size = 0
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(_CHUNK):
                    self._allowance.unpacked(len(chunk))
                    size += len(chunk)
                    if size > limit:
                        raise UnreadableError(f"not usable archive: a member is larger than {limit >> 10} KB")
                    parts.append(chunk)
        except _BROKEN as error:
            raise UnreadableError(f"not usable archive: {type(error).__name__}") from error
        return b"".join(parts)


def _directory_size(data: bytes) -> int:
    """Return the size of the central directory as the end record has it; the whole file's where it does not fit there.

    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.16: what `zipfile` reads is no larger.
    """
    at = data.rfind(_END, max(0, len(data) - _END_SIZE - _LONGEST_COMMENT))
    if at < 0 or at + _END_SIZE > len(data):
        return 0
    size: int = struct.unpack_from("<I", data, at + 12)[0]
    return min(size, len(data))
