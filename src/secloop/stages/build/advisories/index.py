"""The advisory index on disk: built once per state of its sources, opened in milliseconds.

It is a SQLite file below `XDG_CACHE_HOME/secloop/advisories`, named by source paths and fingerprint. It is written
beside its final name and moved there when complete, so a killed build leaves the old index as it was. A damaged file is
rebuilt.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from secloop.model.run import Feed
from secloop.stages.build.advisories import sources
from secloop.stages.build.advisories.base import Group
from secloop.stages.build.advisories.endoflife import Cycle
from secloop.stages.build.advisories.exploitation import joined
from secloop.stages.build.advisories.groups import by_package
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.advisories.starter import completed
from secloop.stages.build.versions.base import ECOSYSTEMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secloop.stages.build.advisories.base import Advisory, Exploitation

_VERSION = 8
"""Raised by a change of what is stored, or of the starter set."""

FORMAT = f"{_VERSION}{zlib.crc32(','.join(ECOSYSTEMS).encode()):08x}"
"""Goes into the file's name, with the ecosystems that can be ordered: a new one needs its advisories."""

_SCHEMA = """
CREATE TABLE package (ecosystem TEXT, name TEXT, groups BLOB, PRIMARY KEY (ecosystem, name)) WITHOUT ROWID;
CREATE TABLE product (name TEXT PRIMARY KEY, cycles BLOB) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
"""
_KEPT = 4_096
"""Packages whose groups are kept in memory: a tree names most of its packages in more than one file."""
_groups = msgspec.msgpack.Decoder(tuple[Group, ...])
_feeds = msgspec.msgpack.Decoder(tuple[Feed, ...])
_names = msgspec.msgpack.Decoder(tuple[str, ...])
_cycles = msgspec.msgpack.Decoder(tuple[Cycle, ...])


@dataclass(slots=True)
class Content:
    """What an index is made of."""

    advisories: list[Advisory] = field(default_factory=list)
    exploitation: dict[str, Exploitation] = field(default_factory=dict)
    vectors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cycles: dict[str, tuple[Cycle, ...]] = field(default_factory=dict)

    def add(self, read: sources.Import) -> None:
        """Take what a source holds; facts on one CVE or product are joined, whatever the order of the sources."""
        self.advisories += read.advisories
        known = self.exploitation
        both = known.keys() & read.exploitation.keys()
        self.exploitation = known | read.exploitation | {c: joined(known[c], read.exploitation[c]) for c in both}
        self.vectors |= read.vectors
        for cycle in read.cycles:
            own = (*self.cycles.get(cycle.product, ()), cycle)
            self.cycles[cycle.product] = tuple(dict.fromkeys(own))

    def rated(self) -> list[Advisory]:
        """Return the advisories; those without a rating have that of the CVSS feed, else of the starter set."""
        return [completed(_with_vectors(advisory, self.vectors)) for advisory in self.advisories]

    def in_memory(self, feeds: tuple[Feed, ...]) -> MemoryIndex:
        """Return an index in memory."""
        return MemoryIndex(self.rated(), self.exploitation, feeds, self.cycles)


class SqliteIndex:
    """An `AdvisoryIndex` in a SQLite file, read only. Raises: sqlite3.Error, msgspec.DecodeError when damaged."""

    def __init__(self, path: Path) -> None:
        """Open `path` and read its feeds, which also shows that it is complete."""
        # Index files are replaced, never changed, so no query needs a lock.
        self._db = sqlite3.connect(f"file:{_uri(path)}?immutable=1", uri=True)
        self._kept = lru_cache(maxsize=_KEPT)(self._looked_up)
        try:
            row = self._db.execute("SELECT value FROM meta WHERE key = 'feeds'").fetchone()
            self._feeds = _feeds.decode(row[0] if row else b"")
        except (sqlite3.Error, msgspec.DecodeError):
            self._db.close()
            raise

    def groups(self, ecosystem: str, package: str) -> tuple[Group, ...]:
        """Return the alias groups of a package."""
        return self._kept(ecosystem, package)

    def _looked_up(self, ecosystem: str, package: str) -> tuple[Group, ...]:
        query = "SELECT groups FROM package WHERE ecosystem = ? AND name = ?"
        row = self._db.execute(query, (ecosystem, package)).fetchone()
        return _groups.decode(row[0]) if row else ()

    def feeds(self) -> tuple[Feed, ...]:
        """Return what the index was built from."""
        return self._feeds

    def ecosystems(self) -> frozenset[str]:
        """Return the ecosystems of its advisories."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'ecosystems'").fetchone()
        return frozenset(_names.decode(row[0])) if row else frozenset()

    def cycles(self, product: str) -> tuple[Cycle, ...]:
        """Return the lines of releases of a product, by its name on endoflife.date."""
        row = self._db.execute("SELECT cycles FROM product WHERE name = ?", (product,)).fetchone()
        return _cycles.decode(row[0]) if row else ()

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def open_index(paths: Sequence[Path], cache: Path | None = None, *, root: str | Path = "") -> SqliteIndex | MemoryIndex:
    """Return the index over advisory sources, building it when no file fits their present state.

    `cache` is the folder for index files, by default below XDG_CACHE_HOME. Where it cannot be written, or lies inside
    `root`, the scanned tree (a repository could bring an index along that knows of nothing), the index is built in
    memory and its feeds say so. Raises: UsageError for a source that cannot be read.
    """
    folder = cache or default_folder()
    if root and folder.resolve().is_relative_to(Path(root).resolve()):
        content, feeds = _read(paths)
        note = "read anew in each run, because the cache folder lies inside the scanned tree"
        return content.in_memory(tuple(msgspec.structs.replace(f, note=note) for f in feeds))
    stem = hashlib.blake2b("\0".join(str(path) for path in paths).encode(), digest_size=8).hexdigest()
    file = folder / f"{stem}-{FORMAT}-{sources.fingerprint(paths)}.db"
    if file.is_file():
        try:
            return SqliteIndex(file)
        except (sqlite3.Error, msgspec.DecodeError):
            pass  # damaged: what can be built is never trusted over what it was built from
    content, feeds = _read(paths)
    try:
        write_index(file, content, feeds)
        _forget(folder, stem, file)
        return SqliteIndex(file)
    except (OSError, sqlite3.Error):
        note = "read anew in each run, because the cache folder cannot be written"
        return content.in_memory(tuple(msgspec.structs.replace(f, note=note) for f in feeds))


def default_folder() -> Path:
    """Return the folder of index files: `$XDG_CACHE_HOME/secloop/advisories`, `~/.cache` if it is not absolute."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    base = base if os.path.isabs(base) else str(Path.home() / ".cache")  # noqa: PTH117 - a string is asked
    return Path(base) / "secloop" / "advisories"


def _read(paths: Sequence[Path]) -> tuple[Content, tuple[Feed, ...]]:
    content = Content()
    feeds = []
    for path in paths:
        read = sources.read_source(path)
        content.add(read)
        name = sources.OSV if read.advisories else read.kind
        feeds.append(Feed(name=name, date=read.date, digest=sources.content_digest(path), note=problem_note(read)))
    return content, tuple(feeds)


def problem_note(read: sources.Import) -> str:
    """Return what a feed's note says of records that could not be read."""
    return f"{len(read.problems)} unreadable records, first: {read.problems[0]}" if read.problems else ""


def _with_vectors(advisory: Advisory, vectors: Mapping[str, tuple[str, ...]]) -> Advisory:
    if advisory.vectors or advisory.severity or not vectors:
        return advisory
    found = (vectors[name] for name in (advisory.id, *advisory.aliases) if name in vectors)
    return msgspec.structs.replace(advisory, vectors=tuple(dict.fromkeys(v for some in found for v in some)))


def write_index(file: Path, content: Content, feeds: tuple[Feed, ...]) -> None:
    """Write an index file in one step. Raises: OSError, sqlite3.Error."""
    encode = msgspec.msgpack.encode
    groups = by_package(content.rated(), content.exploitation)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        db = sqlite3.connect(partial, isolation_level=None)
        try:
            db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; {_SCHEMA}")
            rows = ((*own, encode(found)) for own, found in sorted(groups.items()))
            db.executemany("INSERT INTO package VALUES (?, ?, ?)", rows)
            products = ((name, encode(cycles)) for name, cycles in sorted(content.cycles.items()))
            db.executemany("INSERT INTO product VALUES (?, ?)", products)
            db.execute("INSERT INTO meta VALUES ('feeds', ?)", (encode(feeds),))
            names = sorted({ecosystem for ecosystem, _ in groups})
            db.execute("INSERT INTO meta VALUES ('ecosystems', ?)", (encode(names),))
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
