"""What several codecs read off a report: which rows stand, in which order, at which place, under which rule."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from secloop.model.base import Record
from secloop.model.enums import Confidence, Kind, Severity, Stage, StageCoverage, Status
from secloop.model.ids import canonical_id
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.model.coverage import Coverage, Gap
    from secloop.model.report import FindingRow, Report
    from secloop.model.rule import Rule
    from secloop.model.run import Feed
    from secloop.rules.base import RuleSet

_GONE = {Status.FIXED, Status.RETIRED}
_NUMBER = lazy(r"\d{1,2}(?:\.\d{1,2})?")
_BANDS = {
    Severity.CRITICAL: (9.0, 10.0, 9.5),
    Severity.HIGH: (7.0, 8.9, 8.0),
    Severity.MEDIUM: (4.0, 6.9, 5.5),
    Severity.LOW: (0.1, 3.9, 2.0),
    Severity.INFO: (0.1, 0.1, 0.1),
    Severity.UNKNOWN: (4.0, 4.0, 4.0),
}
"""Lowest, highest and typical CVSS score of a severity (CVSS 3.1 section 5); what is unknown is not called low."""


class Description(Record, frozen=True, kw_only=True):
    """A rule as a report describes it, from its page or, without one, from a row.

    `find`, `why` and `how` are Markdown of the page, empty without one; `told` is a row's message, plain text.
    """

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    kind: Kind
    cwe: tuple[int, ...]
    told: str = ""
    find: str = ""
    why: str = ""
    how: str = ""
    references: tuple[str, ...] = ()
    controls: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


def standing(report: Report) -> list[FindingRow]:
    """Return the rows that count: neither gone nor hidden by a comment, an exception or the baseline; worst first."""
    rows = (r for r in report.findings if r.suppressed is None and r.status is not Status.ACCEPTED)
    return ordered(r for r in rows if r.status not in _GONE)


def sure(report: Report) -> list[FindingRow]:
    """Return the standing rows to look at first: all but those of low confidence that no decision names."""
    named = decided(report)
    return [r for r in standing(report) if r.confidence is not Confidence.LOW or r.occurrence in named]


def decided(report: Report) -> frozenset[str]:
    """Return the occurrences on which the gate fails."""
    return frozenset(occurrence for decision in report.verdict.decisions for occurrence in decision.occurrences)


def hidden(report: Report) -> list[FindingRow]:
    """Return the rows that something hides, worst first."""
    rows = (r for r in report.findings if r.suppressed is not None or r.status is Status.ACCEPTED)
    return ordered(r for r in rows if r.status not in _GONE)


def closed(report: Report) -> list[FindingRow]:
    """Return what this run closed, worst first."""
    return ordered((*report.closed, *(r for r in report.findings if r.status in _GONE)))


def ordered(rows: Iterable[FindingRow]) -> list[FindingRow]:
    """Return rows worst first, then by stage, place and rule; the order of the input does not matter."""
    stages = {stage: n for n, stage in enumerate(Stage)}
    return sorted(
        rows,
        key=lambda r: (
            -r.severity.rank,
            stages[r.stage],
            r.file or "",
            r.line or 0,
            r.column or 0,
            r.rule,
            r.occurrence,
            r.message,
        ),
    )


def by_stage(rows: Iterable[FindingRow]) -> dict[Stage, list[FindingRow]]:
    """Return rows by stage, in the loop's order, stages without rows left out."""
    found: dict[Stage, list[FindingRow]] = {stage: [] for stage in Stage}
    for row in rows:
        found[row.stage].append(row)
    return {stage: list_ for stage, list_ in found.items() if list_}


def occurrences(rows: Iterable[FindingRow]) -> list[FindingRow]:
    """Return the first row of each occurrence: what every count counts (ADR 0004)."""
    first: dict[str, FindingRow] = {}
    for row in rows:
        first.setdefault(row.occurrence, row)
    return list(first.values())


def by_severity(rows: Iterable[FindingRow]) -> dict[Severity, int]:
    """Return how many occurrences each severity has, worst first, zeros included."""
    counts = dict.fromkeys(Severity, 0)
    for row in occurrences(rows):
        counts[row.severity] += 1
    return counts


def is_new(row: FindingRow) -> bool:
    """Return whether a row was not there before this run."""
    return row.status in {Status.NEW, Status.REOPENED}


def stages(report: Report) -> dict[Stage, StageCoverage]:
    """Return the coverage of all eight stages in order; one the report does not name is not covered."""
    return {stage: report.coverage.stages.get(stage, StageCoverage.NOT_COVERED) for stage in Stage}


def stage_gaps(report: Report, stage: Stage) -> list[Gap]:
    """Return the gaps of a stage's sensors, and those of no known sensor, which concern every stage."""
    owner = {sensor.name: sensor.stage for sensor in report.run.sensors}
    return [gap for gap in report.coverage.gaps if owner.get(gap.sensor, stage) is stage]


def rule_id(row: FindingRow) -> str:
    """Return what a row is filed under: the advisory for a vulnerability (alerts group by it), else the rule."""
    return canonical_id(row.ids) if row.kind is Kind.VULNERABILITY and row.ids else row.rule


def place(row: FindingRow) -> str:
    """Return where a row is: `file:line:column`, or its resource, endpoint or component; not yet made visible."""
    if row.file:
        parts = (row.file, row.line, row.column if row.column and row.column > 1 else None)
        return ":".join(str(part) for part in parts if part is not None)
    return row.resource or row.endpoint or row.purl or row.component or ""


def package(row: FindingRow) -> str:
    """Return `name version` of a row about a package, else an empty string."""
    return f"{row.component} {row.version or ''}".strip() if row.component else ""


def problem(row: FindingRow) -> str:
    """Return the title without the package that may stand before it."""
    return row.title.removeprefix(f"{package(row)}: ") if row.component else row.title


def headline(row: FindingRow) -> str:
    """Return the title, with the package before it where the row is about one."""
    return f"{package(row)}: {problem(row)}" if row.component else row.title


def short_id(row: FindingRow) -> str:
    """Return the start of a finding's id that commands take."""
    return row.id[:10]


def score(severity: Severity, raw: str = "") -> float:
    """Return a CVSS base score: what `raw` (a number or vector) says, if it fits the severity, else a typical one."""
    lowest, highest, typical = _BANDS[severity]
    own = _cvss(raw.strip())
    return own if own is not None and lowest <= own <= highest else typical


def describe(row: FindingRow, rules: RuleSet | None) -> Description:
    """Return the description of a row's rule; a vulnerability is described by its advisory."""
    page = rules.page(row.rule) if rules else None
    base = Description(
        id=rule_id(row),
        title=problem(row),
        severity=row.severity,
        confidence=row.confidence,
        kind=row.kind,
        cwe=row.cwe,
        told=row.message,
        controls=row.controls,
    )
    if row.kind is Kind.VULNERABILITY and row.ids:
        return _advisory(base, row, page)
    return _paged(base, page) if page else base


def age(feed: Feed, report: Report) -> int | None:
    """Return how many days old a feed was when the run started, or None where a date is missing."""
    try:
        return (date.fromisoformat(report.run.started[:10]) - date.fromisoformat(feed.date[:10])).days
    except ValueError:
        return None


def files_line(coverage: Coverage) -> str:
    """Return the file counts in words, e.g. `182 of 190 files scanned, 7 excluded (4 ignored, 3 binary), 1 partial`."""
    files = coverage.files
    by_count = sorted(coverage.excluded.items(), key=lambda item: (-item[1], item[0]))
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in by_count)
    parts = [f"{files.scanned:,} of {files.seen:,} {'file' if files.seen == 1 else 'files'} scanned"]
    if files.excluded:
        parts.append(f"{files.excluded:,} excluded" + (f" ({reasons})" if reasons else ""))
    bad = {"partial": files.partial, "limited": files.limited, "failed": files.failed}
    return ", ".join([*parts, *(f"{number:,} {word}" for word, number in bad.items() if number)])


def _advisory(base: Description, row: FindingRow, page: Rule | None) -> Description:
    fixed = f"Update {row.component or 'the package'} to {' or '.join(row.fixed)}." if row.fixed else ""
    how = "\n\n".join(filter(None, (fixed, page.how if page else "")))
    links = tuple(f"https://osv.dev/vulnerability/{own}" for own in row.ids)
    return msgspec.structs.replace(base, why=page.why if page else "", how=how, references=links)


def _paged(base: Description, page: Rule) -> Description:
    matcher = next((m for m in page.matchers if page.rule_id(m) == base.id), None)
    return msgspec.structs.replace(
        base,
        title=(matcher and matcher.title) or page.title,
        cwe=base.cwe or page.cwe,
        find=page.find,
        why=page.why,
        how=page.how,
        references=page.references,
        controls=base.controls or page.controls,
    )


def _cvss(raw: str) -> float | None:
    if _NUMBER.fullmatch(raw):
        return float(raw)
    if not raw.startswith("CVSS:"):
        return None
    import cvss

    kind = cvss.CVSS4 if raw.startswith("CVSS:4") else cvss.CVSS3
    try:
        return float(kind(raw).base_score)
    except cvss.CVSSError:
        return None
