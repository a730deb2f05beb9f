"""CSV (RFC 4180): one line per row, for spreadsheets; a cell can never start a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from secloop.interop import rows
from secloop.interop.text import visible

if TYPE_CHECKING:
    from secloop.interop.base import Options
    from secloop.model.report import FindingRow, Report
    from secloop.rules.base import RuleSet

COLUMNS = (
    "id", "occurrence", "status", "severity", "confidence", "kind", "stage", "rule", "title", "message", "file",
    "line", "end_line", "component", "version", "fixed", "resource", "endpoint", "ids", "cwe", "owner",
    "hidden_by", "hidden_why",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # full-width forms too


def write(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - the codec protocol
    """Return every row, hidden ones included, worst first, with a header line and CRLF line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows.ordered(report.findings):
        writer.writerow([_cell(value) for value in _values(row)])
    return out.getvalue().encode("utf-8")


def _values(row: FindingRow) -> tuple[object, ...]:
    hidden = row.suppressed
    return (
        row.id,
        row.occurrence,
        row.status.value,
        row.severity.value,
        row.confidence.value,
        row.kind.value,
        row.stage.value,
        row.rule,
        row.title,
        row.message,
        row.file,
        row.line,
        row.end_line,
        row.component,
        row.version,
        " ".join(row.fixed),
        row.resource,
        row.endpoint,
        " ".join(row.ids),
        " ".join(f"CWE-{number}" for number in row.cwe),
        row.owner,
        hidden.by if hidden else None,
        hidden.reason if hidden else None,
    )


def _cell(value: object) -> object:
    """Return a value as a cell; text that a spreadsheet would run gets a quote before it (OWASP, "CSV Injection")."""
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if value.lstrip(" ").startswith(_FORMULA) else shown
