"""Markdown for a pull request: one sticky comment, found again by its hidden marker, safe whatever a file is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.interop import rows
from secloop.interop.text import count, fit, quoted, visible
from secloop.model.enums import StageCoverage, Status
from secloop.model.policy import GateOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.interop.base import Options
    from secloop.model.enums import Stage
    from secloop.model.report import FindingRow, Report
    from secloop.rules.base import RuleSet

MARKER = "<!-- secloop -->"
"""The first line of every comment, by which the next run finds it (conventions.md)."""
_MOST_ROWS = 50
_MOST_GAPS = 20
_MOST_CHARACTERS = 60_000  # GitHub refuses a comment of more than 65,536
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~^$])")
_LIVE = re.compile(r"(@|#|://|\bwww\.|\bGH-)(?=\S)")
_HEADLINES = {
    GateOutcome.PASSED: "Gate passed",
    GateOutcome.FAILED: "Gate failed",
    GateOutcome.NOT_ASKED: "Findings",
}


def write(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - the codec protocol
    """Return the comment: verdict, counts, new findings in a table, existing and unchecked ones folded."""
    most = _MOST_ROWS
    while True:
        text = "\n".join(_comment(report, most)) + "\n"
        if len(text) <= _MOST_CHARACTERS or most == 0:
            return text.encode("utf-8", "backslashreplace")
        most //= 2


def _comment(report: Report, most: int) -> Iterator[str]:
    found = rows.standing(report)
    new = [row for row in found if rows.is_new(row)]
    known = [row for row in found if row.status is Status.OPEN]
    fixed = [row for row in rows.closed(report) if row.status is Status.FIXED]
    yield from (MARKER, "", f"## secloop: {_headline(report)}", "")
    numbers = [len(rows.occurrences(group)) for group in (new, fixed, known)]
    yield f"**{numbers[0]:,} new** ({_severities(new)}) · {numbers[1]:,} fixed · {numbers[2]:,} existing"
    yield from _decisions(report)
    yield from _table(report, new, most, "new")
    for word, group in (("existing", known), ("fixed", fixed)):
        title = count(len(rows.occurrences(group)), f"{word} finding")
        yield from _folded(title, _table(report, group, most, word))
    yield from _unchecked(report)
    yield from ("", f"<sub>{_stages(report)} · {escaped(rows.files_line(report.coverage))}{_at(report)}</sub>")


def _headline(report: Report) -> str:
    word = _HEADLINES[report.verdict.gate]
    return word if report.verdict.complete else f"{word}, and the scan is incomplete"


def _severities(found: list[FindingRow]) -> str:
    counts = [f"{n:,} {severity.value}" for severity, n in rows.by_severity(found).items() if n]
    return ", ".join(counts) or "none"


def _decisions(report: Report) -> Iterator[str]:
    if report.verdict.decisions:
        yield ""
    for decision in report.verdict.decisions:
        number = f" ({count(len(decision.findings), 'finding')})" if decision.findings else ""
        reason, to_pass = escaped(decision.reason), escaped(decision.to_pass)
        yield f"- **{escaped(decision.rule)}**: {reason}{number}. To pass: {to_pass}."


def _table(report: Report, found: list[FindingRow], most: int, word: str) -> Iterator[str]:
    if not found:
        return
    yield from ("", "| Severity | Finding | Where | Id |", "| --- | --- | --- | --- |")
    for row in found[:most]:
        yield f"| {row.severity.value} | {_what(row)} | {_where(report, row)} | {code(rows.short_id(row))} |"
    if len(found) > most:
        yield from ("", f"and {count(len(found) - most, 'more place')} of {word} findings, less severe")


def _what(row: FindingRow) -> str:
    title = escaped(fit(visible(rows.headline(row)), 120))
    fixed = f", fixed in {escaped(row.fixed[0])}" if row.fixed else ""
    return f"{title}<br>{code(rows.rule_id(row))}{fixed}"


def _where(report: Report, row: FindingRow) -> str:
    shown = code(rows.place(row))
    project, commit = report.run.project, report.run.commit
    if not (row.file and commit and re.fullmatch(r"github\.com/[\w.-]+/[\w.-]+", project)):
        return shown
    return f"[{shown}](https://{project}/blob/{quoted(commit)}/{quoted(row.file)}#L{row.line or 1})"


def _unchecked(report: Report) -> Iterator[str]:
    gaps = [gap for gap in report.coverage.gaps if gap.incomplete]
    told = [
        f"{code(gap.file or 'the whole tree')}: {escaped(f'{gap.sensor} {gap.outcome.value}: {gap.reason}')}"
        for gap in gaps
    ]
    told += [escaped(missing) for missing in report.coverage.missing]
    more = [f"and {len(told) - _MOST_GAPS:,} more"] if len(told) > _MOST_GAPS else []
    lines = ["", *(f"- {line}" for line in [*told[:_MOST_GAPS], *more])]
    yield from _folded(f"{len(told):,} not checked", lines if told else [])


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    inner = list(lines)
    if inner:
        yield from ("", f"<details><summary>{title}</summary>", *inner, "", "</details>")


def _stages(report: Report) -> str:
    by_state: dict[StageCoverage, list[Stage]] = {}
    for stage, state in rows.stages(report).items():
        by_state.setdefault(state, []).append(stage)
    order = (StageCoverage.COMPLETE, StageCoverage.INCOMPLETE, StageCoverage.NOT_COVERED)
    parts = [f"{', '.join(by_state[state])} {state.value.replace('-', ' ')}" for state in order if state in by_state]
    return "; ".join(parts)


def _at(report: Report) -> str:
    commit = f" · {code(report.run.commit[:10])}" if report.run.commit else ""
    return f"{commit} · secloop {escaped(report.tool.version)}"


def escaped(text: str) -> str:
    """Return untrusted text as Markdown that shows it: no markup, HTML, mention, reference or link comes alive."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", _LIVE.sub("\\1\u200b", shown))


def code(text: str) -> str:
    """Return untrusted text as a code span, which holds in a table cell too (CommonMark 6.1, GFM tables)."""
    shown = visible(text).replace("|", "\\|")
    if not shown:
        return ""
    ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", shown)), default=0))
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{space}{shown}{space}{ticks}"
