"""JUnit XML for CI test views: a suite per stage, a failing case per finding, no pass for what was not checked."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.interop import rows
from secloop.interop.text import lines, visible
from secloop.model.enums import StageCoverage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.interop.base import Options
    from secloop.model.enums import Stage
    from secloop.model.report import FindingRow, Report
    from secloop.rules.base import RuleSet

_COUNTS = ("failure", "error", "skipped")


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A test case; `outcome` is failure, error, skipped, or empty for a pass."""

    stage: Stage
    name: str
    outcome: str = ""
    message: str = ""
    text: str = ""
    file: str = ""
    line: int = 0


def write(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - the codec protocol
    """Return all eight stages as suites: a finding fails, a hidden one is skipped, an incomplete stage is an error."""
    found, hidden = rows.by_stage(rows.standing(report)), rows.by_stage(rows.hidden(report))
    suites = [
        (stage, list(_cases(report, stage, state, found.get(stage, []), hidden.get(stage, []))))
        for stage, state in rows.stages(report).items()
    ]
    every = [case for _, cases in suites for case in cases]
    out = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{_attributes(name='secloop', **_totals(every))}>"]
    for stage, cases in suites:
        head = _attributes(name=f"secloop.{stage.value}", **_totals(cases), timestamp=report.run.started.rstrip("Z"))
        out += [f"  <testsuite{head}>", *(_case(case) for case in cases), "  </testsuite>"]
    return ("\n".join([*out, "</testsuites>"]) + "\n").encode("utf-8")


def _cases(
    report: Report, stage: Stage, state: StageCoverage, found: list[FindingRow], hidden: list[FindingRow]
) -> Iterator[_Case]:
    for row in found:
        yield _case_of(row, "failure", f"{row.severity.value}: {rows.headline(row)}")
    for row in hidden:
        why = f"{row.suppressed.by}: {row.suppressed.reason}" if row.suppressed else row.status.value
        yield _case_of(row, "skipped", why)
    if state is StageCoverage.NOT_COVERED:
        yield _Case(stage=stage, name="coverage", outcome="skipped", message="not covered")
    elif state is StageCoverage.INCOMPLETE:
        gaps = [gap for gap in rows.stage_gaps(report, stage) if gap.incomplete]
        told = [
            visible(f"{gap.file or 'the whole tree'}: {gap.sensor} {gap.outcome.value}: {gap.reason}") for gap in gaps
        ]
        text = "\n".join([*told, *report.coverage.missing])
        yield _Case(stage=stage, name="coverage", outcome="error", message="not everything was checked", text=text)
    elif not found:
        yield _Case(stage=stage, name="no findings")


def _case_of(row: FindingRow, outcome: str, message: str) -> _Case:
    name = f"{rows.headline(row)} [{rows.rule_id(row)}] {rows.place(row)} {rows.short_id(row)}"
    fixed = f"Fixed in {', '.join(row.fixed)}" if row.fixed else ""
    # A name with a line end must start no line: a log would read `::set-output` there as a command.
    parts = (row.message, *map(visible, (rows.place(row), row.excerpt, fixed, row.occurrence)))
    text = "\n".join(part for part in parts if part)
    return _Case(
        stage=row.stage,
        name=name,
        outcome=outcome,
        message=message,
        text=text if outcome == "failure" else "",
        file=row.file or "",
        line=row.line or 0,
    )


def _case(case: _Case) -> str:
    head = _attributes(classname=f"secloop.{case.stage.value}", name=case.name, file=case.file, line=case.line)
    if not case.outcome:
        return f"    <testcase{head}/>"
    inner = _attributes(message=case.message)
    body = f">{_escaped(lines(case.text))}</{case.outcome}>" if case.text else "/>"
    return f"    <testcase{head}>\n      <{case.outcome}{inner}{body}\n    </testcase>"


def _totals(cases: list[_Case]) -> dict[str, str]:
    failure, error, skipped = (str(sum(case.outcome == outcome for case in cases)) for outcome in _COUNTS)
    return {"tests": str(len(cases)), "failures": failure, "errors": error, "skipped": skipped}


def _attributes(**values: str | int) -> str:
    """Return XML attributes, empty ones left out."""
    return "".join(f' {key}="{_escaped(visible(str(value)))}"' for key, value in values.items() if value)


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)
