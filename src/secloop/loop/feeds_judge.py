"""Judging remembered inventories again when feeds have changed, without a scan.

The components of the last report of a project are matched with the advisories before and after; the difference is news.
What is open is remembered as a run of the command `feeds`, in which all other findings stand as they were. What only
the scan could know of a finding (reachability, the layer of an image) stays with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from secloop.model.base import Value, from_json
from secloop.model.config import ProjectConfig
from secloop.model.enums import Severity
from secloop.model.errors import SecloopError
from secloop.model.facts import Component
from secloop.model.ids import finding_id
from secloop.model.places import PackagePin
from secloop.model.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from secloop.loop.project import Project
    from secloop.model.coverage import Partial
    from secloop.model.finding import Finding
    from secloop.model.report import ComponentRow, FindingRow
    from secloop.rules.base import RuleSet
    from secloop.stages.build.advisories.base import AdvisoryIndex

What = Literal["malicious", "vulnerable", "exploited", "fixed", "cleared"]
ORDER: tuple[What, ...] = ("malicious", "vulnerable", "exploited", "fixed", "cleared")
"""Now reported as malicious; now affected; now known to be exploited; now with a fixed version; no longer affected."""
_OF_ADVISORIES = frozenset({"advisory", "cvss", "cvss_vector", "epss", "epss_percentile", "kev", "kev_date"})
_OF_PRIORITY = frozenset({"priority", "priority_terms", "ssvc", "ssvc_points", "bod_26_04"})
"""Evidence that judging makes anew."""


class News(Value):
    """One change for one package at one place."""

    what: What
    id: str
    ids: tuple[str, ...]
    component: str
    version: str
    file: str
    line: int
    severity: Severity
    fixed: tuple[str, ...] = ()


class Judged(Value):
    """A remembered inventory, judged again. `findings` counts what is found in it now; `run` is the new run's id."""

    project: str
    ref: str
    scanned: str
    components: int
    findings: int
    news: tuple[News, ...] = ()
    run: str = ""


def judge(
    report: Report,
    rules: RuleSet,
    before: AdvisoryIndex,
    after: AdvisoryIndex,
    project: ProjectConfig = ProjectConfig(),  # noqa: B008 - frozen
) -> tuple[Judged, list[Finding]]:
    """Return what the change of advisories means for a report's components, and their vulnerabilities now."""
    components = [_component(row) for row in report.components]
    old, new = (list(_findings(components, index, rules)) for index in (before, after))
    malice = [list(_malicious(components, index, rules)) for index in (before, after)]
    judged = Judged(
        project=report.run.project,
        ref=report.run.ref,
        scanned=report.run.started,
        components=len(components),
        findings=len(new),
        news=tuple(sorted((*_news(old, new), *_new_malice(*malice)), key=_order)),
    )
    known: dict[tuple[str | None, str | None], list[FindingRow]] = {}
    for row in report.findings:
        known.setdefault((row.purl, row.file), []).append(row)
    return judged, [_as_scanned(one, known.get((_pin(one).purl, _pin(one).file), ()), project) for one in new]


def _as_scanned(finding: Finding, rows: Iterable[FindingRow], project: ProjectConfig) -> Finding:
    """Return a finding with what the scan knew of it by one of `rows` at its place, and its priority now."""
    from secloop.stages.build.dependencies.priority import prioritised

    ids = set(finding.ids)
    known = next((row.evidence for row in rows if not ids.isdisjoint(row.ids)), {})
    kept = {key: value for key, value in known.items() if key not in _OF_ADVISORIES | _OF_PRIORITY}
    return prioritised(msgspec.structs.replace(finding, evidence={**kept, **finding.evidence}), project)


def judge_project(
    project: Project, before: AdvisoryIndex, after: AdvisoryIndex, *, state: str = "", remember: bool = True
) -> Judged | None:
    """Judge the last report of a project again, and remember what changed; None where nothing is remembered.

    Raises: StateError where the store is damaged.
    """
    from secloop.loop.inputs import load_rules
    from secloop.loop.memory import open_existing

    target = project.state(state)
    if not isinstance(target, str) and not target.exists():
        return None
    with open_existing(project, state) as store:
        document = store.report()
    if document is None:
        return None
    report = from_json(document, Report)
    rules = load_rules(project)
    judged, findings = judge(report, rules, before, after, project.config.project)
    if not judged.news or not remember:
        return judged
    from secloop.loop.feeds_remember import remember_judged

    gaps = _unchecked(report, rules, after)
    run = remember_judged(project, report, rules, findings, after.feeds(), gaps, state)
    return msgspec.structs.replace(judged, run=run)


def _unchecked(report: Report, rules: RuleSet, index: AdvisoryIndex) -> Iterator[Partial]:
    """Yield what of a report's components no stored advisory speaks of now."""
    from secloop.stages.build.advisories.starter import NAME
    from secloop.stages.build.dependencies.engine import matchers_by_ecosystem
    from secloop.stages.build.dependencies.unjudged import gaps

    starter = any(feed.name == NAME for feed in index.feeds())
    yield from gaps(
        [_component(row) for row in report.components], index, matchers_by_ecosystem(rules), starter=starter
    )


def judge_others(own: Project | None, before: AdvisoryIndex, after: AdvisoryIndex) -> Iterator[Judged]:
    """Yield the other inventories remembered below XDG_STATE_HOME, judged again; nothing is written for them."""
    from secloop.rules import index
    from secloop.store.store import Store

    rules = index.load([], {}, prose=False)
    mine = own.state() if own else None
    for path in _states():
        if path == mine:
            continue
        try:
            with Store(path) as store:
                document = store.report()
            if document is not None:
                yield judge(from_json(document, Report), rules, before, after)[0]
        except (SecloopError, msgspec.MsgspecError):
            continue  # the store of another project, perhaps of another version: its own scan will say so


def _states() -> list[Path]:
    import os
    from pathlib import Path

    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return sorted((base / "secloop").glob("*/state.db"))


def _component(row: ComponentRow) -> Component:
    return Component(
        name=row.name,
        version=row.version,
        purl=row.purl,
        file=row.file,
        line=row.line,
        direct=row.direct,
        scope=row.scope,
        via=row.via,
    )


def _findings(components: list[Component], index: AdvisoryIndex, rules: RuleSet) -> Iterable[Finding]:
    from secloop.stages.build.dependencies.engine import matchers_by_ecosystem
    from secloop.stages.build.dependencies.match import findings

    return findings(components, index, matchers_by_ecosystem(rules))


def _malicious(components: list[Component], index: AdvisoryIndex, rules: RuleSet) -> Iterable[Finding]:
    from secloop.stages.build.supply.sensor import malicious

    return malicious(components, index, rules)


def _new_malice(before: Sequence[Finding], after: Sequence[Finding]) -> Iterator[News]:
    """Yield the packages that were not reported as malicious before."""
    known = _by_id(before)
    for finding in after:
        if not any(key in known for key in _keys(finding)):
            yield _one("malicious", finding)


def _news(before: Sequence[Finding], after: Sequence[Finding]) -> Iterator[News]:
    """Yield what differs. A finding is the same when it shares an advisory id at its place: alias groups grow."""
    old, new = _by_id(before), _by_id(after)
    for finding in after:
        known = next((old[key] for key in _keys(finding) if key in old), None)
        if known is None:
            yield _one("vulnerable", finding)
        elif _is_exploited(finding) and not _is_exploited(known):
            yield _one("exploited", finding)
        elif finding.fixed and not known.fixed:
            yield _one("fixed", finding)
    for finding in before:
        if not any(key in new for key in _keys(finding)):
            yield _one("cleared", finding)


def _by_id(findings: Sequence[Finding]) -> dict[tuple[str, str, str], Finding]:
    return {key: finding for finding in findings for key in _keys(finding)}


def _keys(finding: Finding) -> list[tuple[str, str, str]]:
    """Return (advisory id, purl, file) for each id of a finding."""
    place = _pin(finding)
    return [(own, place.purl, place.file) for own in finding.ids]


def _pin(finding: Finding) -> PackagePin:
    assert isinstance(finding.place, PackagePin)  # noqa: S101 - what the matcher makes
    return finding.place


def _is_exploited(finding: Finding) -> bool:
    return finding.evidence.get("kev") == "true"


def _one(what: What, finding: Finding) -> News:
    place = _pin(finding)
    return News(
        what=what,
        id=finding_id(finding.kind, finding.identity),
        ids=finding.ids,
        component=place.name,
        version=place.version,
        file=place.file,
        line=place.line,
        severity=finding.severity,
        fixed=finding.fixed,
    )


def _order(news: News) -> tuple[int, int, str, str, str]:
    return (ORDER.index(news.what), -news.severity.rank, news.component, news.file, news.id)
