"""Findings and rows that the policy tests share."""

from __future__ import annotations

from typing import Any

import msgspec

from secloop.model.coverage import Coverage, FileCounts, Gap
from secloop.model.enums import Confidence, FileClass, Kind, Severity, Stage
from secloop.model.finding import Finding, ToolRef
from secloop.model.ids import finding_id, occurrence_id
from secloop.model.places import CodeSpan, place_key
from secloop.model.report import FindingRow, row_of

TODAY = "2026-11-24"
COMPLETE = Coverage(files=FileCounts(seen=3, scanned=3))


def finding(kind: Kind = Kind.WEAKNESS, **given: Any) -> Finding:
    """Return an identified finding; `file`, `line`, `end_line` make its place unless `place` is given."""
    file, line = given.pop("file", "app/db.py"), given.pop("line", 10)
    span = CodeSpan(file=file, line=line, end_line=given.pop("end_line", line), column=5, end_column=40)
    rule = given.pop("rule", f"{kind.value}-rule.one")
    plain = Finding(
        kind=kind,
        stage=given.pop("stage", Stage.CODE),
        rule=rule,
        title="A title",
        message="A message",
        severity=given.pop("severity", Severity.HIGH),
        confidence=given.pop("confidence", Confidence.HIGH),
        place=given.pop("place", span),
        identity=given.pop("identity", (kind.value, "one")),
        tools=given.pop("tools", (ToolRef(tool="secloop", rule=rule),)),
        **given,
    )
    own = plain.id or finding_id(kind, plain.identity)
    return msgspec.structs.replace(plain, id=own, occurrence=occurrence_id(own, place_key(plain.place)))


def row(kind: Kind = Kind.WEAKNESS, **given: Any) -> FindingRow:
    """Return the row of a finding; `status` and `suppressed` are the row's, all else the finding's."""
    of_row = {name: given.pop(name) for name in ("status", "suppressed") if name in given}
    return msgspec.structs.replace(row_of(finding(kind, **given)), **of_row)


def gap(outcome: FileClass, share: float | None = None) -> Gap:
    """Return a gap of one file."""
    return Gap(file="a.py", sensor="sast", outcome=outcome, reason="a reason", share=share)
