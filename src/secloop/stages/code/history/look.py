"""Looking at one change: what of a new version the sensor is shown, and what it says, in lines of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.coverage import Partial, Skipped
from secloop.model.enums import FileClass
from secloop.model.finding import Finding, Suppression
from secloop.model.places import CodeSpan
from secloop.scan.base import FileMeta, Flag, SourceFile
from secloop.scan.classify import classify
from secloop.scan.comments import suppressions
from secloop.scan.guard import Failure
from secloop.scan.sources import HEAD_BYTES, display
from secloop.stages.code.history.base import CARRIED
from secloop.stages.code.history.pieces import Sieve, Task, task_of
from secloop.stages.code.history.regions import changed
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.model.finding import Observation
    from secloop.scan.base import Sensor
    from secloop.scan.guard import Guard
    from secloop.stages.code.history.pieces import Piece, Version

_LOOK_INTO = 16 << 20
"""Bytes up to which a content is read to see whether it is binary, before its size counts against it."""

_LARGE = 16 << 10
"""Bytes of a version's pieces from which they are asked about alone."""

_REASONS = (
    (Flag.BINARY, "binary"),
    (Flag.VENDORED, "vendored"),
    (Flag.GENERATED, "generated"),
    (Flag.MINIFIED, "minified"),
)


class Look:
    """Shows changes to one configured file sensor, within its bounds."""

    def __init__(self, sensor: Sensor, *, max_bytes: int, seconds: float) -> None:
        """Bind a sensor; a version may be `max_bytes` large and take `seconds`."""
        self.readable = max(max_bytes, _LOOK_INTO)
        self._sensor = sensor
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._last = FileMeta(path="", size=0)
        self._sieve = Sieve(sensor, seconds) if isinstance(sensor, SecretsSensor) else None

    def at(self, versions: Sequence[Version], guard: Guard) -> Iterator[tuple[Sequence[Observation], bool]]:
        """Yield what there is to see in each, and whether it will be so again: a failure may pass.

        Most changes bring nothing. Those that may are found together, and only these are looked at one by one; large
        ones are asked about one by one, since what is clean in one need not be looked at in the next.
        """
        planned = self._planned(versions, guard)
        if self._sieve is not None:
            self._sieve.ask([one for one in planned if isinstance(one, Task) and one.size < _LARGE], guard)
        for one in planned:
            if isinstance(one, Failure):
                yield (Skipped(outcome=one.outcome, reason=one.reason),), False
            elif isinstance(one, Skipped):
                yield (one,), True
            else:
                if self._sieve is not None and one.size >= _LARGE:
                    self._sieve.ask([one], guard)
                some = any(piece.doubt for piece in one.pieces)
                said = guard.call(lambda: self._observations(one), self._seconds) if some else ()  # noqa: B023 - called at once
                if isinstance(said, Failure):
                    yield (Skipped(outcome=said.outcome, reason=said.reason),), False
                else:
                    yield said, True

    def _planned(self, versions: Sequence[Version], guard: Guard) -> Sequence[Task | Skipped | Failure]:
        """Say what is to be shown of each version; all under one guard, and each under its own where that fails."""
        planned = guard.call(lambda: [self._plan(version) for version in versions], self._seconds)
        if not isinstance(planned, Failure):
            return planned
        return [guard.call(lambda: self._plan(version), self._seconds) for version in versions]  # noqa: B023 - called at once

    def _plan(self, version: Version) -> Task | Skipped:
        """Say which parts of a version are to be shown, or why none is."""
        change, size, before, after = version
        path = display(change.path.decode("utf-8", "surrogateescape"))
        meta = self._meta(path, size, (after or b"")[:HEAD_BYTES])
        if not self._sensor.wants(meta):
            nobody = "no sensor" if meta.size else "empty"
            reason = next((reason for flag, reason in _REASONS if flag in meta.flags), nobody)
            return Skipped(outcome=FileClass.EXCLUDED, reason=reason)
        if after is None or size > self._max_bytes:
            return Skipped(outcome=FileClass.LIMITED, reason=f"larger than {self._max_bytes} bytes")
        return task_of(version, meta, ((0, len(after)),) if before is None else changed(before, after))

    def _meta(self, path: str, size: int, head: bytes) -> FileMeta:
        """Classify a version; most differ from the last one behind their first bytes, and are what that was."""
        last = self._last
        if head and path == last.path and head == last.head:
            return FileMeta(path=path, size=size, language=last.language, flags=last.flags, head=last.head)
        self._last = classify(path, size, head)
        return self._last

    def _observations(self, task: Task) -> Sequence[Observation]:
        before = task.version.before
        seen = [one for piece in task.pieces if piece.doubt for one in self._piece(task, piece)]
        if before is None or not any(isinstance(one, Finding) for one in seen):
            return seen
        return self._marked(task.meta.path, before, seen)

    def _marked(self, path: str, before: bytes, seen: Sequence[Observation]) -> Sequence[Observation]:
        """Return what was seen, with the findings marked that the version before has too."""
        file = SourceFile(classify(path, len(before), before[:HEAD_BYTES]), before)
        found = self._sensor.scan(file) if self._sensor.wants(file.meta) else ()
        old = {(one.rule, one.identity) for one in found if isinstance(one, Finding)}
        return [
            msgspec.structs.replace(one, evidence=one.evidence | {CARRIED: "true"})
            if isinstance(one, Finding) and (one.rule, one.identity) in old
            else one
            for one in seen
        ]

    def _piece(self, task: Task, piece: Piece) -> Sequence[Observation]:
        """Return what the sensor says of a part of a version, in the lines of the whole."""
        version, file, sensor = task.version, piece.file, self._sensor
        above = (version.after or b"").count(b"\n", 0, piece.part[0])
        if self._sieve is None or not isinstance(sensor, SecretsSensor):
            found = list(sensor.scan(file))
        elif doubt := self._sieve.worthy(piece):
            found = list(sensor.scan_part(file, above=above, commit=version.change.commit.id, doubt=doubt))
            if not found:
                self._sieve.settle(piece)
        else:
            return ()
        if not any(isinstance(one, Finding) for one in found):
            return [one for one in found if isinstance(one, Partial | Skipped)]
        return list(_moved([*found, *_comments(file, found)], above))


def _comments(file: SourceFile, found: Iterable[Observation]) -> list[Suppression]:
    """Return the ignore comments of the lines that have findings."""
    lines = {place.line for one in found if isinstance(one, Finding) and isinstance(place := one.place, CodeSpan)}
    return [one for one in suppressions(file) if any(one.first <= line <= one.last for line in lines)]


def _moved(observations: Iterable[Observation], lines: int) -> Iterable[Observation]:
    """Yield what counts for history, `lines` further down."""
    for one in observations:
        if isinstance(one, Finding) and isinstance(one.place, CodeSpan):
            place = msgspec.structs.replace(one.place, line=one.place.line + lines, end_line=one.place.end_line + lines)
            yield msgspec.structs.replace(one, place=place)
        elif isinstance(one, Suppression):
            yield msgspec.structs.replace(one, line=one.line + lines, first=one.first + lines, last=one.last + lines)
        elif isinstance(one, Partial | Skipped):
            yield one
