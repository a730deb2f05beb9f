"""The contents of changes, in order, with little held: a file's versions meet their former ones and are let go."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from secloop.stages.code.history.blobs import Blobs
    from secloop.stages.code.history.log import Change

HELD_BYTES = 64 << 20
"""Bytes of former versions of one file that are held; what goes over makes a version be looked at whole."""


def versions(
    changes: Sequence[Change], sizes: Mapping[bytes, int], blobs: Blobs, *, max_bytes: int
) -> Iterator[tuple[Change, bytes | None, bytes | None]]:
    """Yield (change, content before, content after) for changes sorted by path; None for what there is not.

    Contents over `max_bytes` and missing ones are None. Each content is read once for all versions of a path.
    """
    groups = [_Group(list(group), sizes, max_bytes) for _, group in groupby(changes, attrgetter("path"))]
    stream = blobs.read([oid for group in groups for oid in group.uses])
    for group in groups:
        yield from group.contents(stream)


class _Group:
    """The changes of one path. `uses` counts, per object in the order of first need, how often it is still needed."""

    def __init__(self, changes: Sequence[Change], sizes: Mapping[bytes, int], max_bytes: int) -> None:
        self._changes = changes
        needed = (oid for change in changes for oid in (change.before, change.after))
        self.uses = Counter(oid for oid in needed if 0 <= sizes.get(oid, -1) <= max_bytes)
        self._to_read = set(self.uses)
        self._to_show = {change.after for change in changes}
        self._held: dict[bytes, bytes | None] = {}
        self._bytes = 0

    def contents(
        self, stream: Iterator[tuple[bytes, bytes | None]]
    ) -> Iterator[tuple[Change, bytes | None, bytes | None]]:
        """Yield (change, content before, content after), reading from `stream` what is needed for the first time."""
        for change in self._changes:
            before = self._get(change.before, stream)
            after = self._get(change.after, stream)
            self._to_show.discard(change.after)
            yield change, before, after
            self._let_go(change.before)
            self._let_go(change.after)

    def _get(self, oid: bytes, stream: Iterator[tuple[bytes, bytes | None]]) -> bytes | None:
        if oid in self._to_read:
            self._to_read.discard(oid)
            _, data = next(stream)
            self._held[oid] = data
            self._bytes += len(data or b"")
        return self._held.get(oid)

    def _let_go(self, oid: bytes) -> None:
        self.uses[oid] -= 1
        data = self._held.get(oid)
        too_much = self._bytes > HELD_BYTES and oid not in self._to_show
        if data is not None and (self.uses[oid] <= 0 or too_much):
            self._held[oid] = None
            self._bytes -= len(data)
