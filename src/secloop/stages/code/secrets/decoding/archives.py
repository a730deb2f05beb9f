"""Archives as sources of files: zip, tar, gzip, bzip2 and xz, wheels and jars among them, also inside one another.

Nothing is written under a member's name: contents go to one temporary file, in the order of the archive, and are read
from there. Members are `archive!/member`. Every bound that is met is a gap, so that what was not looked at is said.

1. `Unpacked` replaces the archives that a scan names by their members.
2. `Unpacking` reads one archive front to back, and the archives in it.
3. `_Bounded` is what every decompressed byte passes through.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from functools import partial
from io import BufferedReader, BytesIO, RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from secloop.model.enums import FileClass
from secloop.model.errors import SecloopError
from secloop.model.regex import lazy
from secloop.scan.sources import BlobEntry, Place, gap, unread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from secloop.model.coverage import Gap
    from secloop.scan.sources import Entry, Source

MAX_ARCHIVE = 256 << 20
"""Bytes of an archive itself, and of one inside another."""

MAX_TOTAL = 512 << 20
"""Bytes that all members of an archive may come to, skipped ones included."""

MAX_MEMBER = 16 << 20
"""Bytes of a member that is looked at; scans have a smaller bound of their own."""

MAX_RATIO = 200
"""How many times larger than the archive its content may be, above `_FREE`. Deflate reaches 1,032 at most."""

MAX_MEMBERS = 50_000
MAX_DEPTH = 3
"""Archives in archives in archives are opened; what is deeper is a gap."""

_FREE = 32 << 20
_IN_MEMORY = 16 << 20
_CHUNK = 1 << 16
_TAR_MAGIC, _TAR_AT = b"ustar", 257
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_ENCRYPTED = 0x1
_PACKED_SUFFIX = lazy(r"\.(?:gz|bz2|xz)$", re.IGNORECASE)
_ODD = lazy(r"[\x00-\x1f\x7f\\]")
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError,
    NotImplementedError,
)  # fmt: skip
"""What the standard library raises for broken, encrypted or unsupported archives."""


class Unpacked:
    """A source whose files named in `archives` are replaced by what is in them, where they are archives."""

    def __init__(self, inner: Source, archives: Collection[str]) -> None:
        """Wrap `inner`; `archives` are paths as its entries have them."""
        self._inner = inner
        self._named = frozenset(archives)
        self._more: list[Gap] = []
        self._counts: Counter[str] = Counter()
        self._opened: list[Unpacking] = []

    @property
    def excluded(self) -> Mapping[str, int]:
        """How many files and members were left out, by reason."""
        return Counter(self._inner.excluded) + self._counts

    @property
    def gaps(self) -> Sequence[Gap]:
        """What could not be looked at."""
        return [*self._inner.gaps, *self._more]

    @property
    def total(self) -> int:
        """The number of files listed; members come on top."""
        return self._inner.total

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the files; the members of an archive stand in its place."""
        for found in self.unread():
            entry = found.entry() if isinstance(found, Place) else found
            if entry is not None:
                yield entry

    def unread(self) -> Iterator[Entry | Place]:
        """Iterate likewise; only files that are named are looked at."""
        self._more.clear()
        self._counts.clear()
        for found in unread(self._inner):
            if found.path not in self._named:
                yield found
                continue
            entry = found.entry() if isinstance(found, Place) else found
            if entry is not None and is_archive(entry.head()):
                yield from self._members(entry)
            elif entry is not None:
                yield entry

    def close(self) -> None:
        """Remove the temporary files."""
        for opened in self._opened:
            opened.close()
        self._opened.clear()
        self._inner.close()

    def _members(self, entry: Entry) -> Iterator[Entry]:
        data = entry.read(MAX_ARCHIVE)
        entry.close()
        opened = Unpacking(entry.path, data)
        self._opened.append(opened)
        yield from opened.entries()
        self._more += opened.gaps
        self._counts += opened.excluded


class Unpacking:
    """One archive, read once from front to back."""

    def __init__(self, path: str, data: bytes) -> None:
        """Read the members of the archive `data`, known as `path`; what cannot be read is in `gaps`."""
        self.gaps: list[Gap] = []
        self.excluded: Counter[str] = Counter()
        self._spool: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - close() closes it
        self._places: dict[str, tuple[int, int]] = {}
        self._room = min(MAX_TOTAL, max(_FREE, len(data) * MAX_RATIO))
        self._members = MAX_MEMBERS
        if len(data) > MAX_ARCHIVE:
            self._limited(path, f"an archive larger than {MAX_ARCHIVE >> 20} MB")
        else:
            self._open(path, data, depth=1)

    def entries(self) -> Iterator[BlobEntry]:
        """Yield the members by path."""
        for path in sorted(self._places):
            start, size = self._places[path]
            yield BlobEntry(path, size, partial(self._content, start, size))

    def close(self) -> None:
        """Remove the temporary file."""
        self._spool.close()

    def spend(self, size: int) -> None:
        """Count decompressed bytes. Raises: TooLargeError."""
        self._room -= size
        if self._room < 0:
            raise TooLargeError

    def _content(self, start: int, size: int, limit: int | None) -> bytes:
        self._spool.seek(start)
        return self._spool.read(size if limit is None else min(size, limit + 1))

    def _open(self, path: str, data: bytes, *, depth: int) -> None:
        """Read one archive. A bound ends it; members read until then stay."""
        if depth > MAX_DEPTH:
            self._limited(path, f"an archive in more than {MAX_DEPTH - 1} others")
            return
        try:
            if data.startswith(_ZIP):
                self._zip(path, data, depth)
            elif _is_tar(data):
                self._tar(path, BytesIO(data), depth)
            else:
                self._packed(path, data, depth)
        except TooLargeError as error:
            self._limited(path, error.what)
        except _BROKEN as error:
            self.gaps.append(gap(path, FileClass.FAILED, f"not readable as an archive: {type(error).__name__}"))

    def _zip(self, path: str, data: bytes, depth: int) -> None:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for info in archive.infolist():
                self._count()
                name = _member(path, info.filename)
                if not info.filename or info.is_dir():  # zipfile fails on a name that damage made empty
                    continue
                if info.flag_bits & _ENCRYPTED:
                    self.gaps.append(gap(name, FileClass.FAILED, "encrypted"))
                    continue
                with archive.open(info) as member:
                    self._take(name, member, depth)

    def _tar(self, path: str, stream: IO[bytes], depth: int, *, spent: bool = False) -> None:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for info in archive:
                self._count()
                if info.isreg():
                    member = archive.extractfile(info)
                    if member is not None:
                        self._take(_member(path, info.name), member, depth, spent=spent)
                elif not info.isdir():
                    self.excluded["symlink" if info.issym() or info.islnk() else "special file"] += 1

    def _packed(self, path: str, data: bytes, depth: int) -> None:
        """Read one compressed file: a tar, or the file itself under the name without the suffix."""
        with BufferedReader(_Bounded(_decompressor(data), self), _CHUNK) as stream:
            if _is_tar(stream.peek(_TAR_AT + len(_TAR_MAGIC))):
                self._tar(path, stream, depth, spent=True)
            else:
                self._count()
                self._take(_member(path, _PACKED_SUFFIX.sub("", path.rpartition("/")[2])), stream, depth, spent=True)

    def _take(self, name: str, member: IO[bytes], depth: int, *, spent: bool = False) -> None:
        """Keep a member, or what is in it where it is an archive itself; `spent` says that its bytes are counted."""
        head = member.read(_CHUNK)
        limit = MAX_ARCHIVE if is_archive(head) else MAX_MEMBER
        parts, size = [head], len(head)
        while size <= limit and (chunk := member.read(_CHUNK)):
            parts.append(chunk)
            size += len(chunk)
            if not spent and size > self._room:
                raise TooLargeError
        if not spent:
            self.spend(size)
        if size > limit:
            self._limited(name, f"larger than {limit >> 20} MB")
        elif limit == MAX_ARCHIVE:
            self._open(name, b"".join(parts), depth=depth + 1)
        else:
            self._keep(name, b"".join(parts))

    def _keep(self, name: str, data: bytes) -> None:
        unique, n = name, 1
        while unique in self._places:
            n += 1
            unique = f"{name}#{n}"
        self._places[unique] = (self._spool.seek(0, 2), len(data))
        self._spool.write(data)

    def _count(self) -> None:
        self._members -= 1
        if self._members < 0:
            raise TooLargeError

    def _limited(self, path: str, reason: str) -> None:
        self.gaps.append(gap(path, FileClass.LIMITED, reason))


class TooLargeError(SecloopError):
    """A bound on what an archive may hold is met."""

    def __init__(self) -> None:
        """Say which bounds there are."""
        what = f"holds more than {MAX_TOTAL >> 20} MB, {MAX_RATIO} times its size or {MAX_MEMBERS} files"
        super().__init__(what, "Unpack it, and scan the folder")


class _Bounded(RawIOBase):
    """A stream whose bytes are counted."""

    def __init__(self, inner: gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile, unpacking: Unpacking) -> None:
        self._inner = inner
        self._unpacking = unpacking

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(min(len(buffer), _CHUNK))
        self._unpacking.spend(len(data))
        buffer[: len(data)] = data
        return len(data)


def is_archive(head: bytes) -> bool:
    """Return whether a file's first bytes are those of an archive that can be read."""
    return head.startswith((*_ZIP, *_PACKED)) or _is_tar(head)


def _is_tar(head: bytes) -> bool:
    return head[_TAR_AT : _TAR_AT + len(_TAR_MAGIC)] == _TAR_MAGIC


def _decompressor(data: bytes) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    if data.startswith(_PACKED[0]):
        return gzip.GzipFile(fileobj=BytesIO(data))
    if data.startswith(_PACKED[1]):
        return bz2.BZ2File(BytesIO(data))
    return lzma.LZMAFile(BytesIO(data))


def _member(archive: str, name: str) -> str:
    r"""Return a member's path: without what would lead elsewhere, odd characters as `\xNN`."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    plain = _ODD.sub(lambda odd: f"\\x{ord(odd[0]):02x}", "/".join(parts))
    return f"{archive}!/{plain.encode('utf-8', 'backslashreplace').decode()}"
