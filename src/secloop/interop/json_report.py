"""The JSON report, `secloop.report/1` (contracts.md, "JSON report"): the contract other programs rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from secloop.interop.base import json_bytes
from secloop.model.coverage import Coverage
from secloop.model.policy import Verdict
from secloop.model.report import ComponentRow, FindingRow, Tool, UnusedIgnore
from secloop.model.run import Run

if TYPE_CHECKING:
    from secloop.interop.base import Options
    from secloop.model.report import Report
    from secloop.rules.base import RuleSet


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of `model.report.Report` in the order they are written: a reader meets `schema` first."""

    schema: Literal["secloop.report/1"]
    tool: Tool
    run: Run
    verdict: Verdict
    coverage: Coverage
    findings: tuple[FindingRow, ...]
    components: tuple[ComponentRow, ...]
    closed: tuple[FindingRow, ...] = ()
    unused_ignores: tuple[UnusedIgnore, ...] = ()
    notes: tuple[str, ...] = ()


def document(report: Report) -> Document:
    """Return `report` in the order of the written document."""
    return Document(
        schema=report.schema,
        tool=report.tool,
        run=report.run,
        verdict=report.verdict,
        coverage=report.coverage,
        findings=report.findings,
        components=report.components,
        closed=report.closed,
        unused_ignores=report.unused_ignores,
        notes=report.notes,
    )


def write(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - the codec protocol
    """Return the report as indented JSON; rows keep the report's order."""
    return json_bytes(document(report))
