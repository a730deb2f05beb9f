"""Places as SARIF locations: percent-encoded paths below the root, all four region fields, GitHub's line hashes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from secloop.interop.line_hash import line_hashes
from secloop.interop.text import quoted
from secloop.model.ids import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from secloop.model.places import CodeSpan
    from secloop.model.report import FindingRow

_ANCHORS = ("secloop.toml", "pyproject.toml", "README.md", "README.rst", "README")
"""Where a finding without a file is shown: GitHub wants a file, and these stay."""


class Sources:
    """What is needed of the files that rows stand in. Each is read once and let go."""

    def __init__(self, read: Callable[[str], bytes | None] | None, found: Iterable[FindingRow]) -> None:
        """Read the files of `found` through `read`."""
        self.known = read is not None
        self.anchor = next((name for name in _ANCHORS if read and read(name) is not None), _ANCHORS[0])
        self._hashes: dict[tuple[str, int], str] = {}
        self._ends: dict[tuple[str, int], int] = {}
        lines: defaultdict[str, set[int]] = defaultdict(set)
        for row in found:
            if row.file:
                lines[row.file].update((row.line or 1, row.end_line or row.line or 1))
        for file, wanted in lines.items():
            data = read(file) if read else None
            if data is not None:
                self._learn(file, data, wanted)

    def line_hash(self, row: FindingRow) -> str:
        """Return GitHub's hash of a row's line; empty where no reader was given, for then the upload computes it.

        Where there is no such line (no file, unreadable), a hash of the occurrence stands in: as stable, as distinct.
        """
        if not self.known:
            return ""
        own = self._hashes.get((row.file, row.line or 1)) if row.file else None
        return own or f"{digest((row.occurrence, str(row.line or 0)))[:16]}:1"

    def end_column(self, file: str, line: int) -> int:
        """Return the column behind the last character of a line, at least 2 (a region is never empty)."""
        return self._ends.get((file, line), 2)

    def _learn(self, file: str, data: bytes, wanted: set[int]) -> None:
        for line, value in line_hashes(data, wanted).items():
            self._hashes[file, line] = value
        lines = data.split(b"\n")
        for line in wanted:
            if line <= len(lines):
                self._ends[file, line] = max(2, len(lines[line - 1].decode("utf-8", "replace").rstrip()) + 1)


def artifact(file: str) -> dict[str, Any]:
    """Return a file below the root; bytes of a name that are not UTF-8 are percent-encoded as they are (RFC 3986)."""
    return {"uri": quoted(file, safe="/~@+,=!$()"), "uriBaseId": "%SRCROOT%"}


def location(row: FindingRow, sources: Sources) -> dict[str, Any]:
    """Return the location of a row, with its resource, endpoint or package as logical location."""
    file = row.file or sources.anchor
    found: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact(file), "region": _region(row, sources)}}
    logical = (("resource", row.resource), ("endpoint", row.endpoint), ("package", row.purl))
    if names := [{"fullyQualifiedName": name, "kind": kind} for kind, name in logical if name]:
        found["logicalLocations"] = names
    return found


def step(span: CodeSpan) -> dict[str, Any]:
    """Return one step of a data flow."""
    holds = _holds(span.line, span.column, span.end_line, span.end_column)
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": max(span.line, span.end_line),
        "endColumn": span.end_column if holds else span.column + 1,
    }
    return {"physicalLocation": {"artifactLocation": artifact(span.file), "region": region}}


def _region(row: FindingRow, sources: Sources) -> dict[str, int]:
    if not row.file:
        return {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}
    start, column = row.line or 1, row.column or 1
    end = max(start, row.end_line or start)
    end_column = row.end_column or 0
    if not _holds(start, column, end, end_column):
        end_column = max(sources.end_column(row.file, end), column + 1 if end == start else 2)
    return {"startLine": start, "startColumn": column, "endLine": end, "endColumn": end_column}


def _holds(line: int, column: int, end_line: int, end_column: int) -> bool:
    """Whether a region covers at least one character."""
    return end_column > (column if end_line <= line else 1)
