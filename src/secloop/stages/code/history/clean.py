"""What a run knows to hold nothing: texts, and long lines, so that each is looked at once however often it returns.

Files are moved and copied, and recorded traffic, fixtures and data hold the same long lines again and again. A text in
which nothing was found needs no second look where files of the same kind (`SecretsSensor.kind`) hold it. A long line of
such a text is left out of other texts, but for its ends, with which a neighbour's match may go on: what is then left of
a text says whether the whole of it is worth a look, and findings are only ever taken from the whole.

So one thing is lost: a match that begins outside of a long line and needs more of it than `EDGE` bytes, where that
line was seen without such a neighbour before. An armoured key may do that; a text with the start of one is kept whole.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

LONG = 3072
"""Bytes from which a line is long."""

EDGE = 1024
"""Bytes of either end of a long line that stay: twice as long as any value that a rule looks for after a line end."""

SHORT = 2048
"""Bytes up to which a text is looked at again: less than remembering it costs."""

_MOST = 1 << 18
"""Digests that are held, about 25 MB of memory; then all are forgotten."""

_DIGEST = 16
_SEAM = b"\n\n"
_BEGIN = b"-----BEGIN"


class Left(NamedTuple):
    """What of a text needs a look: `text`, None for nothing. `marks` are to be given to `Clean.add` if it is clean."""

    text: bytes | None
    marks: Sequence[bytes] = ()


class Clean:
    """Digests of texts and long lines without findings, with the kind of their files."""

    def __init__(self) -> None:
        """Know nothing."""
        self._known: set[bytes] = set()
        self._kinds: dict[Hashable, bytes] = {}

    def left(self, data: bytes, kind: Hashable) -> Left:
        """Return what of `data` in a file of a kind is not known to be clean; all of it where `kind` is None."""
        if kind is None:
            return Left(data)
        salt = self._kinds.setdefault(kind, b"%d " % len(self._kinds))
        whole, view = hashlib.sha256(salt), memoryview(data)
        marks: list[bytes] = []
        pieces: list[bytes] = []
        at = behind = 0
        for start, end in long_lines(data):
            mark = hashlib.sha256(view[start:end]).digest()[:_DIGEST] + salt
            whole.update(view[behind:start])
            whole.update(mark)
            behind = end
            if mark in self._known:
                pieces.append(data[at : start + EDGE])
                at = end - EDGE
            else:
                marks.append(mark)
        whole.update(view[behind:])
        marks.append(whole.digest()[:_DIGEST])
        if marks[-1] in self._known:
            return Left(None)
        text = _SEAM.join((*pieces, data[at:])) if pieces else data
        return Left(data) if pieces and _BEGIN in text else Left(text, marks)

    def add(self, marks: Sequence[bytes]) -> None:
        """Remember a text in which nothing was found, by its marks."""
        if len(self._known) > _MOST:
            self._known.clear()
        self._known.update(marks)


def long_lines(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of the lines of LONG bytes or more, without their line end; skips most of the rest."""
    at, size = 0, len(data)
    while size - at >= LONG:
        last = data.rfind(b"\n", at, at + LONG)
        if last == -1:
            end = data.find(b"\n", at + LONG)
            end = size if end == -1 else end
            yield at, end
            at = end
        else:
            at = last
        at += 1
