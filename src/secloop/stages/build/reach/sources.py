"""The files behind the facts, read again from the tree: only as they were when they were scanned, and within bounds."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from secloop.stages.build.reach.sensor import digest_of

if TYPE_CHECKING:
    from secloop.model.facts import Imports

_MAX_BYTES = 5 << 20
_MAX_ALL = 512 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class Sources:
    """Reads files below a root. What has changed, cannot be read, is a link or lies outside is not there."""

    def __init__(self, root: str) -> None:
        """Read below `root`; at most 512 MB in all, after which nothing more is there."""
        self._root = Path(root)
        self._left = _MAX_ALL

    def read(self, fact: Imports) -> bytes | None:
        """Return the content that a fact is about, None where it is not at hand."""
        data = self._bytes(fact.file)
        return data if data is not None and digest_of(data) == fact.digest else None

    def text(self, path: str) -> str:
        """Return a file of the tree as text, whatever it was when it was scanned; empty where it is not at hand."""
        return (self._bytes(path) or b"").decode("utf-8", "replace")

    def _bytes(self, path: str) -> bytes | None:
        if path.startswith("/") or ".." in path.split("/") or "\0" in path or self._left <= 0:
            return None
        try:
            descriptor = os.open(self._root / path, _FLAGS)
            with os.fdopen(descriptor, "rb") as file:
                if not S_ISREG(os.fstat(descriptor).st_mode):
                    return None
                data = file.read(_MAX_BYTES + 1)
        except OSError:
            return None
        self._left -= len(data)
        return data if len(data) <= _MAX_BYTES else None
