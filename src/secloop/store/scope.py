"""What a run may close, and whether what it closes was fixed or its rule retired."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from secloop.model.enums import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from secloop.model.coverage import Coverage
    from secloop.model.enums import Stage
    from secloop.model.report import FindingRow
    from secloop.model.run import Run


@dataclass(frozen=True, slots=True)
class SensorScope:
    """A sensor's digest and rules (id -> digest of the rule, "" when unknown) as a closing run on this ref had them."""

    digest: str
    rules: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Closing:
    """The scope a run closes: its sensors, limited to `paths` (empty: the whole target), without files that had gaps.

    `before` and `now` are the rules of each sensor in the last closing run on this ref and in this one.
    """

    now: Mapping[str, SensorScope]
    before: Mapping[str, SensorScope] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    gaps: frozenset[tuple[str, str]] = frozenset()

    def covers(self, sensor: str, path: str) -> bool:
        """Return whether the run really looked at `path` (may be empty) with `sensor`."""
        if sensor not in self.now or (sensor, path) in self.gaps:
            return False
        return not self.paths or any(_below(path, pattern) for pattern in self.paths)

    def cause(self, gone: Iterable[tuple[str, str]]) -> tuple[EventKind, str]:
        """Return the event that closes an occurrence whose (sensor, rule) sightings are all gone, and its reason.

        Any of them that went away although its rule did not change means fixed.
        """
        reasons = [self._retired(sensor, rule) for sensor, rule in gone]
        if all(reasons):
            return EventKind.RETIRED, reasons[0]
        return EventKind.FIXED, ""

    def _retired(self, sensor: str, rule: str) -> str:
        """Return why the absence of `rule` says nothing about the code, or ""."""
        now, before = self.now[sensor], self.before.get(sensor)
        if before is None or now.digest == before.digest:
            return ""
        if now.rules is None:
            return f"the rules of {sensor} changed"
        if rule not in now.rules:
            return f"rule {rule} was removed"
        if before.rules and before.rules.get(rule, "") != now.rules[rule]:
            return f"rule {rule} changed"
        return ""


def closing_of(
    run: Run,
    coverage: Coverage,
    rules: Mapping[str, str] | None,
    before: Mapping[str, SensorScope],
) -> Closing | None:
    """Return what `run` may close, or None: nothing, when it is partial, dirty, narrowed by `--since` or incomplete."""
    scope = run.scope
    if not scope.closes or run.dirty or scope.since or not coverage.complete:
        return None
    wanted = set(scope.sensors) or {sensor.name for sensor in run.sensors}
    now = {sensor.name: SensorScope(sensor.digest, rules) for sensor in run.sensors if sensor.name in wanted}
    gaps = frozenset((gap.sensor, gap.file) for gap in coverage.gaps)
    return Closing(now=now, before=before, paths=scope.paths, gaps=gaps)


def sensor_namer(run: Run, sensors: Mapping[str, str]) -> Callable[[FindingRow], str]:
    """Return the function that names the sensor of a row.

    In this order: `sensors` by the row's rule; a sensor named like the row's first tool; the run's only sensor; the
    only sensor of the row's stage. Otherwise the row belongs to its tool alone, which no sensor of this run closes.
    """
    names = {sensor.name for sensor in run.sensors}
    by_stage: dict[Stage, set[str]] = {}
    for sensor in run.sensors:
        by_stage.setdefault(sensor.stage, set()).add(sensor.name)
    found: dict[tuple[str, str], str] = {}  # a rule belongs to one stage

    def name(row: FindingRow) -> str:
        tool = row.tools[0].tool if row.tools else ""
        key = (row.rule, tool)
        known = found.get(key)
        if known is None:
            known = sensors.get(row.rule, "") or _inferred(tool, names, by_stage.get(row.stage, set()))
            found[key] = known
        return known

    return name


def _inferred(tool: str, names: set[str], of_stage: set[str]) -> str:
    if tool in names:
        return tool
    for candidates in (names, of_stage):
        if len(candidates) == 1:
            return next(iter(candidates))
    return tool or "unknown"


def _below(path: str, pattern: str) -> bool:
    folder = pattern.rstrip("/")
    return folder in {"", "."} or path == folder or path.startswith(f"{folder}/") or fnmatchcase(path, pattern)
