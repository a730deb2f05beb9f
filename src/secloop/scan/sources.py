r"""Where the bytes come from: a work tree, the index, a commit, or memory. All feed the same sensors.

A source yields its files in sorted path order. Paths are relative to the root, with forward slashes, and always valid
Unicode: a byte of a name that is not UTF-8 is written `\xNN`. What a source leaves out is counted or a gap.
"""

from __future__ import annotations

import os
import stat
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self, runtime_checkable

from secloop.model.coverage import Gap
from secloop.model.enums import FileClass
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from secloop.scan.git import BlobReader

HEAD_BYTES = 4096
"""Bytes of a file that decide who wants it."""

_SMALL = 1 << 16
"""A file up to this size is read in one go, since its head is most of it."""

_DOTS = frozenset({"", ".", ".."})
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

SETTLED_NS = 2_000_000_000
"""Nanoseconds since its last change after which a file's times can be trusted to tell the next one."""

WALK = "walk"
"""The sensor named in gaps that concern every sensor: the file could not be looked at."""


class Entry(Protocol):
    """A file of a source. `size` is in bytes and may be outdated by the time the file is read.

    An entry may have `stamp: bytes`, which is the same only while the content is: then the file need not be read to
    know that it is unchanged.
    """

    path: str
    size: int

    def head(self) -> bytes:
        """Return the first bytes, at least `HEAD_BYTES` where the file has them. Raises: OSError."""
        ...

    def read(self, limit: int | None = None) -> bytes:
        """Return the whole content; at most `limit` + 1 bytes of it when `limit` is given. Raises: OSError."""
        ...

    def close(self) -> None:
        """Let go of the file; `read` opens it again."""
        ...


class Source(Protocol):
    """Files in sorted path order. `excluded` (count by reason) and `gaps` are complete after iteration.

    `total` is the number of files listed, known once iteration has begun.
    """

    @property
    def excluded(self) -> Mapping[str, int]:
        """How many files were left out, by reason."""
        ...

    @property
    def gaps(self) -> Sequence[Gap]:
        """What could not be looked at."""
        ...

    @property
    def total(self) -> int:
        """The number of files listed."""
        ...

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the files. An entry can be read again until `close`."""
        ...

    def close(self) -> None:
        """Let go of processes and files."""
        ...


@runtime_checkable
class Listed(Protocol):
    """A source that can name its files before anybody looks at them, so that each is read where it is analysed."""

    def unread(self) -> Iterator[Entry | Place]:
        """Iterate as the source does, with a place for each file that need not be looked at here."""
        ...


def unread(source: Source) -> Iterator[Entry | Place]:
    """Return the files of any source, unread where it can name them."""
    return source.unread() if isinstance(source, Listed) else iter(source)


class WorkTree:
    """The files below a folder: tracked and untracked-not-ignored ones where there is git, else a walk of our own.

    `exclude` holds gitignore patterns; `paths` restricts to paths and globs below the root; `only` to a set of paths.
    A file that `paths` names is looked at even when ignore rules hide it. `no_ignore` hides nothing but `.git`.

    Raises: UsageError when `root` is no folder, a path does not exist, or a pattern is malformed.
    """

    def __init__(
        self,
        root: Path,
        *,
        exclude: Sequence[str] = (),
        no_ignore: bool = False,
        paths: Sequence[str] = (),
        only: Collection[str] | None = None,
    ) -> None:
        """Prepare to look at `root`; nothing is read before iteration."""
        from secloop.scan.globs import Globs, Selection

        if not Path(root).is_dir():
            raise UsageError(f"{root} is not a folder", "Name an existing folder")
        self.root = Path(os.path.realpath(root))
        self.excluded: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.total = 0
        self._exclude = Globs(exclude, "[scan] exclude pattern") if exclude else None
        self._no_ignore = no_ignore
        self._selection = Selection(paths, [self._exists(path) for path in paths])
        self._only = None if only is None else set(only)

    def __iter__(self) -> Iterator[FileEntry]:
        """Iterate over the files; the listing is made first, contents are read when asked for."""
        for place in self.unread():
            entry = place.entry()
            if entry is not None:
                yield entry

    def unread(self) -> Iterator[Place]:
        """Iterate over the listing without a look at the files; what turns out to be none is counted by the place."""
        self.excluded.clear()
        self.gaps.clear()
        listing = sorted((display(raw), raw) for raw in self._listing())
        self.total = len(listing)
        tree = Regular(str(self.root), time.time_ns() - SETTLED_NS, self.excluded, self.gaps)
        for path, raw in listing:
            if path not in self._selection or not self._in_only(path, raw):
                continue
            if self._exclude is not None and self._exclude.matches(path):
                self.excluded["configuration"] += 1
            else:
                yield Place(path, raw, tree)

    def close(self) -> None:
        """Nothing is held open."""

    def _exists(self, path: str) -> bool:
        if os.path.lexists(self.root / path):
            return True
        if not any(mark in path for mark in "*?["):
            raise UsageError(f"{path} does not exist below {self.root}", "Name an existing path or a glob")
        return False

    def _listing(self) -> set[str]:
        from secloop.scan.walk import list_folder, list_tree

        listing = list_tree(
            self.root, no_ignore=self._no_ignore, enters=lambda folder: self._selection.reaches(display(folder))
        )
        files = set(listing.files)
        for plain in self._selection.plain:
            if (self.root / plain).is_dir() and not any(path.startswith(plain + "/") for path in files):
                hidden = list_folder(self.root, plain)
                files.update(hidden.files)
                listing.unreadable.update(hidden.unreadable)
            elif not (self.root / plain).is_dir():
                files.add(plain)
        hidden_paths = [path for path in listing.ignored if display(path.rstrip("/")) in self._selection]
        if hidden_paths and self._only is None:
            self.excluded["ignored"] = len(hidden_paths)
        for folder, reason in listing.unreadable.items():
            if self._only is None and display(folder) in self._selection:
                self.gaps.append(gap(display(folder), FileClass.FAILED, reason))
        return files

    def _in_only(self, path: str, raw: str) -> bool:
        only = self._only
        if only is None or path in only or raw in only:
            return True
        # A changed submodule is named by its folder.
        at = raw.rfind("/")
        while at > 0:
            if raw[:at] in only:
                return True
            at = raw.rfind("/", 0, at)
        return False


class Regular:
    """The regular files below a folder that no link leads to. What is none of them is counted in `excluded` and `gaps`.

    `settled` is the time, in nanoseconds, before which a file must have changed last for its times to be trusted.
    """

    def __init__(self, root: str, settled: int, excluded: Counter[str], gaps: list[Gap]) -> None:
        """Look below `root`, which is absolute and real."""
        self.root = root
        self.settled = settled
        self.excluded = excluded
        self.gaps = gaps
        self._prefix = root.rstrip(os.sep) + "/"
        self._inside: dict[str, bool] = {"": True}
        self._plain: dict[str, bool] = {}

    def entry(self, path: str, raw: str) -> FileEntry | None:
        """Return the file when it is a regular one inside the root; else count or record why not."""
        location = self._prefix + raw  # for every file, so without pathlib
        folder = raw.rpartition("/")[0]
        try:
            if not (self._inside.get(folder) or self._is_inside(folder)):
                self.excluded["symlink outside root"] += 1
                return None
            info = os.lstat(location)
        except FileNotFoundError:
            return None  # deleted but still tracked
        except (OSError, ValueError) as error:
            self.gaps.append(gap(path, FileClass.FAILED, f"cannot be read: {_why(error)}"))
            return None
        if stat.S_ISREG(info.st_mode):
            return FileEntry(path, info.st_size, location, self._stamp(info, location), self._prefix)
        if stat.S_ISLNK(info.st_mode):
            inside = self._is_within(os.path.realpath(location))
            self.excluded["symlink" if inside else "symlink outside root"] += 1
        elif not stat.S_ISDIR(info.st_mode):
            self.excluded["special file"] += 1
        return None

    def file(self, path: str, raw: str) -> FileEntry:
        """Return a file without a look at it; reading it tells whether it is one."""
        return FileEntry(path, 0, self._prefix + raw, b"", self._prefix)

    def size(self, raw: str) -> int:
        """Return the size in bytes of what is listed as `raw`, 0 where there is nothing."""
        try:
            return os.lstat(self._prefix + raw).st_size
        except (OSError, ValueError):
            return 0

    def _stamp(self, info: os.stat_result, location: str) -> bytes:
        """Return what changes whenever the file does; nothing while it may do so within one tick of the clock."""
        if max(info.st_mtime_ns, info.st_ctime_ns) >= self.settled:
            return b""
        numbers = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        return b"%d %d %d %d %d " % numbers + os.fsencode(location)

    def _is_inside(self, folder: str) -> bool:
        """Return whether no part of `folder` is a link: a tracked folder may have become a link to elsewhere.

        A folder in a roundabout spelling is not either: it is listed under its own name as well.
        """
        known = self._inside.get(folder)
        if known is None:
            parts = folder.split("/")
            known = not _DOTS.intersection(parts) and all(
                self._is_plain("/".join(parts[:n])) for n in range(1, len(parts) + 1)
            )
            self._inside[folder] = known
        return known

    def _is_plain(self, folder: str) -> bool:
        known = self._plain.get(folder)
        if known is None:
            known = self._plain[folder] = not os.path.islink(self._prefix + folder)  # noqa: PTH114 - as above
        return known

    def _is_within(self, target: str) -> bool:
        return target == self.root or target.startswith(self._prefix)


class Place(NamedTuple):
    """A file that is listed and not looked at: its path as shown, its path as the system has it, and what it is in."""

    path: str
    raw: str
    tree: Regular

    def entry(self) -> FileEntry | None:
        """Return the file when it is a regular one inside the root; else count or record why not."""
        return self.tree.entry(self.path, self.raw)

    def file(self) -> FileEntry:
        """Return the file, which has been looked at elsewhere and was a regular one."""
        return self.tree.file(self.path, self.raw)

    def size(self) -> int:
        """Return how many bytes there are to be read, 0 where nobody knows."""
        return self.tree.size(self.raw)


class _Objects:
    """Files that git holds. `exclude` and `paths` are those of WorkTree; a path need not exist on disk."""

    def __init__(self, root: Path, exclude: Sequence[str], paths: Sequence[str]) -> None:
        from secloop.scan.git import Git
        from secloop.scan.globs import Globs, Selection

        self._git = Git(root)
        self._reader = self._git.reader()
        self._exclude = Globs(exclude, "[scan] exclude pattern") if exclude else None
        self._selection = Selection(paths, [not any(mark in path for mark in "*?[") for path in paths])
        self.excluded: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.total = 0

    def __iter__(self) -> Iterator[BlobEntry]:
        """Iterate over the files by path."""
        self.excluded.clear()
        self.gaps.clear()
        listed = self._listing()
        self.total = len(listed)
        yield from _blobs([row for row in listed if self._wanted(display(row[0]))], self._reader, self.gaps)

    def close(self) -> None:
        """Stop the git process that reads objects."""
        self._reader.close()

    def _listing(self) -> Sequence[tuple[str, str, int | None]]:
        raise NotImplementedError

    def _wanted(self, path: str) -> bool:
        if path not in self._selection:
            return False
        if self._exclude is not None and self._exclude.matches(path):
            self.excluded["configuration"] += 1
            return False
        return True


class Index(_Objects):
    """The staged content of files that differ from HEAD, so what a commit would add. Raises: GitError."""

    def __init__(self, root: Path, *, exclude: Sequence[str] = (), paths: Sequence[str] = ()) -> None:
        """Read the index of the repository that holds `root`."""
        super().__init__(root, exclude, paths)

    def _listing(self) -> Sequence[tuple[str, str, int | None]]:
        staged = self._git.staged()
        sizes = self._git.sizes(oid for _, oid in staged)
        return [(path, oid, sizes.get(oid)) for path, oid in staged]


class Commit(_Objects):
    """The files of a commit's tree, below the root. Raises: GitError, UsageError when `ref` is unknown."""

    def __init__(self, root: Path, ref: str, *, exclude: Sequence[str] = (), paths: Sequence[str] = ()) -> None:
        """Read the tree of `ref` in the repository that holds `root`."""
        super().__init__(root, exclude, paths)
        self.commit = self._git.resolve(ref)

    def _listing(self) -> Sequence[tuple[str, str, int | None]]:
        return self._git.tree(self.commit)


class MemorySource:
    """Files held in memory: path -> content. Ships so that users can test their own sensors and rules."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Hold `files`."""
        self._files = dict(files)
        self.excluded: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.total = 0

    def __iter__(self) -> Iterator[BlobEntry]:
        """Iterate over the files by path."""
        self.total = len(self._files)
        for path in sorted(self._files):
            data = self._files[path]
            yield BlobEntry(path, len(data), partial(_cut, data))

    def close(self) -> None:
        """Nothing is held open."""


class FileEntry:
    """A regular file on disk. It is opened without following links and without waiting, whatever it has become."""

    __slots__ = ("_below", "_complete", "_fd", "_head", "_location", "path", "size", "stamp")

    def __init__(self, path: str, size: int, location: str, stamp: bytes = b"", below: str = "") -> None:
        """Refer to the file at `location`, known as `path`. It is not read where its place does not start with `below`.

        `below` ends in a slash.
        """
        self.path = path
        self.size = size
        self.stamp = stamp
        self._location = location
        self._below = below
        self._fd = -1
        self._head = b""
        self._complete = False

    def __enter__(self) -> Self:
        """Return self; `close` runs at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def head(self) -> bytes:
        """Return the first bytes. Raises: OSError."""
        if self._fd >= 0 or self._complete:
            self.close()
        self._fd = os.open(self._location, _OPEN)
        info = os.fstat(self._fd)
        if not stat.S_ISREG(info.st_mode):
            self.close()
            raise OSError(0, "no longer a regular file")
        if self._below and not _lies_below(self._fd, self._below):
            self.close()
            raise OSError(0, "a folder above it became a link out of the root")
        self.size = info.st_size
        want = self.size + 1 if self.size < _SMALL else HEAD_BYTES
        self._head = os.read(self._fd, want)
        self._complete = self.size < _SMALL and len(self._head) == self.size
        if self._complete:
            self._close_fd()
        return self._head

    def read(self, limit: int | None = None) -> bytes:
        """Return the content, at most `limit` + 1 bytes of it. Raises: OSError."""
        if self._fd < 0 and not self._complete:
            self.head()
        if self._complete:
            return _cut(self._head, limit)
        parts, have = [self._head], len(self._head)
        while limit is None or have <= limit:
            want = max(self.size - have, HEAD_BYTES) + 1
            chunk = os.read(self._fd, want if limit is None else min(want, limit + 1 - have))
            if not chunk:
                break
            parts.append(chunk)
            have += len(chunk)
        self._close_fd()
        return _cut(b"".join(parts), limit)

    def close(self) -> None:
        """Close the file and forget its head."""
        self._close_fd()
        self._head, self._complete = b"", False

    def _close_fd(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class BlobEntry:
    """A file whose content comes from a function, which gets the limit of `read`."""

    __slots__ = ("_fetch", "path", "size", "stamp")

    def __init__(self, path: str, size: int, fetch: Callable[[int | None], bytes], stamp: bytes = b"") -> None:
        """Know the file as `path`; `fetch` returns its content."""
        self.path = path
        self.size = size
        self.stamp = stamp
        self._fetch = fetch

    def head(self) -> bytes:
        """Return the first bytes; nothing of a file that is too large to hold. Raises: OSError."""
        return self._fetch(None)[:_SMALL] if self.size <= _MAX_BLOB_HEAD else b""

    def read(self, limit: int | None = None) -> bytes:
        """Return the content, at most `limit` + 1 bytes of it. Raises: OSError."""
        return self._fetch(limit)

    def close(self) -> None:
        """Nothing is held open."""


_MAX_BLOB_HEAD = 32 << 20
"""Git gives an object whole or not at all: above this many bytes the head of one is not worth it."""


def display(raw: str) -> str:
    r"""Return a path as findings show it: bytes of the name that are not UTF-8 as `\\xNN`."""
    if raw.isascii():
        return raw
    return os.fsencode(raw).decode("utf-8", "backslashreplace")


def gap(path: str, outcome: FileClass, reason: str) -> Gap:
    """Return a gap that concerns every sensor."""
    return Gap(file=path, sensor=WALK, outcome=outcome, reason=reason)


def _blobs(rows: Sequence[tuple[str, str, int | None]], reader: BlobReader, gaps: list[Gap]) -> Iterator[BlobEntry]:
    """Yield an entry for each (path, object id, size); the object is fetched once for `head` and `read` together."""
    last: tuple[str, bytes] = ("", b"")

    def fetch(oid: str) -> bytes:
        nonlocal last
        if last[0] != oid:
            data = reader.get(oid)
            if data is None:
                raise OSError(0, "object missing")
            last = (oid, data)
        return last[1]

    for raw, oid, size in sorted((display(row[0]), row[1], row[2] if row[2] is not None else -1) for row in rows):
        if size < 0:
            gaps.append(gap(raw, FileClass.FAILED, "object missing from the repository"))
        else:
            yield BlobEntry(raw, size, partial(_fetch_cut, fetch, oid), oid.encode())


def _cut(data: bytes, limit: int | None) -> bytes:
    return data if limit is None else data[: limit + 1]


def _fetch_cut(fetch: Callable[[str], bytes], oid: str, limit: int | None) -> bytes:
    return _cut(fetch(oid), limit)


def _lies_below(fd: int, below: str) -> bool:
    """Return whether the place of an open file starts with `below`; where the system does not tell, what was checked.

    O_NOFOLLOW is about the last part of a path only: a folder may be swapped for a link after it was checked.
    """
    try:
        place = os.readlink(f"/proc/self/fd/{fd}")  # noqa: PTH115 - for every file
    except OSError:
        return True
    return place.startswith(below)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
