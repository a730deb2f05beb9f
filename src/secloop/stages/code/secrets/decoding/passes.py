"""Decoding passes: what the rules find behind encodings, at the place of the encoded run.

Each pass decodes the runs of the one before, so that base64 in a percent-encoded value is seen through. All bounds are
per file; what is over them makes the file partly analysed.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from secloop.stages.code.secrets.decoding.encodings import segments
from secloop.stages.code.secrets.decoding.views import View
from secloop.stages.code.secrets.overlap import distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.stages.code.secrets.context import FileContext
    from secloop.stages.code.secrets.detect import Hit

    Find = Callable[[bytes, FileContext], tuple[list[Hit], tuple[str, ...]]]

NOTEBOOK = ".ipynb"

MAX_DEPTH = 5
"""Encodings within encodings that are undone, as many as Gitleaks does."""

MAX_RUNS = 20_000
"""Encoded runs that are tried, in all passes together."""

MAX_BYTES = 4 << 20
"""Decoded bytes of all passes together."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The hits behind encodings, the rules that hit too often, and whether a bound was met."""

    hits: tuple[Hit, ...] = ()
    truncated: tuple[str, ...] = ()
    cut: bool = False


@dataclass(slots=True)
class _Work:
    """What is done and what may still be done; `cut` says that there was more."""

    find: Find
    context: FileContext
    hits: list[Hit] = field(default_factory=list)
    truncated: tuple[str, ...] = ()
    runs: int = MAX_RUNS
    room: int = MAX_BYTES
    cut: bool = False

    def look(self, view: View, context: FileContext) -> None:
        """Take the hits in a view that are not only in the context of its segments, at their original places."""
        hits, truncated = self.find(bytes(view.text), context)
        self.truncated += truncated
        for hit in distinct(hits):
            if origin := view.origin(hit.start, hit.end):
                evidence = {**hit.evidence, "decoded": " > ".join(origin.kinds)}
                span = (origin.start, origin.end)
                self.hits.append(replace(hit, start=span[0], end=span[1], match=span, evidence=evidence))

    def decode(self, source: bytes, parent: View | None) -> View:
        """Return the decoded runs of a text, as many as the bounds allow."""
        view = View(parent=parent)
        for segment in segments(source):
            self.runs -= 1
            self.room -= len(segment.decoded) if segment else 0
            if self.runs < 0 or self.room < 0:
                self.cut = True
                break
            if segment and (parent is None or parent.holds(segment.start, segment.end)):
                view.add(segment, source)
        return view


def behind(data: bytes, context: FileContext, find: Find) -> Behind:
    """Return what `find` finds behind the encodings of a file, placed in `data`."""
    work = _Work(find, context)
    if context.path.endswith(NOTEBOOK):
        from secloop.stages.code.secrets.decoding.notebooks import notebook

        view, work.cut = notebook(data)
        work.look(view, msgspec.structs.replace(context, type="code"))
    source, parent = data, None
    for _ in range(MAX_DEPTH):
        view = work.decode(source, parent)
        if not view.segments:
            break
        work.look(view, context)
        source, parent = bytes(view.text), view
    return Behind(tuple(work.hits), work.truncated, work.cut)


def merged(plain: Sequence[Hit], decoded: Sequence[Hit]) -> list[Hit]:
    """Return the hits of the text itself, which are sorted and disjoint, and those behind encodings, in order.

    Where they overlap, what stands in the text wins, but for a generic hit over one behind the encoding that names a
    provider: what looked like a password was that encoding.
    """
    if not decoded:
        return list(plain)
    kept = [hit for hit in distinct(decoded) if not any(_stands(one, hit) for one in _over(hit, plain))]
    rest = [one for one in plain if next(_over(one, kept), None) is None]
    return sorted((*rest, *kept), key=lambda hit: (hit.start, hit.rule.rule_id))


def _stands(plain: Hit, decoded: Hit) -> bool:
    return not plain.rule.generic or decoded.rule.generic


def _over(hit: Hit, others: Sequence[Hit]) -> Iterator[Hit]:
    """Yield those of the sorted and disjoint `others` that overlap a hit."""
    at = bisect_left(others, hit.end, key=lambda other: other.start) - 1
    while at >= 0 and others[at].end > hit.start:
        yield others[at]
        at -= 1
