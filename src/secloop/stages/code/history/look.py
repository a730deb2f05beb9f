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
from secloop.stages.code.history.regions import changed
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.model.finding import Observation
    from secloop.scan.base import Sensor
    from secloop.scan.guard import Guard
    from secloop.stages.code.history.log import Change

_LOOK_INTO = 16 << 20
"""Bytes up to which a content is read to see whether it is binary, before its size counts against it."""

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

    def at(
        self, change: Change, before: bytes | None, after: bytes | None, size: int, guard: Guard
    ) -> tuple[Sequence[Observation], bool]:
        """Return what there is to see, and whether it will be so again: a failure may pass.

        `after` None is a content over `readable`; `before` None makes it be looked at whole.
        """
        path = display(change.path.decode("utf-8", "surrogateescape"))
        meta = self._meta(path, size, (after or b"")[:HEAD_BYTES])
        said = guard.call(lambda: self._observations(meta, before, after, change.commit.id), self._seconds)
        if isinstance(said, Failure):
            return (Skipped(outcome=said.outcome, reason=said.reason),), False
        return said, True

    def _meta(self, path: str, size: int, head: bytes) -> FileMeta:
        """Classify a version; most differ from the last one behind their first bytes, and are what that was."""
        last = self._last
        if head and path == last.path and head == last.head:
            return FileMeta(path=path, size=size, language=last.language, flags=last.flags, head=last.head)
        self._last = classify(path, size, head)
        return self._last

    def _observations(
        self, meta: FileMeta, before: bytes | None, after: bytes | None, commit: str
    ) -> Sequence[Observation]:
        if not self._sensor.wants(meta):
            nobody = "no sensor" if meta.size else "empty"
            reason = next((reason for flag, reason in _REASONS if flag in meta.flags), nobody)
            return (Skipped(outcome=FileClass.EXCLUDED, reason=reason),)
        if after is None or meta.size > self._max_bytes:
            return (Skipped(outcome=FileClass.LIMITED, reason=f"larger than {self._max_bytes} bytes"),)
        if before is None:
            return list(self._part(meta, after, (0, len(after)), commit))
        seen = [one for part in changed(before, after) for one in self._part(meta, after, part, commit)]
        return self._marked(meta.path, before, seen) if any(isinstance(one, Finding) for one in seen) else seen

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

    def _part(self, meta: FileMeta, data: bytes, part: tuple[int, int], commit: str) -> Iterable[Observation]:
        """Return what the sensor says of a part of a file, in the lines of the whole."""
        file, above = SourceFile(meta, data[slice(*part)]), data.count(b"\n", 0, part[0])
        if isinstance(self._sensor, SecretsSensor):
            found = list(self._sensor.scan_part(file, above=above, commit=commit))
        else:
            found = list(self._sensor.scan(file))
        if not any(isinstance(one, Finding) for one in found):
            return [one for one in found if isinstance(one, Partial | Skipped)]
        return _moved([*found, *_comments(file, found)], above)


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
