"""Many texts in one pass: which of them are worth a look, so that only these are looked at one by one.

Most files and most changes of a history hold nothing of interest, and are so small that a call costs more than its
bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from secloop.scan.base import SourceFile

_SEAM = b"\n\n"


@runtime_checkable
class Selective(Protocol):
    """A sensor that can tell of many files at once which are worth a scan. This is never needed, only faster."""

    def suspects(self, files: Sequence[SourceFile]) -> Container[int]:
        """Return the numbers of the files worth a scan; `scan` returns nothing of any other."""
        ...


class Joined:
    """Texts one after the other in `data`, which starts and ends with a line end.

    What matches in a text matches here too, as long as `^` and `$` hold at line ends: a line end is no part of a word.
    What matches over a seam only makes a text be looked at for nothing.
    """

    def __init__(self, texts: Sequence[bytes]) -> None:
        """Join `texts`."""
        self.data = b"".join((b"\n", _SEAM.join(texts), b"\n"))
        self._starts = list(accumulate((len(text) + len(_SEAM) for text in texts), initial=1))

    def those(self, first_match: Callable[[int], int]) -> Iterator[int]:
        """Yield the numbers of the texts that hold a match, each once.

        `first_match(at)` returns an offset within the first match at or behind `at`, or -1.
        """
        at = 0
        while at < len(self.data):
            found = first_match(at)
            if found < 0:
                return
            number = min(max(0, bisect_right(self._starts, found) - 1), len(self._starts) - 2)
            yield number
            at = self._starts[number + 1]
