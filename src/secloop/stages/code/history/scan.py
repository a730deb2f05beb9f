"""The scan of history.

1. `git log` names the changes, oldest first; each (path, content) is kept once, with the commit that brought it.
2. A window of changes at a time, by path: what an earlier run saw is recalled, sizes of the rest are asked.
3. The contents stream in; of each the part that differs from the version before goes to the sensor.
4. The first sighting of a (rule, identity, path) stays, with its commit; later ones only bring their ignore comments.
5. The files of HEAD that hold a sighting are looked at whole: is it still there, and is it ignored there?
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from secloop.model.coverage import Gap, Skipped
from secloop.model.enums import FileClass
from secloop.scan.guard import Guard
from secloop.stages.code.history.base import BROKEN, MISSING, NAME, HistoryResult
from secloop.stages.code.history.blobs import Blobs
from secloop.stages.code.history.log import Change, Commit, Log
from secloop.stages.code.history.pieces import Version
from secloop.stages.code.history.sightings import Sightings
from secloop.stages.code.history.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.model.finding import Observation
    from secloop.scan.git import Git
    from secloop.stages.code.history.look import Look
    from secloop.stages.code.history.memory import Memory

_WINDOW = 32768
"""Changes that are looked at together: enough for the versions of a file to meet, little enough to hold."""

_TOGETHER = 256
_TOGETHER_BYTES = 4 << 20
"""Versions, and bytes of them, that are shown to the sensor together."""

_DIGEST = 12


class HistoryScan:
    """One scan of one repository's history. Single use."""

    def __init__(
        self, git: Git, look: Look, memory: Memory, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Bind what is used. `progress` gets (versions looked at, versions listed so far). Raises: GitError."""
        self._git = git
        self._look = look
        self._memory = memory
        self._progress = progress
        self._blobs = Blobs(git)
        self._seen = Sightings()

    def run(self, revisions: Sequence[str], paths: Sequence[str] = ()) -> HistoryResult:
        """Return what the history that `revisions` (arguments of git log) name holds, below `paths`.

        Raises: GitError.
        """
        log = Log(self._git, revisions, paths)
        listed = 0
        with Guard() as guard:
            for window in _windows(log):
                listed += len(window)
                self._pass(window, guard)
                if self._progress is not None:
                    self._progress(listed, listed)
            if self._seen.paths:
                self._compare_with_head(guard)
        return self._seen.result(log.commits, log.links, self._gaps_of(log))

    def _pass(self, window: Sequence[Change], guard: Guard) -> None:
        """Look at the changes of a window, by path and then by age, and take what is seen."""
        ordered = sorted(window, key=attrgetter("path"))
        known = self._memory.recall(ordered)
        new = self._observe([change for change, seen in zip(ordered, known, strict=True) if seen is None], guard)
        for change, seen in zip(ordered, known, strict=True):
            self._seen.take(change, next(new) if seen is None else seen, cached=seen is not None)

    def _observe(self, changes: Sequence[Change], guard: Guard) -> Iterator[Sequence[Observation]]:
        """Yield what the sensor says of each change; remember it, unless a better try may come."""
        oids = dict.fromkeys(oid for change in changes for oid in (change.before, change.after) if oid)
        sizes = self._blobs.sizes(list(oids))
        waiting: list[Version | Skipped] = []
        held = 0
        for change, before, after in versions(changes, sizes, self._blobs, max_bytes=self._look.readable):
            size = sizes.get(change.after)
            if size is None or (after is None and size <= self._look.readable):
                waiting.append(MISSING if size is None else BROKEN)
                continue
            waiting.append(Version(change, size, before, after))
            held += len(after or b"")
            if held > _TOGETHER_BYTES or len(waiting) >= _TOGETHER:
                yield from self._look_at(waiting, guard)
                waiting, held = [], 0
        yield from self._look_at(waiting, guard)

    def _look_at(self, waiting: Sequence[Version | Skipped], guard: Guard) -> Iterator[Sequence[Observation]]:
        """Yield what is seen in each of some versions, or why one cannot be read."""
        seen = self._look.at([one for one in waiting if isinstance(one, Version)], guard)
        for one in waiting:
            if isinstance(one, Skipped):
                yield (one,)
                continue
            observations, lasting = next(seen)
            if lasting:
                self._memory.remember(one.change, observations)
            yield observations

    def _compare_with_head(self, guard: Guard) -> None:
        """Look at the files of HEAD that had findings, whole."""
        head = self._git.head()
        listing = self._git.listing(head) if head else []
        nobody = Commit("", "", "")
        now = [
            Change(b"", oid.encode(), path, nobody)
            for path, oid in ((raw.encode("utf-8", "surrogateescape"), oid) for raw, oid in listing)
            if path in self._seen.paths
        ]
        ordered = sorted(now, key=attrgetter("path"))
        known = self._memory.recall(ordered)
        new = self._observe([change for change, seen in zip(ordered, known, strict=True) if seen is None], guard)
        for change, seen in zip(ordered, known, strict=True):
            self._seen.take_head(change, next(new) if seen is None else seen)

    def _gaps_of(self, log: Log) -> list[Gap]:
        """Return what of the history itself is not here."""
        reasons = []
        if log.cut:
            reasons.append(
                f"the clone is shallow: history before {_count(log.cut, 'commit')} is not here (git fetch --unshallow)"
            )
        if log.failed:
            reasons.append(
                f"git log ended after {_count(log.commits, 'commit')}: an object is missing or broken (git fsck)"
            )
        if self._git.has_grafts():
            reasons.append("info/grafts changes which commits are seen; remove the file")
        return [Gap(file=".", sensor=NAME, outcome=FileClass.FAILED, reason=reason) for reason in reasons]


def _windows(log: Log) -> Iterator[list[Change]]:
    """Yield the changes in lists, each (path, content) once: the first commit that brought it."""
    seen: set[bytes] = set()

    def once() -> Iterator[Change]:
        for change in log:
            key = blake2b(change.after + change.path, digest_size=_DIGEST).digest()
            if key not in seen:
                seen.add(key)
                yield change

    changes = once()
    while window := list(islice(changes, _WINDOW)):
        yield window


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
