"""A text made of parts of another, with the way back: what is found in it has a place in the original."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.stages.code.secrets.decoding.encodings import Segment

_BEFORE, _AFTER = 120, 40
_GAP = b"\n\n"


@dataclass(frozen=True, slots=True)
class Origin:
    """Offsets in the original text, and through which encodings, the outermost first."""

    start: int
    end: int
    kinds: tuple[str, ...]


@dataclass(slots=True)
class View:
    """Decoded segments one after the other, with `parent` None where they are of the original itself.

    `starts` are the offsets in `text` at which the decoded bytes of each segment start.
    """

    parent: View | None = None
    text: bytearray = field(default_factory=bytearray)
    starts: list[int] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def add(self, segment: Segment, source: bytes | bytearray) -> None:
        """Add a segment of `source` with what stands before and after it on its line, as a line of its own."""
        first = max(0, segment.start - _BEFORE)
        self.text += source[max(first, source.rfind(b"\n", first, segment.start) + 1) : segment.start]
        self.join(segment)
        last = segment.end + _AFTER
        stop = source.find(b"\n", segment.end, last)
        self.text += source[segment.end : last if stop == -1 else stop]
        self.text += _GAP

    def join(self, segment: Segment) -> None:
        """Add a segment right behind what is there."""
        self.starts.append(len(self.text))
        self.segments.append(segment)
        self.text += segment.decoded

    def origin(self, start: int, end: int) -> Origin | None:
        """Return the place in the original of [start, end) of `text`; None where no decoded byte is in it."""
        first = max(0, bisect_right(self.starts, start) - 1)
        if first < len(self.starts) and self._end(first) <= start:
            first += 1
        last = bisect_right(self.starts, end - 1) - 1
        if last < first:
            return None
        low = self._up(first, max(0, start - self.starts[first]), min(end, self._end(first)) - self.starts[first])
        if last == first or low is None:
            return low
        high = self._up(last, 0, min(end, self._end(last)) - self.starts[last])
        return None if high is None else Origin(low.start, high.end, low.kinds)

    def holds(self, start: int, end: int) -> bool:
        """Return whether [start, end) lies in the decoded bytes of one segment."""
        at = bisect_right(self.starts, start) - 1
        return at >= 0 and end <= self._end(at)

    def _end(self, n: int) -> int:
        return self.starts[n] + len(self.segments[n].decoded)

    def _up(self, n: int, start: int, end: int) -> Origin | None:
        segment = self.segments[n]
        low, high = segment.origin(start, end)
        if self.parent is None:
            return Origin(low, high, (segment.kind,))
        above = self.parent.origin(low, high)
        return None if above is None else Origin(above.start, above.end, (*above.kinds, segment.kind))
