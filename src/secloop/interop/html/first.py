"""What to fix first: findings grouped by the one act that clears them, the most worthwhile act first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.interop import rows
from secloop.model.enums import Kind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.model.report import FindingRow

_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to do, why, and the findings it clears; `rule` is the anchor of the first."""

    what: str
    why: str
    where: str
    severity: Severity
    clears: int
    rule: str


def actions(found: Iterable[FindingRow]) -> list[Action]:
    """Return the first acts to take on standing rows (worst first): by worst severity, exploitation, then how many clear."""
    groups: dict[tuple[str, ...], list[FindingRow]] = {}
    for row in found:
        groups.setdefault(_act(row), []).append(row)
    ranked = sorted(groups.items(), key=lambda item: (*_rank(item[1]), item[0]))
    return [_action(group) for _, group in ranked[:_MOST]]


def _act(row: FindingRow) -> tuple[str, ...]:
    """Return what makes two rows one act: the same package in the same file, the same secret, else the same rule."""
    if row.component:
        return ("package", row.component, row.version or "", row.file or "")
    return ("secret", row.id) if row.kind is Kind.SECRET else ("rule", row.rule)


def _rank(group: list[FindingRow]) -> tuple[int, int, int, int]:
    worst = max(row.severity.rank for row in group)
    exploited = any(row.evidence.get("kev") == "true" for row in group)
    sure = max(row.confidence.rank for row in group)
    return (-worst, -int(exploited), -sure, -len(group))


def _action(group: list[FindingRow]) -> Action:
    first = group[0]
    files = len({row.file for row in group})
    return Action(
        what=_what(first, group),
        why=first.title,
        where=rows.place(first) if files < 2 else f"{rows.place(first)} and {files - 1:,} more",  # noqa: PLR2004 - one
        severity=first.severity,
        clears=len(group),
        rule=rows.rule_id(first),
    )


def _what(first: FindingRow, group: list[FindingRow]) -> str:
    if first.component:
        fixed = sorted({row.fixed[0] for row in group if row.fixed})
        to = (
            f"to a version with the fixes ({', '.join(fixed)})" if len(fixed) > 1 else f"to {fixed[0]}" if fixed else ""
        )
        return (
            f"Update {rows.package(first)} {to}".rstrip()
            if fixed
            else f"Replace or accept {rows.package(first)}: no fix"
        )
    return "Revoke the secret and take it out" if first.kind is Kind.SECRET else f"Fix: {first.title}"
