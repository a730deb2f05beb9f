"""A feeds folder on disk: installing sources and building the index, so that a reader always finds a whole state.

1. Under a lock, sources are read and put below `files/<start of digest>/`, which no reader looks at yet.
2. The index over all sources is written beside them, under a name of its own.
3. The manifest is replaced: from here on the new state counts. A kill before it leaves the old one as it was.
4. What the manifest no longer names is removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from secloop.model.errors import UsageError
from secloop.stages.build.advisories import sources
from secloop.stages.build.advisories.feeds.base import (
    Manifest,
    StoredFeed,
    is_feeds_folder,
    read_manifest,
    shown,
    write_manifest,
)
from secloop.stages.build.advisories.index import FORMAT, Content, SqliteIndex, open_index, problem_note, write_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.stages.build.advisories.memory import MemoryIndex

_FILES = "files"
_INCOMING = "incoming"
_LOCK = "lock"
_CHUNK = 1 << 20
_DIGITS = 16


class Fresh(msgspec.Struct, kw_only=True, frozen=True):
    """A source that is to be installed: a file or folder at `path`, which is moved when it lies in `incoming`.

    `expected` is the SHA-256 that it must have, empty for any. `date` is the day it is known to stand for, empty where
    only its content says that.
    """

    name: str
    source: str
    path: Path
    expected: str = ""
    etag: str = ""
    modified: str = ""
    date: str = ""


class FeedFolder:
    """The feeds below `path`. Reading needs no lock; `install`, `touch` and `remove` take one."""

    def __init__(self, path: Path) -> None:
        """Name the folder; it need not exist."""
        self.path = path
        self._read: dict[Path, sources.Import] = {}

    @property
    def manifest(self) -> Manifest | None:
        """The manifest, None where nothing was stored yet. Raises: UsageError when it is damaged."""
        return read_manifest(self.path)

    @property
    def incoming(self) -> Path:
        """The folder for what is being fetched; made when asked for. Raises: UsageError."""
        folder = self.path / _INCOMING
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        return folder

    def open_index(self) -> SqliteIndex | MemoryIndex:
        """Return the index over what is stored. One that is damaged or of another version of secloop is built anew.

        Raises: UsageError when nothing is stored, or what is stored cannot be read.
        """
        manifest = self._written()
        for _ in range(2):  # a writer may have replaced the state since the manifest was read
            try:
                return SqliteIndex(self.path / manifest.index)
            except (sqlite3.Error, msgspec.DecodeError):
                manifest = self._written()
        try:
            with self.locked():
                return SqliteIndex(self.path / self._rebuild(manifest, {}).index)
        except (OSError, sqlite3.Error, UsageError):
            return self._content(manifest.feeds, {}).in_memory(shown(manifest.feeds))

    def _written(self) -> Manifest:
        """Return the manifest; one of another version of secloop names an index that is not there."""
        manifest = self.manifest
        if manifest is None:
            raise UsageError(f"There are no feeds in {self.path}", "Run secloop feeds pull or secloop feeds import")
        return manifest if _is_current(manifest) else msgspec.structs.replace(manifest, index="index-of-old.db")

    def install(self, fresh: Sequence[Fresh], now: str) -> Manifest:
        """Store sources, each in place of the one of its name, and index all; return the new manifest.

        `now` is RFC 3339 UTC. Raises: UsageError for a source that is unreadable or not the expected one; nothing is
        changed then.
        """
        try:
            with self.locked():
                before = self.manifest
                known = {feed.name: feed for feed in before.feeds} if before else {}
                read = {one.name: self._read[one.path] if one.path in self._read else self.check(one) for one in fresh}
                known |= {one.name: self._store(one, read[one.name], now) for one in fresh}
                feeds = tuple(known[name] for name in sorted(known))
                return self._rebuild(Manifest(index="", feeds=feeds, made=now), read)
        except (OSError, sqlite3.Error) as error:
            raise self._unwritable(error) from error
        finally:
            self._read.clear()

    def check(self, one: Fresh) -> sources.Import:
        """Return what a source holds, if it is the expected one; `install` does not read it again.

        Raises: UsageError.
        """
        digest = digest_of(one.path)
        if one.expected and digest != one.expected.lower().removeprefix("sha256:"):
            raise UsageError(
                f"Feed {one.name} has the SHA-256 {digest}, not the expected {one.expected}", "Do not use it; ask why"
            )
        self._read[one.path] = sources.read_source(one.path)
        return self._read[one.path]

    def remove(self, names: Iterable[str], now: str) -> Manifest:
        """Remove feeds by name; return the new manifest. Raises: UsageError."""
        gone = set(names)
        try:
            with self.locked():
                before = self.manifest
                feeds = tuple(feed for feed in (before.feeds if before else ()) if feed.name not in gone)
                return self._rebuild(Manifest(index="", feeds=feeds, made=now), {})
        except (OSError, sqlite3.Error) as error:
            raise self._unwritable(error) from error

    def touch(self, names: Iterable[str], now: str) -> Manifest | None:
        """Note that feeds were found current at `now`; their content stays. Raises: UsageError."""
        wanted = set(names)
        try:
            with self.locked():
                manifest = self.manifest
                if manifest is None or not wanted:
                    return manifest
                feeds = tuple(
                    msgspec.structs.replace(feed, checked=now, date=max(feed.date, now[:10]))
                    if feed.name in wanted
                    else feed
                    for feed in manifest.feeds
                )
                return self._rebuild(msgspec.structs.replace(manifest, feeds=feeds, made=now), {})
        except (OSError, sqlite3.Error) as error:
            raise self._unwritable(error) from error

    def damaged(self) -> list[str]:
        """Return the names of feeds whose bytes no longer have the digest that was recorded."""
        manifest = self.manifest
        feeds = manifest.feeds if manifest else ()
        return [feed.name for feed in feeds if _digest_or_none(self.path / feed.file) != feed.sha256]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time write. Raises: OSError, UsageError when another one is at it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _LOCK).open("a") as file:
            try:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UsageError(f"Another secloop is writing to {self.path}", "Wait until it is done") from error
            except ImportError:  # Windows: the manifest is still replaced in one step
                pass
            yield

    def _store(self, one: Fresh, read: sources.Import, now: str) -> StoredFeed:
        """Put a source that was read into its place. Raises: OSError."""
        digest = digest_of(one.path)
        file = f"{_FILES}/{digest[:_DIGITS]}/{_safe(one.path.name)}"
        self._place(one.path, self.path / file)
        return StoredFeed(
            name=one.name,
            kind=read.kind,
            source=one.source,
            file=file,
            sha256=digest,
            size=_size(self.path / file),
            date=min(one.date, now[:10]) or read.date,
            fetched=now,
            checked=now,
            etag=one.etag,
            modified=one.modified,
            count=read.count,
            note=problem_note(read),
        )

    def _place(self, source: Path, target: Path) -> None:
        """Move what lies in `incoming`, copy anything else. A place that exists holds the same bytes."""
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.parent == self.path / _INCOMING:
            source.replace(target)
            return
        partial = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        if source.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            for file in sorted(source.iterdir()):
                if file.name.endswith((".gz", ".json")) and file.is_file():
                    shutil.copyfile(file, partial / file.name)
        else:
            shutil.copyfile(source, partial)
        partial.replace(target)

    def _rebuild(self, wanted: Manifest, read: dict[str, sources.Import]) -> Manifest:
        """Write the index over the feeds of `wanted`, then the manifest that names it; return that."""
        state = hashlib.sha256(msgspec.msgpack.encode((wanted.feeds, wanted.made))).hexdigest()[:_DIGITS]
        manifest = msgspec.structs.replace(wanted, index=f"index-{FORMAT}-{state}.db")
        before = self.manifest
        if before and _is_current(before) and _same_content(before, wanted) and self._reuse(before, manifest):
            pass
        else:
            write_index(self.path / manifest.index, self._content(wanted.feeds, read), shown(wanted.feeds))
        write_manifest(self.path, manifest)
        self._forget(manifest)
        return manifest

    def _reuse(self, before: Manifest, after: Manifest) -> bool:
        """Copy the index of equal sources under its new name, with new dates; return whether that worked."""
        target = self.path / after.index
        partial = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        try:
            shutil.copyfile(self.path / before.index, partial)
            with sqlite3.connect(partial) as db:
                db.execute(
                    "UPDATE meta SET value = ? WHERE key = 'feeds'", (msgspec.msgpack.encode(shown(after.feeds)),)
                )
            db.close()
            SqliteIndex(partial).close()
            partial.replace(target)
        except (OSError, sqlite3.Error, msgspec.DecodeError):
            partial.unlink(missing_ok=True)
            return False
        return True

    def _content(self, feeds: Sequence[StoredFeed], read: dict[str, sources.Import]) -> Content:
        content = Content()
        for feed in feeds:
            content.add(read[feed.name] if feed.name in read else sources.read_source(self.path / feed.file))
        return content

    def _forget(self, manifest: Manifest) -> None:
        """Remove indexes and files that the manifest does not name."""
        kept = {Path(feed.file).parts[1] for feed in manifest.feeds}
        for old in self.path.glob("index-*.db"):
            if old.name != manifest.index:
                with suppress(OSError):  # another process may have it open, where systems mind that
                    old.unlink()
        for old in (self.path / _FILES).glob("*"):
            if old.name not in kept:
                shutil.rmtree(old, ignore_errors=True)

    def _unwritable(self, error: Exception) -> UsageError:
        return UsageError(f"Feeds cannot be stored in {self.path} ({error})", "Name another folder with --feeds")


def open_sources(paths: Sequence[Path], root: str | Path = "") -> SqliteIndex | MemoryIndex:
    """Return the index over advisory sources: that of a feeds folder where it is the only one, else one over all.

    Of a feeds folder inside `root`, the scanned tree, only the sources are read: an index could come with the tree.
    Raises: UsageError for a source that cannot be read.
    """
    inside = bool(root) and paths[0].resolve().is_relative_to(Path(root).resolve())
    if len(paths) == 1 and not inside and is_feeds_folder(paths[0]):
        return FeedFolder(paths[0]).open_index()
    return open_index([file for path in paths for file in _expanded(path)], root=root)


def _expanded(path: Path) -> list[Path]:
    """Return the stored files of a feeds folder, any other source as it is."""
    manifest = read_manifest(path) if is_feeds_folder(path) else None
    return [path / feed.file for feed in manifest.feeds] if manifest else [path]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, of a folder over its names and bytes, as hex digits. Raises: OSError."""
    if path.is_dir():
        return sources.content_digest(path).removeprefix("sha256:")
    h = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            h.update(chunk)
    return h.hexdigest()


def _digest_or_none(path: Path) -> str | None:
    try:
        return digest_of(path)
    except OSError:
        return None


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.iterdir())
    return path.stat().st_size


def _same_content(a: Manifest, b: Manifest) -> bool:
    return [(feed.name, feed.sha256) for feed in a.feeds] == [(feed.name, feed.sha256) for feed in b.feeds]


def _is_current(manifest: Manifest) -> bool:
    """Return whether the index is one that this version of secloop has made."""
    return manifest.index.startswith(f"index-{FORMAT}-")


def _safe(name: str) -> str:
    """Return a file name for the folder, of the characters that every system takes."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name).lstrip(".")
    return kept[-80:] or "feed"
