"""Candidate rules by one Hyperscan pass in block mode, with the compiled database kept on disk.

SINGLEMATCH reports a rule once per file; start offsets (SOM) are not asked for, because 69 of 221 real-world regexes do
not compile with them. The database is cached under the user's cache folder, keyed by the expressions, the library
version and the CPU. A cache file is used only if it is ours (owner, mode, digest); anything else is compiled anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import threading
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.stages.code.secrets.compiled import compile_all
from secloop.stages.code.secrets.keyword_prefilter import KeywordPrefilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secloop.stages.code.secrets.compiled import CompiledRule

_MAGIC = b"secloop-hsdb-2\n"
_SUFFIX = ".hsdb"
_KEPT = 8
_WIDE = 20
_TOKENS = re.compile(rb"\\.|\[\^?\]?(?:\\.|\[:\w++:\]|[^\]\\])*+\]?|\{(\d++),(\d++)\}", re.DOTALL)
"""An escape, a character class or a counted repeat: what is not a repeat is left alone."""


class HyperscanPrefilter:
    """A block-mode database over the rules, with one scratch per thread; rules it cannot hold go by their keywords."""

    name = "hyperscan"

    def __init__(self, rules: Sequence[CompiledRule], folder: Path | None) -> None:
        """Load the rules' database from `folder`, or compile it and leave it there.

        A database that was cached was made of regexes that RE2 compiled; new ones are checked. Raises: UsageError.
        """
        import hyperscan

        self._hyperscan = hyperscan
        expressions = [loosened(rule.regex_bytes) for rule in rules]
        self._db, refused = load_database(expressions, folder, check=lambda: compile_all(rules))
        self._refused = refused
        self._by_keyword = KeywordPrefilter([rules[i] for i in refused]) if refused else None
        self._local = threading.local()

    def candidates(self, data: bytes) -> list[int]:
        """Return the rules whose regex matches somewhere in `data`."""
        if not data:
            return []
        found: list[int] = []

        def on_match(index: int, *_: object) -> None:
            found.append(index)

        if self._db is not None:
            self._db.scan(data, match_event_handler=on_match, scratch=self._scratch())
        if self._by_keyword is not None:
            found += [self._refused[i] for i in self._by_keyword.candidates(data)]
        return sorted(found)

    def _scratch(self) -> Any:
        if not hasattr(self._local, "scratch"):
            self._local.scratch = self._hyperscan.Scratch(self._db)
        return self._local.scratch


def loosened(regex: bytes) -> bytes:
    """Return a regex that matches wherever `regex` does and compiles in half the time.

    Wide counted repeats (`{4,200}`) lose their upper bound, which is what makes Hyperscan's automata large.
    """
    if rb"\Q" in regex:
        return regex
    return _TOKENS.sub(lambda m: b"{%s,}" % m[1] if m[2] and int(m[2]) >= _WIDE else m[0], regex)


def load_database(
    expressions: Sequence[bytes], folder: Path | None, *, check: Callable[[], None] = lambda: None
) -> tuple[Any, list[int]]:
    """Return a block-mode database of `expressions`, whose ids are their indices, and the indices it cannot hold.

    The database is None where it would be empty. `check` runs before one is compiled and may raise.
    """
    import hyperscan

    path = folder / f"secrets-{_key(expressions)}{_SUFFIX}" if folder else None
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


def _compile(expressions: Sequence[bytes], ids: Sequence[int]) -> Any:
    """Return a database, or None where there is nothing in it or Hyperscan refuses an expression."""
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[expressions[i] for i in ids],
            ids=list(ids),
            elements=len(ids),
            flags=hyperscan.HS_FLAG_SINGLEMATCH,
        )
    except hyperscan.HyperscanError:
        return None
    return database


def _key(expressions: Sequence[bytes]) -> str:
    h = hashlib.sha256()
    for part in (version("hyperscan").encode(), version("google-re2").encode(), _cpu().encode(), *expressions):
        h.update(len(part).to_bytes(8, "big") + part)
    return h.hexdigest()[:32]


@cache
def _cpu() -> str:
    """Return what a database depends on: machine, and the CPU's features where the system tells them."""
    features = ""
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as lines:
        features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.machine()} {platform.processor()} {features}"


def _trusted(path: Path) -> bytes | None:
    """Return the payload of a cache file that is intact, the user's own and not writable by others; else None."""
    try:
        status = path.stat()
        raw = path.read_bytes()
    except OSError:
        return None
    if hasattr(os, "geteuid") and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
        return None
    head = len(_MAGIC) + hashlib.sha256().digest_size
    if not raw.startswith(_MAGIC) or hashlib.sha256(raw[head:]).digest() != raw[len(_MAGIC) : head]:
        return None
    return raw[head:]


def _store(path: Path, payload: bytes) -> None:
    """Write a cache file in one step; a folder that cannot be written only costs the next start."""
    temporary = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(_MAGIC + hashlib.sha256(payload).digest() + payload)
        temporary.replace(path)
        _prune(path.parent)


def _prune(folder: Path) -> None:
    """Remove all but the newest cache files: every edit of a rule page makes another."""
    files = sorted(folder.glob(f"secrets-*{_SUFFIX}"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in files[_KEPT:]:
        file.unlink(missing_ok=True)
