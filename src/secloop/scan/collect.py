"""Gathers what sensors say, in any order, into one result that is always the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import msgspec

from secloop.model.assets import Asset, Link
from secloop.model.base import Value
from secloop.model.coverage import FileCounts, Gap, Partial, Skipped
from secloop.model.enums import FileClass
from secloop.model.facts import Component
from secloop.model.finding import Finding, Observation, Suppression
from secloop.model.places import place_file, place_line
from secloop.model.run import SensorRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.model.config import AcceptIncomplete
    from secloop.scan.active import Active
    from secloop.scan.base import SensorInfo
    from secloop.scan.globs import Globs
    from secloop.scan.guard import Failure
    from secloop.scan.plan import Target
    from secloop.scan.sources import Source

T = TypeVar("T", Finding, Suppression, Component, Asset, Link)

_RANK = {outcome: rank for rank, outcome in enumerate(
    (FileClass.EXCLUDED, FileClass.SCANNED, FileClass.PARTIAL, FileClass.LIMITED, FileClass.FAILED)
)}  # fmt: skip


class ScanStats(Value, frozen=True):
    """How much work a scan was: (file or group, sensor) pairs analysed now, and answered by the cache."""

    analysed: int = 0
    cached: int = 0


class ScanResult(Value, frozen=True):
    """All that a scan saw. Findings are sorted and have no ids yet.

    `excluded` counts by reason, an ignored folder once; `files.seen` is the sum of the others. `missing` names sensors
    that were required but did not run, with the reason; `skipped_sensors` those that were optional.
    """

    findings: tuple[Finding, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    components: tuple[Component, ...] = ()
    assets: tuple[Asset, ...] = ()
    links: tuple[Link, ...] = ()
    gaps: tuple[Gap, ...] = ()
    excluded: dict[str, int] = msgspec.field(default_factory=dict)
    files: FileCounts = FileCounts()
    sensors: tuple[SensorRun, ...] = ()
    missing: tuple[str, ...] = ()
    skipped_sensors: tuple[str, ...] = ()
    stats: ScanStats = ScanStats()


class Collector:
    """The result in the making."""

    def __init__(self, accepted: Sequence[AcceptIncomplete] = ()) -> None:
        """Start empty. `accepted` are the places that may stay incomplete. Raises: UsageError on a malformed glob."""
        self.analysed = 0
        self.cached = 0
        self._seen: dict[type[msgspec.Struct], list[Observation]] = {}
        self._gaps: list[Gap] = []
        self._excluded: Counter[str] = Counter()
        self._outcome: dict[str, FileClass] = {}
        self._why_excluded: dict[str, str] = {}
        self._missing: list[str] = []
        self._skipped: list[str] = []
        self._accepted = [(rule, _globs(rule)) for rule in accepted]

    def add(
        self, target: Target, one: Active, observations: Iterable[Observation], failure: Failure | None = None
    ) -> None:
        """Take what a sensor said of a unit; an auxiliary one does not make a file scanned."""
        sensor, outcome = one.run.name, FileClass.SCANNED
        for observation in observations:
            if not isinstance(observation, Partial | Skipped):
                self._seen.setdefault(type(observation), []).append(observation)
            elif observation.file in target.files and len(target.files) > 1:
                self._take_gap(target, sensor, observation, FileClass.SCANNED)
                self._mark(observation.file, _gap(observation, observation.file, sensor).outcome)
            else:
                outcome = self._take_gap(target, sensor, observation, outcome)
        if not one.auxiliary:
            for path in target.files:
                self._mark(path, outcome)
        if failure is not None:
            self.fail(target.files, target.name, sensor, failure)

    def add_more(self, sensor: str, observations: Iterable[Observation]) -> None:
        """Take what a sensor concluded at the end."""
        for observation in observations:
            if isinstance(observation, Partial | Skipped):
                self.add_gap(_gap(observation, observation.file or ".", sensor))
            else:
                self._seen.setdefault(type(observation), []).append(observation)

    def add_gap(self, gap: Gap) -> None:
        """Take a gap; its file counts by its worst."""
        self._gaps.append(gap)
        if gap.file != ".":
            self._mark(gap.file, gap.outcome)

    def fail(self, files: Iterable[str], name: str, sensor: str, failure: Failure) -> None:
        """Note that a sensor did not get through the unit `name`, which consists of `files`."""
        self._gaps.append(Gap(file=name, sensor=sensor, outcome=failure.outcome, reason=failure.reason))
        for path in files:
            self._mark(path, failure.outcome)

    def exclude(self, reason: str, count: int = 1) -> None:
        """Count a file, or some, that nobody wants."""
        self._excluded[reason] += count

    def scanned(self, paths: Iterable[str]) -> None:
        """Take it that sensors had nothing to say of these files."""
        for path in paths:
            self._mark(path, FileClass.SCANNED)

    def add_missing(self, info: SensorInfo, reason: str) -> None:
        """Note a sensor that did not run."""
        (self._missing if info.required else self._skipped).append(f"sensor {info.name}: {reason}")

    def add_source(self, source: Source) -> None:
        """Take what the source left out."""
        self._excluded.update(source.excluded)
        for gap in source.gaps:
            self.add_gap(gap)

    def facts(self, kinds: Iterable[str]) -> list[Observation]:
        """Return the facts of the kinds named (their tags), in a fixed order."""
        wanted = set(kinds)
        found = [one for type_, some in self._seen.items() if type_.__struct_config__.tag in wanted for one in some]
        return sorted(found, key=msgspec.msgpack.encode)

    def result(self, sensors: Sequence[SensorRun]) -> ScanResult:
        """Return the whole, sorted."""
        excluded = self._excluded + Counter(
            self._why_excluded[path] for path, outcome in self._outcome.items() if outcome is FileClass.EXCLUDED
        )
        counts = Counter(self._outcome.values())
        counts[FileClass.EXCLUDED] = excluded.total()
        return ScanResult(
            findings=tuple(sorted(self._all(Finding), key=_finding_order)),
            suppressions=tuple(
                sorted(self._all(Suppression), key=lambda one: (one.file, one.line, one.first, one.tool, one.rules))
            ),
            components=tuple(sorted(self._all(Component), key=lambda one: (one.file, one.line, one.purl, one.via))),
            assets=tuple(sorted(self._all(Asset), key=msgspec.msgpack.encode)),
            links=tuple(sorted(self._all(Link), key=msgspec.msgpack.encode)),
            gaps=tuple(
                sorted(map(self._accept, self._gaps), key=lambda gap: (gap.file, gap.sensor, gap.outcome, gap.reason))
            ),
            excluded=dict(sorted(excluded.items())),
            files=FileCounts(seen=counts.total(), **{outcome.value: counts[outcome] for outcome in FileClass}),
            sensors=tuple(sensors),
            missing=tuple(sorted(self._missing)),
            skipped_sensors=tuple(sorted(self._skipped)),
            stats=ScanStats(analysed=self.analysed, cached=self.cached),
        )

    def _all(self, type_: type[T]) -> list[T]:
        return [one for one in self._seen.get(type_, ()) if isinstance(one, type_)]

    def _take_gap(self, target: Target, sensor: str, one: Partial | Skipped, outcome: FileClass) -> FileClass:
        """Record why a sensor did not look at all of a unit; return the worse of `outcome` and its own."""
        gap = _gap(one, one.file or target.name, sensor)
        if gap.outcome is FileClass.EXCLUDED:
            self._why_excluded.update(dict.fromkeys(target.files, gap.reason))
            return gap.outcome if outcome is FileClass.SCANNED else outcome
        self._gaps.append(gap)
        return max(outcome, gap.outcome, key=_RANK.__getitem__)

    def _mark(self, path: str, outcome: FileClass) -> None:
        before = self._outcome.get(path)
        if before is None or _RANK[outcome] > _RANK[before]:
            self._outcome[path] = outcome

    def _accept(self, gap: Gap) -> Gap:
        for rule, globs in self._accepted:
            if rule.sensor in {"*", gap.sensor} and globs.matches(gap.file):
                return msgspec.structs.replace(gap, accepted=rule.reason)
        return gap


def _globs(rule: AcceptIncomplete) -> Globs:
    from secloop.scan.globs import Globs

    return Globs([rule.path], "[scan] accept_incomplete path")


def _gap(one: Partial | Skipped, file: str, sensor: str) -> Gap:
    if isinstance(one, Partial):
        return Gap(file=file, sensor=sensor, outcome=FileClass.PARTIAL, reason=one.reason, share=one.share)
    return Gap(file=file, sensor=sensor, outcome=one.outcome, reason=one.reason)


def _finding_order(finding: Finding) -> tuple[str, int, str, bytes]:
    """Sort by place and rule; the whole value decides between equals."""
    place = finding.place
    return place_file(place) or "", place_line(place) or 0, finding.rule, msgspec.msgpack.encode(finding)
