"""Advisory sources on disk: one OSV file, a folder or zip of them, or a folder with the compact snapshot.

A zip is read in memory within bounds; nothing is ever extracted, so its entry names reach no file system.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError
from secloop.stages.build.advisories import osv, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.stages.build.advisories.base import Advisory, Exploitation

MAX_RECORD = 16 << 20
"""Bytes of one OSV record."""
MAX_TOTAL = 8 << 30
"""Unpacked bytes of one source."""
MAX_ENTRIES = 2_000_000
"""Entries of a zip."""
MAX_RATIO = 200
"""Unpacked to packed bytes of an entry larger than `_SMALL`."""
_SMALL = 1 << 20
_CHUNK = 1 << 20


@dataclass(slots=True)
class Import:
    """What reading a source gives beside its advisories."""

    advisories: list[Advisory] = field(default_factory=list)
    exploitation: dict[str, Exploitation] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def date(self) -> str:
        """The day of the newest content, empty where no record has one."""
        days = (fact.kev for fact in self.exploitation.values() if fact.kev[:1].isdigit())
        return max((*(advisory.date for advisory in self.advisories), *days), default="")


def read_source(path: Path) -> Import:
    """Return everything a source holds; single unreadable records are `problems`, one line each.

    Raises: UsageError when the source as a whole cannot be read or holds no advisory.
    """
    out = Import()
    if path.is_dir() and snapshot.is_snapshot(path):
        for found in snapshot.read_advisories(path):
            (out.problems if isinstance(found, str) else out.advisories).append(found)  # type: ignore[arg-type]
        out.exploitation = snapshot.read_exploitation(path)
    else:
        for name, data in _records(path):
            try:
                out.advisories += osv.read_record(data)
            except ValueError as error:
                out.problems.append(f"{name}: {error}")
    if not out.advisories:
        first = f" ({out.problems[0]})" if out.problems else ""
        raise UsageError(
            f"Advisory source {path} holds no usable advisory{first}", "Give an OSV folder, zip or snapshot"
        )
    return out


def _records(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every OSV file of a source, in sorted order."""
    if path.is_dir():
        yield from _folder(path)
    elif not path.is_file():  # a pipe would be waited for, a device read for ever
        raise UsageError(f"Advisory source {path} is no file", "Give an OSV file, folder, zip or snapshot")
    elif zipfile.is_zipfile(path):
        yield from _zip(path)
    else:
        yield path.name, _file(path)


def _file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_RECORD:
            raise UsageError(f"Advisory source {path} is larger than {MAX_RECORD} bytes", "Give a zip or a folder")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"Advisory source {path} cannot be read: {error.strerror}", "Check the path") from error


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the `.json` files below `root`; symbolic links are not followed out of it."""
    for folder, folders, files in os.walk(root, followlinks=False):
        folders.sort()
        for name in sorted(files):
            file = Path(folder, name)
            if name.endswith(".json") and not file.is_symlink() and file.is_file():
                yield str(file.relative_to(root)), _file(file)


def _zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the `.json` entries of a zip. Raises: UsageError for a damaged one, or one beyond the bounds."""
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            entries = sorted((e for e in archive.infolist() if e.filename.endswith(".json")), key=lambda e: e.filename)
            if len(entries) > MAX_ENTRIES:
                raise UsageError(f"Advisory source {path} has more than {MAX_ENTRIES} entries", "Split it")
            for entry in entries:
                data = _entry(archive, entry, path)
                total += len(data)
                if total > MAX_TOTAL:
                    raise UsageError(f"Advisory source {path} unpacks to more than {MAX_TOTAL} bytes", "Split it")
                yield entry.filename, data
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise UsageError(f"Advisory source {path} is a damaged zip: {error}", "Fetch it again") from error


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> bytes:
    """Return one entry's bytes; the size that a zip claims is not trusted, reading stops at the bound."""
    with archive.open(entry) as stream:
        data = stream.read(MAX_RECORD + 1)
    if len(data) > MAX_RECORD or (len(data) > _SMALL and len(data) > MAX_RATIO * max(entry.compress_size, 1)):
        raise UsageError(
            f"Advisory source {path}: {entry.filename[:80]!r} unpacks beyond its bounds", "Check the source"
        )
    return data


def fingerprint(paths: Sequence[Path]) -> str:
    """Return 32 hex digits over names, sizes and times of everything below `paths`: what an index was built from.

    Raises: UsageError for a path that does not exist.
    """
    h = hashlib.blake2b(digest_size=16)
    for path in paths:
        if not path.exists():
            raise UsageError(f"Advisory source {path} does not exist", "Check [build] advisories or --advisories")
        for file in _files(path):
            status = file.stat()
            h.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return h.hexdigest()


def content_digest(path: Path) -> str:
    """Return `sha256:` over names and bytes of everything in a source; equal content gives equal digests anywhere."""
    h = hashlib.sha256()
    for file in _files(path):
        name = file.relative_to(path).as_posix() if path.is_dir() else ""
        h.update(f"{name}\0{file.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                h.update(chunk)
    return f"sha256:{h.hexdigest()}"


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        if path.is_file():
            yield path
        return
    for folder, folders, files in os.walk(path, followlinks=False):
        folders.sort()
        found = (Path(folder, name) for name in sorted(files) if name.endswith((".json", ".gz")))
        yield from (file for file in found if file.is_file())
