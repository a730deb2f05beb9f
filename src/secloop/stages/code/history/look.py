"""Looking at one change: what of a new version the sensor is shown, and what it says, in lines of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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
from secloop.stages.code.secrets.doubt import Doubt
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.model.finding import Observation
    from secloop.scan.base import Sensor
    from secloop.scan.guard import Guard
    from secloop.stages.code.history.log import Change
    from secloop.stages.code.history.regions import Part

_LOOK_INTO = 16 << 20
"""Bytes up to which a content is read to see whether it is binary, before its size counts against it."""

_REASONS = (
    (Flag.BINARY, "binary"),
    (Flag.VENDORED, "vendored"),
    (Flag.GENERATED, "generated"),
    (Flag.MINIFIED, "minified"),
)


class Version(NamedTuple):
    """A change with its content before and after and the size of the latter.

    `after` None is a content over `readable`; `before` None makes it be looked at whole.
    """

    change: Change
    size: int
    before: bytes | None
    after: bytes | None


class _Task(NamedTuple):
    """The parts of a version that are to be shown to the sensor."""

    version: Version
    meta: FileMeta
    parts: tuple[Part, ...]


class Look:
    """Shows changes to one configured file sensor, within its bounds."""

    def __init__(self, sensor: Sensor, *, max_bytes: int, seconds: float) -> None:
        """Bind a sensor; a version may be `max_bytes` large and take `seconds`."""
        self.readable = max(max_bytes, _LOOK_INTO)
        self._sensor = sensor
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._last = FileMeta(path="", size=0)

    def at(self, versions: Sequence[Version], guard: Guard) -> Iterator[tuple[Sequence[Observation], bool]]:
        """Yield what there is to see in each, and whether it will be so again: a failure may pass.

        Most changes bring nothing. Those that may are found together, and only these are looked at one by one.
        """
        planned = [guard.call(lambda: self._plan(version), self._seconds) for version in versions]  # noqa: B023 - called at once
        tasks = [one for one in planned if isinstance(one, _Task)]
        parts = [(task.meta, task.version.after or b"", part) for task in tasks for part in task.parts]
        files = [SourceFile(meta, data[slice(*part)]) for meta, data, part in parts]
        worthy = iter(self._worthy(files, guard))
        for one in planned:
            if isinstance(one, Failure):
                yield (Skipped(outcome=one.outcome, reason=one.reason),), False
            elif isinstance(one, Skipped):
                yield (one,), True
            else:
                mine = [(part, doubt) for part, doubt in zip(one.parts, worthy, strict=False) if doubt]
                said = guard.call(lambda: self._observations(one, mine), self._seconds) if mine else ()  # noqa: B023 - as above
                if isinstance(said, Failure):
                    yield (Skipped(outcome=said.outcome, reason=said.reason),), False
                else:
                    yield said, True

    def _plan(self, version: Version) -> _Task | Skipped:
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
        parts = ((0, len(after)),) if before is None else tuple(changed(before, after))
        return _Task(version, meta, parts)

    def _meta(self, path: str, size: int, head: bytes) -> FileMeta:
        """Classify a version; most differ from the last one behind their first bytes, and are what that was."""
        last = self._last
        if head and path == last.path and head == last.head:
            return FileMeta(path=path, size=size, language=last.language, flags=last.flags, head=last.head)
        self._last = classify(path, size, head)
        return self._last

    def _worthy(self, files: Sequence[SourceFile], guard: Guard) -> list[Doubt | None]:
        """Return of which files the sensor may have something to say; of all, where it cannot tell."""
        sensor = self._sensor
        if not isinstance(sensor, SecretsSensor) or not files:
            return [Doubt()] * len(files)
        found = guard.call(lambda: sensor.suspects(files), self._seconds)
        return [Doubt() if isinstance(found, Failure) else found.get(n) for n in range(len(files))]

    def _observations(self, task: _Task, parts: Sequence[tuple[Part, Doubt]]) -> Sequence[Observation]:
        meta, (change, _, before, after) = task.meta, task.version
        seen = [one for part, doubt in parts for one in self._part(meta, after or b"", part, change.commit.id, doubt)]
        if before is None or not any(isinstance(one, Finding) for one in seen):
            return seen
        return self._marked(meta.path, before, seen)

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

    def _part(self, meta: FileMeta, data: bytes, part: Part, commit: str, doubt: Doubt) -> Iterable[Observation]:
        """Return what the sensor says of a part of a file, in the lines of the whole."""
        file, above = SourceFile(meta, data[slice(*part)]), data.count(b"\n", 0, part[0])
        if isinstance(self._sensor, SecretsSensor):
            found = list(self._sensor.scan_part(file, above=above, commit=commit, doubt=doubt))
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
