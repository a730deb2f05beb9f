"""What the example shop must show: its `expected.json`, and the comparison of a report with it.

A row of expected.json is (stage, kind, file, line, text, why) and whatever tells the problem apart: `cwe`, `ids`,
`component`, `resource`, `event`. `line` counts in the expanded file and `text` stands on it. `feed` says which
advisories know a vulnerability: `starter`, `full` (the whole snapshot), or both where it is absent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
STAGES = ("plan", "code", "build", "test", "release", "deploy", "operate", "monitor")
SURE = "high"
"""The confidence from which on a finding that nobody planted is a failure (contracts.md)."""

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Planted problems that were not found or found more than once, and sure findings that were not planted."""

    missing: tuple[Row, ...]
    doubled: tuple[Row, ...]
    extra: tuple[Row, ...]

    def __bool__(self) -> bool:
        """Whether the report holds exactly what was planted."""
        return not (self.missing or self.doubled or self.extra)

    def __str__(self) -> str:
        """One line for each difference."""
        return "\n".join(
            f"{what}: {row['stage']} {row['kind']} {row.get('file')}:{row.get('line')} "
            f"{row.get('rule') or row.get('why')} {row.get('ids') or row.get('cwe') or ''}"
            for what, rows in (("missing", self.missing), ("doubled", self.doubled), ("extra", self.extra))
            for row in rows
        )


def expected(root: Path = SHOP) -> list[Row]:
    """Return the rows of the shop's expected.json."""
    rows: list[Row] = json.loads((root / "expected.json").read_text(encoding="utf-8"))
    return rows


def compare(
    findings: Iterable[Row],
    rows: Sequence[Row],
    stages: Collection[str],
    *,
    feed: str = "starter",
) -> Comparison:
    """Compare the findings of a JSON report with the rows of the stages that ran.

    Each row that `feed` knows must be found once. A finding of high confidence that is no row at all is extra; what an
    ignore comment or an exception hides does not count.
    """
    shown = [one for one in findings if one["stage"] in stages and not one.get("suppressed")]
    hits = [(row, [one for one in shown if matches(row, one)]) for row in rows if row["stage"] in stages]
    wanted = [(row, found) for row, found in hits if row.get("feed", feed) == feed]
    known = {id(one) for _, found in hits for one in found}
    return Comparison(
        missing=tuple(row for row, found in wanted if not found),
        doubled=tuple(row for row, found in wanted if len(found) > 1),
        extra=tuple(one for one in shown if id(one) not in known and one["confidence"] == SURE),
    )


def matches(row: Row, finding: Row) -> bool:
    """Return whether a finding is the problem of a row: the same kind, place, and a CWE or id in common."""
    return (
        all(row[key] == finding.get(key) for key in ("stage", "kind"))
        and _same_place(row, finding)
        and _shares(row, finding)
    )


def _same_place(row: Row, finding: Row) -> bool:
    if "event" in row:
        return bool(row["event"] == finding.get("event"))
    if row["file"] != finding.get("file"):
        return False
    if "component" in row:
        return all(row[key] == finding.get(key) for key in ("component", "version"))
    if "resource" in row and finding.get("resource"):
        return bool(row["resource"] == finding["resource"])
    line, end = finding.get("line"), finding.get("end_line")
    return line is not None and line <= row["line"] <= (end or line)


def _shares(row: Row, finding: Row) -> bool:
    """Return whether a row and a finding agree on an id, or where the row has none on a CWE."""
    for key in ("ids", "cwe"):
        if row.get(key):
            return not set(row[key]).isdisjoint(finding.get(key) or ())
    return True
