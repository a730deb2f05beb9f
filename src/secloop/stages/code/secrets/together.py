"""Many texts in one pass: which of them can hold anything, so that only these are looked at one by one.

Most files and most changes of a history hold no candidate, and are so small that a call costs more than its bytes. The
texts are joined by line ends. What matches in a text matches in the joined text too: `^` and `$` hold at line ends (see
`databases`), and a line end is no part of a word. What matches over a seam only makes a text be looked at for nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SEAM = b"\n\n"


class Doubt(NamedTuple):
    """Why a text is worth a look: a rule may match in it, or it may hold encoded runs."""

    plain: bool = True
    encoded: bool = True


class Joined:
    """Texts one after the other; `data` starts and ends with a line end."""

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
