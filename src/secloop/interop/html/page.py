"""What the page shows, as plain values: computed here, so that the template only places them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from secloop.interop import rows
from secloop.interop.html import charts
from secloop.interop.html.first import Action, actions, anchor
from secloop.interop.text import count
from secloop.model.policy import GateOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.interop.base import Options
    from secloop.interop.rows import Description
    from secloop.model.enums import Severity, Stage, StageCoverage
    from secloop.model.report import ComponentRow, FindingRow, Report
    from secloop.rules.base import RuleSet

_MOST_ROWS = 1_000
_MOST_PLACES = 100
_MOST_COMPONENTS = 500
_MOST_GAPS = 200
_STALE_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Group:
    """The places of one rule in one stage; `more` are left out of the page."""

    rule: Description
    severity: Severity
    rows: list[FindingRow]
    total: int
    new: int

    @property
    def more(self) -> int:
        """How many places are not shown."""
        return self.total - len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One stage of the loop: its state, its findings, and what it will look at where it is not covered."""

    stage: Stage
    state: StageCoverage
    total: int
    counts: dict[Severity, int]
    bar: Any
    planned: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything the template asks for."""

    report: Report
    headline: str
    outcome: str
    found: int
    places_total: int
    new: int
    counts: dict[Severity, int]
    donut: Any
    tiles: list[Tile]
    actions: list[Action]
    groups: dict[Stage, list[Group]]
    shown: int
    hidden: list[FindingRow]
    hidden_total: int
    closed: list[FindingRow]
    closed_total: int
    components: list[tuple[ComponentRow, int]]
    more_components: int
    coverage_bar: Any
    files: str
    gaps: list[Any]
    more_gaps: int
    feeds: list[tuple[Any, int | None, bool]]
    places: Any = field(default=rows.place)
    short_id: Any = field(default=rows.short_id)
    package: Any = field(default=rows.package)
    headline_of: Any = field(default=rows.headline)
    anchor: Any = field(default=anchor)
    count: Any = field(default=count)


def page(report: Report, rules: RuleSet | None, options: Options) -> Page:
    """Return the values of the page; the thousand worst findings are shown, the rest is counted."""
    found = rows.standing(report)
    hidden, closed = rows.hidden(report), rows.closed(report)
    shown = found[:_MOST_ROWS]
    counts = rows.by_severity(found)
    gaps = sorted(report.coverage.gaps, key=lambda gap: (not gap.incomplete, gap.file, gap.sensor))
    outcome, headline = _headline(report)
    return Page(
        report=report,
        headline=headline,
        outcome=outcome,
        found=len(rows.occurrences(found)),
        places_total=len(found),
        new=len(rows.occurrences(filter(rows.is_new, found))),
        counts=counts,
        donut=charts.donut([(s.value, n) for s, n in counts.items()], "Findings by severity"),
        tiles=_tiles(report, found, options),
        actions=actions(found),
        groups={stage: _groups(group, rules) for stage, group in rows.by_stage(shown).items()},
        shown=len(shown),
        hidden=hidden[:_MOST_ROWS],
        hidden_total=len(rows.occurrences(hidden)),
        closed=closed[:_MOST_ROWS],
        closed_total=len(rows.occurrences(closed)),
        components=_components(report, found)[:_MOST_COMPONENTS],
        more_components=max(0, len(report.components) - _MOST_COMPONENTS),
        coverage_bar=_coverage_bar(report),
        files=rows.files_line(report.coverage),
        gaps=gaps[:_MOST_GAPS],
        more_gaps=max(0, len(gaps) - _MOST_GAPS),
        feeds=[(feed, days, days is None or days > _STALE_DAYS) for feed, days in _ages(report)],
    )


def _ages(report: Report) -> list[tuple[Any, int | None]]:
    return [(feed, rows.age(feed, report)) for feed in report.tool.feeds]


def _headline(report: Report) -> tuple[str, str]:
    """Return a class name and the words of the verdict; an incomplete run is never shown as a pass."""
    gate, complete = report.verdict.gate, report.verdict.complete
    if gate is GateOutcome.FAILED:
        return "failed", "Gate failed" if complete else "Gate failed, scan incomplete"
    if not complete:
        return "incomplete", "Scan incomplete"
    return ("passed", "Gate passed") if gate is GateOutcome.PASSED else ("asked", "No gate was asked")


def _tiles(report: Report, found: Sequence[FindingRow], options: Options) -> list[Tile]:
    by_stage = rows.by_stage(found)
    out = []
    for stage, state in rows.stages(report).items():
        counts = rows.by_severity(by_stage.get(stage, []))
        total = sum(counts.values())
        drawn = charts.bar([(s.value, n) for s, n in counts.items()], f"{stage.value}: findings by severity")
        planned = options.planned.get(stage, "")
        out.append(Tile(stage=stage, state=state, total=total, counts=counts, bar=drawn, planned=planned))
    return out


def _groups(found: Sequence[FindingRow], rules: RuleSet | None) -> list[Group]:
    by_rule: dict[str, list[FindingRow]] = {}
    for row in found:
        by_rule.setdefault(rows.rule_id(row), []).append(row)
    return [
        Group(
            rule=rows.describe(group[0], rules),
            severity=group[0].severity,
            rows=group[:_MOST_PLACES],
            total=len(group),
            new=len(rows.occurrences(filter(rows.is_new, group))),
        )
        for group in by_rule.values()
    ]


def _components(report: Report, found: Sequence[FindingRow]) -> list[tuple[ComponentRow, int]]:
    """Return components with their number of findings, those with the most first."""
    wrong = Counter((row.purl, row.file) for row in found if row.purl)
    parts = [(part, wrong[part.purl, part.file]) for part in report.components]
    return sorted(parts, key=lambda item: (-item[1], item[0].name, item[0].version, item[0].file, item[0].line))


def _coverage_bar(report: Report) -> Any:
    files = report.coverage.files
    parts = [
        ("scanned", files.scanned),
        ("partial", files.partial),
        ("limited", files.limited),
        ("failed", files.failed),
        ("excluded", files.excluded),
    ]
    return charts.bar(parts, "Files by how they ended", width=600, height=12)
