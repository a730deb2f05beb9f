"""OSV records out of a zip or a folder, within bounds. Nothing is ever extracted: entry names reach no file system."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RECORD = 16 << 20
"""Bytes of one OSV record."""
MAX_TOTAL = 8 << 30
"""Unpacked bytes of one source."""
MAX_ENTRIES = 2_000_000
"""Entries of a zip."""
MAX_RATIO = 200
"""Unpacked to packed bytes of an entry larger than `_SMALL`."""
_SMALL = 1 << 20
_SKIPPED = frozenset({".git", ".github"})
RECORDS = (".json", ".yaml", ".yml")
"""How the names of OSV records end; PyPA's, curl's and others' databases are written in YAML."""


def from_folder(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of the records below `root`, sorted; links are not followed out of it."""
    for file in record_files(root):
        yield str(file.relative_to(root)), file_bytes(file)


def record_files(root: Path) -> Iterator[Path]:
    """Yield the files below `root` that may be records, in sorted order, without those of git's own folders."""
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(set(folders) - _SKIPPED)
        for name in sorted(files):
            file = Path(folder, name)
            if name.endswith(RECORDS) and not file.is_symlink() and file.is_file():
                yield file


def file_bytes(path: Path) -> bytes:
    """Return the bytes of one record's file. Raises: UsageError."""
    try:
        if path.stat().st_size > MAX_RECORD:
            raise UsageError(f"Advisory source {path} is larger than {MAX_RECORD} bytes", "Give a zip or a folder")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"Advisory source {path} cannot be read: {error.strerror}", "Check the path") from error


def from_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the entries of a zip that may be records, sorted.

    Raises: UsageError for a damaged one, or one beyond the bounds.
    """
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = (entry for entry in archive.infolist() if entry.filename.endswith(RECORDS))
            entries = sorted(wanted, key=lambda entry: entry.filename)
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
