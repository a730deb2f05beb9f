"""Runs the examples of rule pages: each case is written into an empty folder and scanned by the real engine.

A page passes when every bad case is found at its marked lines, no good case is found, and every matcher is needed.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.model.places import ResourceAddress, place_file, place_line
from secloop.rules import quality, registry
from secloop.rules.base import RuleSet
from secloop.rules.generate import expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from secloop.model.finding import Finding, Observation
    from secloop.model.rule import Case, Matcher, Rule
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Sensor, Settings, SourceFile

    Scan = Callable[[Rule, tuple[Case, ...]], "_Run"]

Spot = tuple[str, int]
"""A file of a case and a line of it (from 1)."""


class CaseResult(Value, frozen=True):
    """How one case (a fence, or all fences of a group) ended. `line` is the page's line of its first fence.

    `expected` and `found` are the places by file and line; `problems` is empty when the case passed.
    """

    line: int
    bad: bool
    matcher: str
    expected: tuple[Spot, ...]
    found: tuple[Spot, ...]
    problems: tuple[str, ...] = ()


class PageResult(Value, frozen=True):
    """How a page ended: its cases in order, and what is wrong with the page as a whole."""

    rule: str
    source: str
    cases: tuple[CaseResult, ...]
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every case passed and nothing is wrong with the page."""
        return not self.problems and not any(case.problems for case in self.cases)

    def lines(self) -> tuple[str, ...]:
        """Return everything that is wrong, one line each, as `source:line: what`."""
        of_cases = (f"{self.source}:{case.line}: {what}" for case in self.cases for what in case.problems)
        return (*of_cases, *(f"{self.source}:1: {what}" for what in self.problems))


class _Run(NamedTuple):
    """A case with what the engine reported in it."""

    case: tuple[Case, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[str, ...]


def run_page(rule: Rule, sensors: Sequence[Sensor] | None = None) -> PageResult:
    """Run the cases of a page and check its matchers; `sensors` default to the registered ones.

    1. the engine accepts the matchers  2. each case is as it says  3. each matcher has cases enough
    4. no two matchers fire on the same cases  5. each matcher is needed: without it, one of its cases fails.
    Raises: UsageError when the page's engine is unknown or no sensor reports its kind.
    """
    invalid = registry.engine(rule.engine).validate(rule)
    if invalid:
        problems = tuple(problem.removeprefix(f"{rule.source}: ") for problem in invalid)
        return PageResult(rule=rule.id, source=rule.source, cases=(), problems=problems)
    with tempfile.TemporaryDirectory(prefix="secloop-page-") as folder:
        scan = _scanner(rule, sensors, Path(folder))
        runs = [scan(rule, case) for case in quality.case_groups(rule)]
        problems = (*quality.problems(rule), *_twins(rule, runs), *_needless(rule, runs, scan))
    return PageResult(
        rule=rule.id,
        source=rule.source,
        cases=tuple(_judge(rule, run) for run in runs),
        problems=problems,
    )


def able_sensors(rule: Rule, sensors: Sequence[Sensor] | None = None) -> list[Sensor]:
    """Return the sensors (default: the registered ones) that report the kind of a page, and those they need facts of.

    Raises: UsageError where none reports it.
    """
    from secloop.scan.registry import load_sensors

    every = load_sensors() if sensors is None else sensors
    able = [sensor for sensor in every if rule.kind in sensor.info.kinds]
    if not able:
        todo = "Install the stage that does; `secloop scan` names broken ones"
        raise UsageError(f"{rule.source}:1: no sensor reports the kind {rule.kind}", todo)
    return [*_providers(able, every), *able]


def _providers(able: Sequence[Sensor], every: Sequence[Sensor]) -> list[Sensor]:
    """Return the other sensors that provide the facts which `able` ones require, and what these require in turn."""
    found: list[Sensor] = []
    wanted = [fact for sensor in able for fact in sensor.info.requires]
    while wanted:
        fact = wanted.pop()
        new = [one for one in every if fact in one.info.provides and one not in able and one not in found]
        found += new
        wanted += [needed for sensor in new for needed in sensor.info.requires]
    return found


def _scanner(rule: Rule, sensors: Sequence[Sensor] | None, folder: Path) -> Scan:
    """Return the function that scans a case in an empty folder, with the sensors that report the kind of `rule`."""
    from secloop.scan.base import Settings
    from secloop.scan.engine import scan
    from secloop.scan.sources import WorkTree

    able = [_ConfiguredOnce(sensor) for sensor in able_sensors(rule, sensors)]
    root = folder / "case"
    settings = Settings(root=str(root), today="2000-01-01")

    def run(page: Rule, case: tuple[Case, ...]) -> _Run:
        _write(root, case)
        result = scan(WorkTree(root, no_ignore=True), able, settings, RuleSet([page]), jobs=1)
        shutil.rmtree(root)
        gaps = tuple(f"{gap.file} was not analysed ({gap.reason})" for gap in result.gaps if gap.incomplete)
        return _Run(case, tuple(result.findings), (*gaps, *result.missing))

    return run


class _ConfiguredOnce:
    """A sensor that gets ready once for all cases of a page: compiling its rules costs far more than a case."""

    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._ready: tuple[Settings, str, str] | None = None
        self.info = sensor.info

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        if self._ready is None or self._ready[:2] != (settings, rules.digest):
            self._ready = (settings, rules.digest, self._sensor.configure(settings, rules))
        return self._ready[2]

    def wants(self, file: FileMeta) -> bool:
        return self._sensor.wants(file)

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:
        return self._sensor.group(files)

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        return self._sensor.scan(unit)

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:
        return self._sensor.finish(facts, known)


def _write(folder: Path, case: tuple[Case, ...]) -> None:
    """Write a case's files; page parsing has made sure that their names stay inside."""
    folder.mkdir()
    for part in case:
        file = folder / part.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(expand(part.text), encoding="utf-8", newline="")


def _judge(rule: Rule, run: _Run) -> CaseResult:
    """Return how a case ended: a bad one by its matcher's findings, a good one by its matcher's or the whole page's."""
    first = run.case[0]
    findings = _of(run, _names(rule, first.matcher))
    expected, found = _expected(run.case), _spots(findings)
    problems = (
        _missed_or_extra(run, findings) if first.bad else [f"{_at(spot)} is found, though good" for spot in found]
    )
    return CaseResult(
        line=first.line,
        bad=first.bad,
        matcher=first.matcher,
        expected=expected,
        found=found,
        problems=(*problems, *run.gaps),
    )


def _missed_or_extra(run: _Run, findings: Sequence[Finding]) -> list[str]:
    """Return what is wrong with the findings of a bad case; without lines and `at`, any finding will do."""
    expected, found = set(_expected(run.case)), set(_spots(findings))
    wanted = {part.at for part in run.case if part.at}
    addresses = {f.place.address for f in findings if isinstance(f.place, ResourceAddress)}
    problems = [f"{_at(spot)} is bad, but not found" for spot in sorted(expected - found)]
    problems += [f"{address} is bad, but not found" for address in sorted(wanted - addresses)]
    if expected:
        problems += [f"{_at(spot)} is found, but not marked" for spot in sorted(found - expected)]
    if wanted:
        problems += [f"{address} is found, but not named in at=" for address in sorted(addresses - wanted)]
    if not findings and not problems:
        problems.append("nothing is found in this bad case")
    return problems


def _twins(rule: Rule, runs: Sequence[_Run]) -> list[str]:
    """Return the pairs of matchers that fire on exactly the same cases."""
    seen: dict[frozenset[int], Matcher] = {}
    problems = []
    for matcher in rule.matchers:
        name = rule.rule_id(matcher)
        fires = frozenset(i for i, run in enumerate(runs) if any(f.rule == name for f in run.findings))
        other = seen.setdefault(fires, matcher)
        if fires and other is not matcher:
            problems.append(
                f"{other.id} and {matcher.id} fire on the same cases: merge them or add a case for one only"
            )
    return problems


def _needless(rule: Rule, runs: Sequence[_Run], scan: Scan) -> list[str]:
    """Return the matchers without which every one of their bad cases is still found, by the page's other matchers."""
    problems = []
    for matcher in rule.matchers if len(rule.matchers) > 1 else ():
        rest = msgspec.structs.replace(rule, matchers=tuple(m for m in rule.matchers if m is not matcher))
        own = [run for run in runs if run.case[0].bad and run.case[0].matcher == matcher.id]
        again = (scan(rest, run.case) for run in own)
        if own and all(not _missed_or_extra(run, _of(run, _names(rest, ""))) for run in again):
            problems.append(f"{matcher.id} is not needed: without it the others find all its cases")
    return problems


def _names(rule: Rule, matcher: str) -> frozenset[str]:
    """Return the rule ids that a matcher's findings carry; of the whole page when `matcher` is empty."""
    return frozenset(rule.rule_id(m) for m in rule.matchers if matcher in {"", m.id})


def _of(run: _Run, names: frozenset[str]) -> list[Finding]:
    return [finding for finding in run.findings if finding.rule in names]


def _expected(case: tuple[Case, ...]) -> tuple[Spot, ...]:
    return tuple(sorted((part.file, line) for part in case for line in part.lines))


def _spots(findings: Iterable[Finding]) -> tuple[Spot, ...]:
    """Return the file and first line of each finding that has them."""
    return tuple(sorted({(place_file(f.place) or "", place_line(f.place) or 0) for f in findings}))


def _at(spot: Spot) -> str:
    return f"{spot[0]} line {spot[1]}"
