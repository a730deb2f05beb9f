"""Hyperscan databases in block mode, kept on disk.

SINGLEMATCH reports an expression once per file; start offsets (SOM) are not asked for, because 69 of 221 real-world
regexes do not compile with them; `^` and `$` hold at every line end, which makes more candidates and lets texts be
joined. A database is cached under the user's cache folder, keyed by the expressions, the
library version and the CPU. A cache file is used only if it is ours (owner, mode) and intact; anything else is
compiled anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.stages.code.secrets.libraries import library_version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MAGIC = b"secloop-hsdb-4\n"
_SUFFIX = ".hsdb"
_SUM = 4
_KEPT = 24


def load_database(
    expressions: Sequence[bytes], folder: Path | None, *, check: Callable[[], None] = lambda: None
) -> tuple[Any, list[int]]:
    """Return a block-mode database of `expressions`, whose ids are their indices, and the indices it cannot hold.

    The database is None where it would be empty. `check` runs before one is compiled and may raise.
    """
    import hyperscan

    path = _place(expressions, folder)
    if path and (payload := _trusted(path)) is not None:
        head, _, raw = payload.partition(b"\n")
        with suppress(hyperscan.HyperscanError, ValueError):
            return hyperscan.loadb(raw, mode=hyperscan.HS_MODE_BLOCK), json.loads(head)
    check()
    refused: list[int] = []
    database = _compile(expressions, range(len(expressions)))
    if database is None:  # find the expressions that are too large for it, one by one
        refused = [i for i in range(len(expressions)) if _compile(expressions, [i]) is None]
        database = _compile(expressions, [i for i in range(len(expressions)) if i not in refused])
    if path and database is not None:
        _store(path, json.dumps(refused).encode() + b"\n" + hyperscan.dumpb(database))
    return database, refused


def is_cached(expressions: Sequence[bytes], folder: Path | None) -> bool:
    """Return whether there is a file from which `load_database` would read."""
    path = _place(expressions, folder)
    return path is not None and path.exists()


def _compile(expressions: Sequence[bytes], ids: Sequence[int]) -> Any:
    """Return a database, or None where there is nothing in it or Hyperscan refuses an expression."""
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[expressions[i] for i in ids],
            ids=list(ids),
            elements=len(ids),
            flags=hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_MULTILINE,
        )
    except hyperscan.HyperscanError:
        return None
    return database


def _place(expressions: Sequence[bytes], folder: Path | None) -> Path | None:
    return folder / f"secrets-{_key(expressions)}{_SUFFIX}" if folder else None


def _key(expressions: Sequence[bytes]) -> str:
    versions = (library_version("hyperscan", "hyperscan"), library_version("re2", "google-re2"))
    h = hashlib.sha256()
    for part in (*(version.encode() for version in versions), _cpu().encode(), *expressions):
        h.update(len(part).to_bytes(8, "big") + part)
    return h.hexdigest()[:32]


@cache
def _cpu() -> str:
    """Return what a database depends on: machine, and the CPU's features or, where no file tells them, its name."""
    features = ""
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as lines:
        features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.machine()} {features or platform.processor()}"  # asking for the name starts a process


def _trusted(path: Path) -> bytes | None:
    """Return the payload of a cache file that is intact, the user's own and not writable by others; else None."""
    try:
        status = path.stat()
        raw = path.read_bytes()
    except OSError:
        return None
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
        return None
    head = len(_MAGIC) + _SUM
    payload = raw[head:]
    return payload if raw[:head] == _MAGIC + _sum(payload) else None


def _sum(payload: bytes) -> bytes:
    """Return a checksum against damage; that nobody else wrote the file is known from its owner and mode."""
    return zlib.crc32(payload).to_bytes(_SUM, "big")


def _store(path: Path, payload: bytes) -> None:
    """Write a cache file in one step; a folder that cannot be written only costs the next start."""
    temporary = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(_MAGIC + _sum(payload) + payload)
        temporary.replace(path)
        _prune(path.parent)


def _prune(folder: Path) -> None:
    """Remove all but the newest cache files: every edit of a rule page makes others."""
    files = sorted(folder.glob(f"secrets-*{_SUFFIX}"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in files[_KEPT:]:
        file.unlink(missing_ok=True)
