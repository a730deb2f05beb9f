"""One SARIF run: a stage as a tool's execution, with its results, rules, and what it could not look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secloop.interop import rows
from secloop.interop.base import HOME
from secloop.interop.sarif.locations import Sources, artifact
from secloop.interop.sarif.results import result
from secloop.interop.sarif.rules import RuleIndex
from secloop.interop.text import quoted
from secloop.model.enums import FileClass, StageCoverage

if TYPE_CHECKING:
    from secloop.interop.base import Options
    from secloop.model.coverage import Gap
    from secloop.model.enums import Stage
    from secloop.model.report import FindingRow, Report
    from secloop.rules.base import RuleSet

_SHOWN_BY_GITHUB = 5_000
_MOST_GAPS = 1_000
_PROJECT = re.compile(r"[a-z0-9.-]+\.[a-z]{2,}(?:/[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """What goes into a run: `archive` keeps hidden and closed findings; `most` bounds the results, 0 is no bound."""

    archive: bool = False
    most: int = 0


def run_of(
    report: Report, rules: RuleSet | None, options: Options, flavour: Flavour, stage: Stage | None
) -> dict[str, Any]:
    """Return the run of one stage; its `automationDetails.id`, `secloop/<stage>/<target>/`, is GitHub's category."""
    chosen = _chosen(report, flavour, stage)
    kept = chosen[: flavour.most] if flavour.most else chosen
    sources = Sources(options.sources, kept)
    index = RuleIndex(rules, kept)
    target = quoted(options.target or report.run.project or "project")
    name = stage.value if stage else "scan"
    run: dict[str, Any] = {
        "tool": {"driver": _driver(report, index)},
        "automationDetails": {"id": f"secloop/{name}/{target.strip('/')}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the project"}}},
        "invocations": [_invocation(report, stage, _cuts(len(chosen), len(kept), flavour))],
        "results": [result(row, index, sources, archive=flavour.archive) for row in kept],
    }
    if provenance := _provenance(report):
        run["versionControlProvenance"] = [provenance]
    return run


def _chosen(report: Report, flavour: Flavour, stage: Stage | None) -> list[FindingRow]:
    found = rows.standing(report)
    if flavour.archive:
        found = rows.ordered((*found, *rows.hidden(report), *rows.closed(report)))
    return [row for row in found if row.stage is stage]


def _driver(report: Report, index: RuleIndex) -> dict[str, Any]:
    driver: dict[str, Any] = {
        "name": "secloop",
        "informationUri": HOME,
        "rules": index.descriptors,
        "properties": {"feeds": [{"name": f.name, "date": f.date} for f in report.tool.feeds]},
    }
    if report.tool.version:
        driver["semanticVersion"] = report.tool.version
    if report.tool.rules:
        driver["properties"]["rules"] = report.tool.rules
    return driver


def _invocation(report: Report, stage: Stage | None, cuts: list[dict[str, Any]]) -> dict[str, Any]:
    state = rows.stages(report)[stage] if stage else StageCoverage.NOT_COVERED
    gaps = rows.stage_gaps(report, stage) if stage else list(report.coverage.gaps)
    notes = [_gap_note(gap) for gap in gaps[:_MOST_GAPS]]
    if len(gaps) > _MOST_GAPS:
        notes.append(_note("coverage", "warning", f"{len(gaps) - _MOST_GAPS:,} more gaps are in the JSON report"))
    notes += [_note("coverage", "error", f"Not done: {missing}") for missing in report.coverage.missing if missing]
    invocation: dict[str, Any] = {
        "executionSuccessful": state is StageCoverage.COMPLETE,
        "properties": {"coverage": state.value},
    }
    if report.run.started:
        invocation["startTimeUtc"] = report.run.started
    if report.run.finished:
        invocation["endTimeUtc"] = report.run.finished
    if notes := [*cuts, *notes]:
        invocation["toolExecutionNotifications"] = notes
    return invocation


def _cuts(found: int, kept: int, flavour: Flavour) -> list[dict[str, Any]]:
    """Say what the reader of this file will not see."""
    if kept < found:
        return [_note("limits", "warning", f"The {kept:,} most severe of {found:,} results are in this file")]
    if kept > _SHOWN_BY_GITHUB and not flavour.archive:
        return [_note("limits", "note", f"Of {found:,} results, GitHub shows the {_SHOWN_BY_GITHUB:,} most severe")]
    return []


def _gap_note(gap: Gap) -> dict[str, Any]:
    level = "error" if gap.outcome in {FileClass.FAILED, FileClass.LIMITED} else "warning"
    by = f" ({gap.sensor})" if gap.sensor else ""
    note = _note("coverage", "note" if gap.accepted is not None else level, f"{gap.outcome.value}: {gap.reason}{by}")
    if gap.file:
        note["locations"] = [{"physicalLocation": {"artifactLocation": artifact(gap.file)}}]
    return note


def _note(kind: str, level: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": f"secloop/{kind}"}, "level": level, "message": {"text": text}}


def _provenance(report: Report) -> dict[str, Any]:
    """Return where the source came from, if the project's id is a remote (`host/owner/name`)."""
    if not _PROJECT.fullmatch(report.run.project):
        return {}
    found: dict[str, Any] = {
        "repositoryUri": f"https://{report.run.project}",
        "mappedTo": {"uriBaseId": "%SRCROOT%"},
    }
    if report.run.commit:
        found["revisionId"] = report.run.commit
    if report.run.ref and report.run.ref != "worktree":
        found["branch"] = report.run.ref
    return found
