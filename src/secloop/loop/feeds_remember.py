"""Remembering an inventory that was judged again: the last report with its vulnerabilities as they are now.

All other findings, the coverage of files and the commit stay those of the scan, for nothing else was looked at.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from secloop.loop import clock, gate
from secloop.loop.inputs import old_feeds
from secloop.loop.memory import open_existing, rule_digests
from secloop.model.base import to_json
from secloop.model.coverage import Gap
from secloop.model.enums import FileClass, Kind, Status
from secloop.model.pairing import identities
from secloop.stages.build.dependencies.unjudged import SENSOR, UNCHECKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.loop.project import Project
    from secloop.model.coverage import Partial
    from secloop.model.finding import Finding
    from secloop.model.pairing import Paired
    from secloop.model.report import FindingRow, Report
    from secloop.model.run import Feed
    from secloop.rules.base import RuleSet
    from secloop.store import Recorded
    from secloop.store.store import Store

_KINDS = frozenset({Kind.VULNERABILITY})
COMMAND = "feeds"


def remember_judged(
    project: Project,
    report: Report,
    rules: RuleSet,
    findings: Sequence[Finding],
    feeds: tuple[Feed, ...],
    gaps: Iterable[Partial],
    state: str,
) -> str:
    """Store `report` as a new run with `findings` for its vulnerabilities; return the run's id.

    `gaps` are what no stored advisory speaks of now, in place of what the scan said of that. Raises: StateError.
    """
    report = _with_gaps(report, gaps)
    with open_existing(project, state) as store:
        paired = store.identify(
            report.run.project, report.run.ref, findings, base_ref=project.default_ref, complete=True
        )
        rows = (*(row for row in report.findings if row.kind not in _KINDS), *_admitted(project, report, paired, rules))
        final = _judged(project, report, rows, rules, feeds)
        _record(store, final, paired, rules, project)
    return final.run.id


def _with_gaps(report: Report, gaps: Iterable[Partial]) -> Report:
    kept = (gap for gap in report.coverage.gaps if not gap.reason.startswith(UNCHECKED))
    now = (
        Gap(file=one.file or ".", sensor=SENSOR, outcome=FileClass.PARTIAL, reason=one.reason, share=one.share)
        for one in gaps
    )
    ordered = sorted((*kept, *now), key=lambda gap: (gap.file, gap.sensor, gap.outcome, gap.reason))
    covered = msgspec.structs.replace(report.coverage, gaps=tuple(ordered))
    return msgspec.structs.replace(report, coverage=covered)


def _admitted(project: Project, report: Report, paired: Paired, rules: RuleSet) -> list[FindingRow]:
    """Return the rows under today's exceptions and VEX documents.

    What an ignore comment, or a document that was given to the scan, hid in it stays hidden.
    """
    from secloop.loop import vex
    from secloop.policy import exceptions
    from secloop.policy.admit import IGNORE, admit
    from secloop.policy.vex import VEX

    before = {row.occurrence: row for row in report.findings}
    admitted = admit(
        paired.findings,
        suppressions=(),
        exceptions=exceptions.load(project.folder / "exceptions.yaml"),
        baseline=frozenset(before),
        today=clock.today(),
        rules=rules,
        whole=False,
        kinds=_KINDS,
        statements=vex.statements(project, ()),
    )
    rows = []
    for row in admitted.rows:
        old = before.get(row.occurrence)
        hidden = old.suppressed if old and old.suppressed and old.suppressed.by in {IGNORE, VEX} else None
        rows.append(msgspec.structs.replace(row, suppressed=hidden) if hidden and not row.suppressed else row)
    return rows


def _judged(
    project: Project, report: Report, rows: tuple[FindingRow, ...], rules: RuleSet, feeds: tuple[Feed, ...]
) -> Report:
    """Return the report with rows, feeds and verdict of today."""
    missing = (line for line in report.coverage.missing if not line.startswith("feed "))
    covered = msgspec.structs.replace(report.coverage, missing=(*missing, *old_feeds(feeds, project, clock.today())))
    profile = project.config.gate.profile
    verdict = gate.judge(
        gate.rules_of(project, profile, rules),
        rows=rows,
        covered=covered,
        feeds=feeds,
        choices=gate.Choices(profile=profile, new_only=project.config.gate.new_only),
    )
    now = clock.now()
    run = msgspec.structs.replace(
        report.run, id=uuid.uuid4().hex, command=COMMAND, started=now, finished=now, feeds=feeds
    )
    tool = msgspec.structs.replace(report.tool, feeds=feeds)
    return msgspec.structs.replace(
        report, tool=tool, run=run, verdict=verdict, coverage=covered, findings=rows, closed=()
    )


def _record(store: Store, report: Report, paired: Paired, rules: RuleSet, project: Project) -> None:
    """Record the run; its stored document says what came back and what it closed."""
    from secloop.store import Context

    sensors = {
        rule_id: sensor.name
        for sensor in report.run.sensors
        for page in rules
        if page.stage is sensor.stage and page.kind in sensor.kinds
        for rule_id in page.rule_ids()
    }

    def document(recorded: Recorded) -> bytes:
        rows = tuple(
            msgspec.structs.replace(row, status=Status.REOPENED)
            if recorded.statuses.get(row.occurrence) is Status.REOPENED and row.suppressed is None
            else row
            for row in report.findings
        )
        return to_json(msgspec.structs.replace(report, findings=rows, closed=recorded.closed))

    context = Context(
        rules=rule_digests(rules),
        sensors=sensors,
        identities=identities(paired.findings),
        aliases=paired.aliases,
        base_ref=project.default_ref,
    )
    store.record(report.run, report.findings, report.coverage, report.verdict, document, context=context)
