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
    """One thing to do, why, and the findings it clears; `anchor` is where the page tells more."""

    what: str
    why: str
    where: str
    severity: Severity
    exploited: bool
    clears: int
    anchor: str


def actions(found: Iterable[FindingRow]) -> list[Action]:
    """Return the first acts to take on standing rows, given worst first.

    Ordered by worst severity, known exploitation, confidence, then by how many findings an act clears.
    """
    groups: dict[tuple[str, ...], list[FindingRow]] = {}
    for row in found:
        groups.setdefault(_act(row), []).append(row)
    ranked = sorted(groups.items(), key=lambda item: (*_rank(item[1]), item[0]))
    return [_action(group) for _, group in ranked[:_MOST]]


def anchor(row: FindingRow) -> str:
    """Return the name of the part of the page that tells of a row's rule."""
    return f"{row.stage.value}-{rows.rule_id(row)}".replace(" ", "-")


def _act(row: FindingRow) -> tuple[str, ...]:
    """Return what makes two rows one act: the same package in the same file, else the same rule."""
    if row.component:
        return ("package", row.component, row.version or "", row.file or "")
    return ("rule", row.rule)


def _rank(group: list[FindingRow]) -> tuple[int, int, int, int]:
    worst = max(row.severity.rank for row in group)
    sure = max(row.confidence.rank for row in group)
    return (-worst, -int(_exploited(group)), -sure, -len(group))


def _exploited(group: list[FindingRow]) -> bool:
    return any(row.evidence.get("kev") == "true" for row in group)


def _action(group: list[FindingRow]) -> Action:
    first = group[0]
    others = len({rows.place(row) for row in group}) - 1
    what = _what(first, group)
    return Action(
        what=what,
        why="" if first.title in what else rows.problem(first),
        where=rows.place(first) + (f" and {others:,} more" if others else ""),
        severity=first.severity,
        exploited=_exploited(group),
        clears=len(rows.occurrences(group)),
        anchor=anchor(first),
    )


def _what(first: FindingRow, group: list[FindingRow]) -> str:
    if first.component:
        return _update(rows.package(first), sorted({row.fixed[0] for row in group if row.fixed}))
    if first.kind is Kind.SECRET:
        number = len({row.id for row in group})
        return "Revoke the secret and take it out" if number == 1 else f"Revoke {number:,} secrets and take them out"
    return f"Fix: {first.title}"


def _update(package: str, fixed: list[str]) -> str:
    """Name the versions that hold the fixes; which is the newest is the ecosystem's to say."""
    if not fixed:
        return f"Replace or accept {package}: no fix is known"
    return (
        f"Update {package} to {fixed[0]}" if len(fixed) == 1 else f"Update {package}: fixes are in {', '.join(fixed)}"
    )
