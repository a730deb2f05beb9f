"""The advisory index on disk: built once per state of its sources, opened in milliseconds.

It is a SQLite file below `XDG_CACHE_HOME/secloop/advisories`, named by source paths and fingerprint. It is written
beside its final name and moved there when complete, so a killed build leaves the old index as it was. A damaged file is
rebuilt.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from secloop.model.run import Feed
from secloop.stages.build.advisories import sources
from secloop.stages.build.advisories.base import Group
from secloop.stages.build.advisories.groups import by_package
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.advisories.starter import completed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secloop.stages.build.advisories.base import Advisory, Exploitation

FORMAT = 3
"""Goes into the file's name; a change of what is stored, or of the starter set, raises it."""

_SCHEMA = """
CREATE TABLE package (ecosystem TEXT, name TEXT, groups BLOB, PRIMARY KEY (ecosystem, name)) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
"""
_groups = msgspec.msgpack.Decoder(tuple[Group, ...])
_feeds = msgspec.msgpack.Decoder(tuple[Feed, ...])


class SqliteIndex:
    """An `AdvisoryIndex` in a SQLite file, read only. Raises: sqlite3.Error, msgspec.DecodeError when damaged."""

    def __init__(self, path: Path) -> None:
        """Open `path` and read its feeds, which also shows that it is complete."""
        # Index files are replaced, never changed, so no query needs a lock.
        self._db = sqlite3.connect(f"file:{_uri(path)}?immutable=1", uri=True)
        try:
            row = self._db.execute("SELECT value FROM meta WHERE key = 'feeds'").fetchone()
            self._feeds = _feeds.decode(row[0] if row else b"")
        except (sqlite3.Error, msgspec.DecodeError):
            self._db.close()
            raise

    def groups(self, ecosystem: str, package: str) -> tuple[Group, ...]:
        """Return the alias groups of a package."""
        query = "SELECT groups FROM package WHERE ecosystem = ? AND name = ?"
        row = self._db.execute(query, (ecosystem, package)).fetchone()
        return _groups.decode(row[0]) if row else ()

    def feeds(self) -> tuple[Feed, ...]:
        """Return what the index was built from."""
        return self._feeds

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def open_index(paths: Sequence[Path], cache: Path | None = None) -> SqliteIndex | MemoryIndex:
    """Return the index over advisory sources, building it when no file fits their present state.

    `cache` is the folder for index files, by default below XDG_CACHE_HOME. Where it cannot be written, the index is
    built in memory and its feeds say so. Raises: UsageError for a source that cannot be read.
    """
    folder = cache or default_folder()
    stem = hashlib.blake2b("\0".join(str(path) for path in paths).encode(), digest_size=8).hexdigest()
    file = folder / f"{stem}-{FORMAT}-{sources.fingerprint(paths)}.db"
    if file.is_file():
        try:
            return SqliteIndex(file)
        except (sqlite3.Error, msgspec.DecodeError):
            pass  # damaged: what can be built is never trusted over what it was built from
    advisories, exploitation, feeds = _read(paths)
    try:
        _write(file, by_package(advisories, exploitation), feeds)
        _forget(folder, stem, file)
        return SqliteIndex(file)
    except (OSError, sqlite3.Error):
        note = "read anew in each run, because the cache folder cannot be written"
        return MemoryIndex(advisories, exploitation, tuple(msgspec.structs.replace(f, note=note) for f in feeds))


def default_folder() -> Path:
    """Return the folder of index files: `$XDG_CACHE_HOME/secloop/advisories`, `~/.cache` if it is not absolute."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    base = base if os.path.isabs(base) else str(Path.home() / ".cache")  # noqa: PTH117 - a string is asked
    return Path(base) / "secloop" / "advisories"


def _read(paths: Sequence[Path]) -> tuple[list[Advisory], dict[str, Exploitation], tuple[Feed, ...]]:
    advisories: list[Advisory] = []
    exploitation: dict[str, Exploitation] = {}
    feeds = []
    for path in paths:
        read = sources.read_source(path)
        advisories += (completed(advisory) for advisory in read.advisories)
        exploitation |= read.exploitation
        note = f"{len(read.problems)} unreadable records, first: {read.problems[0]}" if read.problems else ""
        feeds.append(Feed(name="osv", date=read.date, digest=sources.content_digest(path), note=note))
    return advisories, exploitation, tuple(feeds)


def _write(file: Path, groups: Mapping[tuple[str, str], tuple[Group, ...]], feeds: tuple[Feed, ...]) -> None:
    """Write an index file in one step. Raises: OSError, sqlite3.Error."""
    encode = msgspec.msgpack.encode
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        db = sqlite3.connect(partial, isolation_level=None)
        try:
            db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; {_SCHEMA}")
            rows = ((*own, encode(found)) for own, found in sorted(groups.items()))
            db.executemany("INSERT INTO package VALUES (?, ?, ?)", rows)
            db.execute("INSERT INTO meta VALUES ('feeds', ?)", (encode(feeds),))
            db.execute("COMMIT")
        finally:
            db.close()
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _forget(folder: Path, stem: str, keep: Path) -> None:
    """Remove the index files of earlier states of the same sources."""
    for old in folder.glob(f"{stem}-*.db"):
        if old != keep:
            old.unlink(missing_ok=True)


def _uri(path: Path) -> str:
    """Return `path` for a SQLite URI: only `?`, `#` and `%` have a meaning there."""
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
