"""A row as a SARIF result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.interop.sarif.locations import artifact, location, step
from secloop.interop.sarif.rules import LEVELS
from secloop.model.enums import Status

if TYPE_CHECKING:
    from secloop.interop.sarif.locations import Sources
    from secloop.interop.sarif.rules import RuleIndex
    from secloop.model.finding import Fix
    from secloop.model.policy import Hidden
    from secloop.model.report import FindingRow

_MOST_STEPS = 1_000
_BASELINE = {
    Status.NEW: "new",
    Status.REOPENED: "new",
    Status.OPEN: "unchanged",
    Status.ACCEPTED: "unchanged",
    Status.FIXED: "absent",
    Status.RETIRED: "absent",
}


def result(row: FindingRow, index: RuleIndex, sources: Sources, *, archive: bool) -> dict[str, Any]:
    """Return the result of one row; empty values are left out, as receivers refuse them."""
    own, number = index.place(row)
    found: dict[str, Any] = {
        "ruleId": own,
        "ruleIndex": number,
        "level": LEVELS[row.severity],
        "message": {"text": _message(row)},
        "locations": [location(row, sources)],
        "fingerprints": {"secloop/v1": row.id},
        "properties": _properties(row),
    }
    if line_hash := sources.line_hash(row):
        found["partialFingerprints"] = {"primaryLocationLineHash": line_hash}
    if row.flow:
        steps = [{"location": step(span)} for span in row.flow[:_MOST_STEPS]]
        found["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        found["relatedLocations"] = [{"id": 1, **step(row.flow[0]), "message": {"text": "The data comes from here"}}]
    if row.fix and row.fix.edits:
        found["fixes"] = [_fix(row.fix)]
    if archive:
        found["baselineState"] = _BASELINE[row.status]
        found["suppressions"] = _suppressions(row)
    return found


def _message(row: FindingRow) -> str:
    told = row.message or row.title or row.rule
    fixed = f" Fixed in {', '.join(row.fixed)}." if row.fixed and row.fixed[0] not in told else ""
    return (told + fixed).replace("](", "] (")  # no embedded link comes alive (SARIF 2.1.0, 3.11.6)


def _properties(row: FindingRow) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": row.kind.value,
        "severity": row.severity.value,
        "confidence": row.confidence.value,
        "audience": row.audience.value,
        "status": row.status.value,
        "occurrence": row.occurrence,
        "rule": row.rule,
        "severityRaw": row.severity_raw,
        "ids": list(row.ids),
        "purl": row.purl,
        "fixed": list(row.fixed),
        "owner": row.owner,
        "threats": list(row.threats),
        "excerpt": row.excerpt,
    }
    return {key: value for key, value in found.items() if value}


def _suppressions(row: FindingRow) -> list[dict[str, Any]]:
    if row.suppressed is None:
        return [{"kind": "external", "status": "accepted"}] if row.status is Status.ACCEPTED else []
    return [_suppression(row.suppressed)]


def _suppression(hidden: Hidden) -> dict[str, Any]:
    """Return what hides a row; a comment is inSource, an exception or baseline external (SARIF 2.1.0, 3.35.2)."""
    kind = "external" if hidden.by in {"exception", "baseline"} else "inSource"
    found: dict[str, Any] = {"kind": kind, "status": "accepted"}
    if hidden.reason:
        found["justification"] = hidden.reason
    about = {"by": hidden.by, "source": hidden.source, "until": hidden.until}
    if about := {key: value for key, value in about.items() if value}:
        found["properties"] = about
    return found


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement: dict[str, Any] = {"deletedRegion": {"charOffset": edit.start, "charLength": edit.end - edit.start}}
        if edit.text:
            replacement["insertedContent"] = {"text": edit.text}
        changes.setdefault(edit.file, []).append(replacement)
    found: dict[str, Any] = {
        "artifactChanges": [
            {"artifactLocation": artifact(file), "replacements": replacements} for file, replacements in changes.items()
        ],
        "properties": {"safe": fix.safe},
    }
    if fix.summary:
        found["description"] = {"text": fix.summary}
    return found
