"""Which of some literals are in a file, in one pass where Hyperscan is installed."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from secloop.scan.together import Joined

if TYPE_CHECKING:
    from collections.abc import Sequence


class Literals:
    """Looks for byte strings. Nothing is compiled before the first look."""

    def __init__(self, words: Sequence[bytes]) -> None:
        """Look for `words`."""
        self._words = tuple(words)
        self._database: Any = None
        self._hyperscan: Any = None
        self._local = threading.local()
        self._lock = threading.Lock()

    def within(self, data: bytes) -> list[bytes]:
        """Return those that are in `data`, in the order given."""
        scratch = self._scratch()
        if scratch is None or not data:
            return [word for word in self._words if word in data]
        found: set[int] = set()
        self._database.scan(data, match_event_handler=lambda index, *_: found.add(index), scratch=scratch)
        return [self._words[index] for index in sorted(found)]

    def among(self, texts: Sequence[bytes]) -> set[int]:
        """Return the numbers of the texts that hold one of the words, in one pass over all of them."""
        scratch = self._scratch()
        if scratch is None or not texts:
            return {n for n, text in enumerate(texts) if any(word in text for word in self._words)}
        joined = Joined(texts)
        view = memoryview(joined.data)

        def first_match(at: int) -> int:
            ends: list[int] = []

            def on_match(_index: int, _start: int, end: int, *_: object) -> bool:
                ends.append(end)
                return True  # ends the scan

            with suppress(self._hyperscan.ScanTerminated):
                self._database.scan(view[at:], match_event_handler=on_match, scratch=scratch)
            return at + ends[0] - 1 if ends else -1

        return set(joined.those(first_match))

    def _scratch(self) -> Any:
        """Return this thread's scratch, None without Hyperscan."""
        if not hasattr(self._local, "scratch"):
            with self._lock:
                self._compile()
            self._local.scratch = self._hyperscan.Scratch(self._database) if self._database else None
        return self._local.scratch

    def _compile(self) -> None:
        if self._database is not None:
            return
        try:
            import hyperscan
        except ImportError:
            return
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in word) for word in self._words],
            ids=list(range(len(self._words))),
            elements=len(self._words),
            flags=hyperscan.HS_FLAG_SINGLEMATCH,
        )
        self._hyperscan, self._database = hyperscan, database
