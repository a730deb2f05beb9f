"""One row for one problem at one place, however many rules and tools report it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.model.finding import Finding
    from secloop.model.places import Place


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Return identified findings with those of equal id and place made one. The order of the input does not matter."""
    groups: dict[tuple[str, Place], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.id, finding.place), []).append(finding)
    return [group[0] if len(group) == 1 else merge(group) for group in groups.values()]


def merge(group: list[Finding]) -> Finding:
    """Return one finding for several of one id and place.

    The most confident, then most severe one speaks (title, message, rule); severity and confidence are the strongest;
    ids, tools, CWEs, controls, threats, fixed versions and evidence are united.
    """
    ordered = sorted(group, key=_weight)
    first = ordered[0]
    worst = max(ordered, key=lambda f: f.severity.rank)
    return msgspec.structs.replace(
        first,
        severity=worst.severity,
        severity_raw=first.severity_raw if first.severity is worst.severity else worst.severity_raw,
        cwe=tuple(sorted({cwe for f in ordered for cwe in f.cwe})),
        ids=tuple(sorted({own for f in ordered for own in f.ids})),
        threats=tuple(sorted({threat for f in ordered for threat in f.threats})),
        fixed=tuple(sorted({version for f in ordered for version in f.fixed})),
        tools=tuple(sorted({tool for f in ordered for tool in f.tools}, key=lambda t: (t.tool, t.rule, t.own_id))),
        controls=_controls(ordered),
        evidence={key: value for f in reversed(ordered) for key, value in f.evidence.items()},
        flow=next((f.flow for f in ordered if f.flow), ()),
        excerpt=next((f.excerpt for f in ordered if f.excerpt), ""),
        fix=next((f.fix for f in ordered if f.fix), None),
    )


def _weight(finding: Finding) -> tuple[int, int, str, bytes]:
    """Order findings: who speaks first; the bytes settle ties, so that no order of the input shows."""
    return (
        -finding.confidence.rank,
        -finding.severity.rank,
        finding.rule,
        msgspec.msgpack.encode(finding, order="deterministic"),
    )


def _controls(ordered: list[Finding]) -> dict[str, tuple[str, ...]]:
    united: dict[str, set[str]] = {}
    for finding in ordered:
        for framework, controls in finding.controls.items():
            united.setdefault(framework, set()).update(controls)
    return {framework: tuple(sorted(united[framework])) for framework in sorted(united)}
