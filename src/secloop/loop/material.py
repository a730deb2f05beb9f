"""Trees that hold fake secrets as generators: they are read as if the secrets stood there, but hold none.

A tree with a file `.secloop/material.toml` names the files whose `{{base62:36}}`-like generators are replaced when they
are read, and the seed of the values. Everything else is read as it is. The example shop is such a tree.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from secloop.model.base import Value
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from secloop.model.coverage import Gap
    from secloop.scan.sources import Entry, Place, Source

MARKER = ".secloop/material.toml"
"""The file that turns expansion on, relative to the root."""

MAX_FILE = 1 << 20
"""A named file above this many bytes is read as it is."""

MAX_FILES = 1000
"""The most files a tree may name."""

_MAX_MARKER = 1 << 18
_MAX_READ = 64 << 20


class Material(Value, frozen=True, forbid_unknown_fields=True):
    """Which files are expanded, and with what seed. `files` are exact paths relative to the root, no globs."""

    seed: str = "secloop"
    files: tuple[str, ...] = ()


def load_material(root: Path) -> Material | None:
    """Return what the tree at `root` says of itself, None where it has no marker.

    Raises: UsageError `.secloop/material.toml...: what` for broken TOML, an unknown key, a wrong value, or a path that
    is not plain and inside the tree.
    """
    from secloop.loop.config import tables
    from secloop.policy import files
    from secloop.policy.decode import convert

    marker = root / MARKER
    if marker.is_symlink():
        raise UsageError(f"{MARKER} is a symbolic link", "Make it a real file of the tree")
    if not files.exists(marker):
        return None
    text = files.read_text(marker, _MAX_MARKER)
    material = convert(tables(text, MARKER), Material, lambda _: f"{MARKER}: ")
    if len(material.files) > MAX_FILES:
        raise UsageError(f"{MARKER} names more than {MAX_FILES} files", "Name only the files that hold generators")
    for path in material.files:
        if not _is_plain(path):
            raise UsageError(f'{MARKER}: "{path}" is not a path of the tree', 'Write it as "folder/file", without ".."')
    return material


def expanding(source: Source, root: Path) -> Source:
    """Return `source` with the named files expanded as they are read; `source` itself where the tree has no marker.

    Raises: UsageError as `load_material`; iteration raises it, with the file, for a generator that is misspelt.
    """
    material = load_material(Path(root))
    return source if material is None or not material.files else _Expanding(source, material)


def reader(root: Path) -> Callable[[str], bytes | None]:
    """Return a function from a path relative to `root` to the content that was scanned.

    None stands for what is no regular file inside the root, or too large. Raises: UsageError as `load_material`.
    """
    return partial(_read_inside, Path(os.path.realpath(root)), load_material(Path(root)))


def write_expanded(root: Path, target: Path) -> int:
    """Copy the files of the tree at `root` that a scan sees to `target`, expanded; return how many.

    `target` must be new or an empty folder outside the tree. For trying other scanners on the tree.
    Raises: UsageError as `load_material`, for a `target` in use, and where it cannot be written.
    """
    from secloop.scan.sources import WorkTree

    base, out = Path(os.path.realpath(root)), Path(os.path.realpath(target))
    if out == base or out.is_relative_to(base):
        raise UsageError(f"{target} lies inside {root}", "Name a folder outside the tree")
    count = 0
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UsageError(f"{target} is not empty", "Name a new folder")
        for entry in expanding(WorkTree(base), base):
            entry.head()
            place = out / entry.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(entry.read())
            entry.close()
            count += 1
    except OSError as error:
        raise UsageError(f"Cannot copy {root} to {target}: {error.strerror}", "Check permissions and space") from error
    return count


class _Expanding:
    """A source whose named files are expanded."""

    def __init__(self, inner: Source, material: Material) -> None:
        self._inner = inner
        self._seed = material.seed
        self._files = frozenset(material.files)

    @property
    def excluded(self) -> Mapping[str, int]:
        return self._inner.excluded

    @property
    def gaps(self) -> Sequence[Gap]:
        return self._inner.gaps

    @property
    def total(self) -> int:
        return self._inner.total

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._inner:
            yield self._expanded(entry)

    def unread(self) -> Iterator[Entry | Place]:
        from secloop.scan.sources import Place, unread

        for found in unread(self._inner):
            if found.path not in self._files:
                yield found
                continue
            entry = found.entry() if isinstance(found, Place) else found
            if entry is not None:
                yield self._expanded(entry)

    def _expanded(self, entry: Entry) -> Entry:
        named = entry.path in self._files and entry.size <= MAX_FILE
        return _ExpandedEntry(entry, self._seed) if named else entry

    def close(self) -> None:
        self._inner.close()


class _ExpandedEntry:
    """A file whose generators are replaced. `size` is the expanded size once `head` or `read` has been called."""

    def __init__(self, inner: Entry, seed: str) -> None:
        self.path = inner.path
        self.size = inner.size
        self._inner = inner
        self._seed = seed
        self._data: bytes | None = None

    def head(self) -> bytes:
        from secloop.scan.sources import HEAD_BYTES

        return self._content()[:HEAD_BYTES]

    def read(self, limit: int | None = None) -> bytes:
        data = self._content()
        return data if limit is None else data[: limit + 1]

    def close(self) -> None:
        self._inner.close()
        self._data = None

    def _content(self) -> bytes:
        if self._data is None:
            self._inner.head()
            self._data = _expanded(self.path, self._inner.read(MAX_FILE), self._seed)
            self.size = len(self._data)
        return self._data


def _expanded(path: str, data: bytes, seed: str) -> bytes:
    """Return `data` with its generators replaced; bytes that are not UTF-8 stay. Raises: UsageError with the path."""
    from secloop.rules.generate import expand

    if b"{{" not in data or len(data) > MAX_FILE:
        return data
    try:
        return expand(data.decode("utf-8", "surrogateescape"), seed).encode("utf-8", "surrogateescape")
    except UsageError as error:
        raise UsageError(f"{path}: {error.what}", error.todo) from error


def _read_inside(root: Path, material: Material | None, path: str) -> bytes | None:
    place = root / path
    try:
        inside = Path(os.path.realpath(place)).is_relative_to(root)
        if not inside or not place.is_file() or place.stat().st_size > _MAX_READ:
            return None
        data = place.read_bytes()
    except (OSError, ValueError):
        return None
    return _expanded(path, data, material.seed) if material and path in material.files else data


def _is_plain(path: str) -> bool:
    parts = PurePosixPath(path)
    inside = not parts.is_absolute() and ".." not in parts.parts
    return inside and bool(path) and "\\" not in path and str(parts) == path
