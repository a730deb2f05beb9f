"""Results of former scans by content, so that a second run costs what changed.

A file of its own under XDG_CACHE_HOME, never one a repository brings along. Keys are digests; values are what a sensor
said, in msgpack: no file content is kept. It may be deleted at any time, is rebuilt when corrupt, and a scan without it
is only slower.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMAT = 1
"""Raised when the tables change; a cache of another format is rebuilt."""

_MAX_BYTES = 256 << 20
_MAX_VALUE = 1 << 20
"""Bytes of one value; a larger one costs more to keep than to find again."""

_PENDING = 4_000
"""Rows that wait to be written. The last ones are written when there is nothing else left to do, so they are few."""

_PENDING_BYTES = 8 << 20
_CHUNK = 500
_DAY = 86400

_SCHEMA = """
CREATE TABLE result (key BLOB PRIMARY KEY, value BLOB NOT NULL, day INTEGER NOT NULL) WITHOUT ROWID;
"""


class Cache:
    """A bounded map from digests to bytes; a context manager. An error of the database turns it off, never the scan.

    `note` says in one line why it was turned off.
    """

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES) -> None:
        """Open or make the file at `path`. Raises: OSError, sqlite3.Error when it can be neither read nor rebuilt."""
        self.path = path
        self.note = ""
        self._max_bytes = max_bytes
        self._today = int(time.time() // _DAY)
        self._pending: dict[bytes, bytes] = {}
        self._stale: list[bytes] = []
        self._waiting = 0
        self._new = False  # then nothing needs to be looked up
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._db: sqlite3.Connection | None = self._open()
        except sqlite3.DatabaseError as error:
            if not _is_broken(error):
                raise
            _remove(path)
            self._db = self._open()

    @property
    def results(self) -> str:
        """The file in which a `Lookup` finds something, empty where there is nothing to be found yet."""
        return "" if self._db is None or self._new else str(self.path)

    def __enter__(self) -> Self:
        """Return self; `close` runs at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is pending and close."""
        self.close()

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the values of the keys that are present."""
        if self._db is None or self._new:
            return {}
        try:
            return _fetch(self._db, keys, self._today, self._stale)
        except sqlite3.Error as error:
            self._turn_off(error)
            return {}

    def put(self, key: bytes, value: bytes) -> None:
        """Remember `value`; written in batches."""
        if self._db is None or len(value) > _MAX_VALUE:
            return
        self._pending[key] = value
        self._waiting += len(value)
        if len(self._pending) >= _PENDING or self._waiting >= _PENDING_BYTES:
            self.flush()

    def put_many(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Remember (key, value) rows."""
        if self._db is None:
            return
        for key, value in rows:
            if len(value) <= _MAX_VALUE:
                self._pending[key] = value
                self._waiting += len(value)
        if len(self._pending) >= _PENDING or self._waiting >= _PENDING_BYTES:
            self.flush()

    def renew(self, keys: Iterable[bytes]) -> None:
        """Note that others have used the values of these keys today."""
        self._stale.extend(keys)

    def flush(self) -> None:
        """Write what is pending, and drop the oldest entries when over the size cap."""
        if self._db is None or not (self._pending or self._stale):
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            rows = ((key, value, self._today) for key, value in self._pending.items())
            self._db.executemany("INSERT OR REPLACE INTO result VALUES (?, ?, ?)", rows)
            self._db.executemany("UPDATE result SET day = ? WHERE key = ?", ((self._today, key) for key in self._stale))
            self._db.execute("COMMIT")
            self._pending.clear()
            self._stale.clear()
            self._waiting, self._new = 0, False
            self._shrink(self._db)
        except sqlite3.Error as error:
            self._turn_off(error)

    def close(self) -> None:
        """Write what is pending and close."""
        self.flush()
        if self._db is not None:
            self._db.close()
            self._db = None

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=2, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = OFF")  # losing it costs one slow scan; corruption is noticed and rebuilt
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version != _FORMAT:
                db.execute("BEGIN IMMEDIATE")
                db.execute("DROP TABLE IF EXISTS result")
                db.execute(_SCHEMA)
                db.execute(f"PRAGMA user_version = {_FORMAT}")
                db.execute("COMMIT")
            self._new = db.execute("SELECT 1 FROM result LIMIT 1").fetchone() is None
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _shrink(self, db: sqlite3.Connection) -> None:
        """Drop the entries used longest ago until the file is well under its cap; days are the unit of use."""
        while self._size(db) > self._max_bytes:
            oldest = db.execute("SELECT min(day) FROM result").fetchone()[0]
            if oldest is None or oldest == self._today:
                half = "SELECT key FROM result LIMIT (SELECT count(*) / 2 + 1 FROM result)"
                db.execute(f"DELETE FROM result WHERE key IN ({half})")  # noqa: S608 - a constant
            else:
                db.execute("DELETE FROM result WHERE day = ?", (oldest,))
            if oldest is None:
                return

    def _size(self, db: sqlite3.Connection) -> int:
        pages, free = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
        return int((pages - free) * db.execute("PRAGMA page_size").fetchone()[0])

    def _turn_off(self, error: sqlite3.Error) -> None:
        """Go on without; remove the file when its content is broken, so that the next run starts a fresh one."""
        self.note = f"the scan cache at {self.path} was turned off ({error})"
        if self._db is not None:
            self._db.close()
            self._db = None
        self._pending.clear()
        if _is_broken(error):
            _remove(self.path)


class Lookup:
    """Reads a cache that another process keeps, opened at the first question. With an error nothing is found."""

    def __init__(self, path: str) -> None:
        """Read the file at `path`; an empty path is an empty cache."""
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._today = int(time.time() // _DAY)
        self._stale: list[bytes] = []

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the values of the keys that are present."""
        if not self._path:
            return {}
        try:
            if self._db is None:
                self._db = sqlite3.connect(f"{Path(self._path).absolute().as_uri()}?mode=ro", timeout=2, uri=True)
            return _fetch(self._db, keys, self._today, self._stale)
        except sqlite3.Error:
            self._path = ""
            return {}

    def take_stale(self) -> list[bytes]:
        """Return the keys that were found and not used today, once."""
        stale, self._stale = self._stale, []
        return stale


def default_path(root: str | Path = "") -> Path:
    """Return `$XDG_CACHE_HOME/secloop/scan.db`; `~/.cache` when the variable is unset or relative (XDG basedir).

    Raises: OSError where that lies inside `root`, the scanned tree: a repository could bring results along that hide
    what it holds.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(base) if os.path.isabs(base) else Path.home() / ".cache"  # noqa: PTH117 - a string is asked
    if root and folder.resolve().is_relative_to(Path(root).resolve()):
        raise OSError(0, "it lies inside the scanned tree, which could bring its own")
    return folder / "secloop" / "scan.db"


def open_cache(
    path: Path | None = None, *, root: str | Path = "", name: str = "", notes: list[str] | None = None
) -> Cache | None:
    """Return the cache at `path` (default: the user's), or None when it cannot be used; `notes` then says why.

    The user's is not used where it lies inside `root`, the scanned tree. `name` is that of a file beside it.
    """
    try:
        where = path or default_path(root)
        where = where.with_name(name) if name else where
        return Cache(where)
    except (OSError, sqlite3.Error, RuntimeError) as error:
        if notes is not None:
            why = getattr(error, "strerror", None) or error
            notes.append(f"no scan cache: {path or 'the cache folder'} cannot be used ({why})")
        return None


def _fetch(db: sqlite3.Connection, keys: Sequence[bytes], today: int, stale: list[bytes]) -> dict[bytes, bytes]:
    """Return the values of the keys that are present; add those not used today to `stale`. Raises: sqlite3.Error."""
    found: dict[bytes, bytes] = {}
    for at in range(0, len(keys), _CHUNK):
        some = keys[at : at + _CHUNK]
        marks = ",".join("?" * len(some))
        query = f"SELECT key, value, day FROM result WHERE key IN ({marks})"  # noqa: S608 - only question marks
        for key, value, day in db.execute(query, some):
            found[key] = value
            if day != today:
                stale.append(key)
    return found


def _is_broken(error: sqlite3.Error) -> bool:
    """Return whether the content is at fault, not the folder, the disk or another process."""
    return not isinstance(error, sqlite3.OperationalError) or "no such" in str(error)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            Path(f"{path}{suffix}").unlink()
