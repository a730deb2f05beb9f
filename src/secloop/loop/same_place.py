"""One weakness seen by several rules at one place is one finding.

Rules overlap on purpose: one knows the library, another the look of the call, a third that a function hands on what it
is given. Who reads the report wants the problem once, told by the rule that is surest; the others stay as attributions.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from secloop.model.enums import Audience, Kind
from secloop.model.places import CodeSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.model.finding import Finding


def merged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings in their order, with weaknesses of one family that overlap on one line merged into the surest.

    One that is graver than the surest, or meant for more readers, stays beside it: a gate must not miss it.

    The family is the first field of a weakness's identity (contracts.md, Identity). The one that stays names the
    rules of the others in `tools`, and their CWEs behind its own.
    """
    groups: dict[tuple[str, str, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        if (span := _span(finding)) is not None:
            groups[span.file, finding.identity[0], span.line].append(finding)
    instead: dict[int, Finding | None] = {}
    for group in groups.values():
        if len(group) > 1:
            instead |= _merged(sorted(group, key=_rank))
    kept = (instead.get(id(finding), finding) for finding in findings)
    return tuple(finding for finding in kept if finding is not None)


def _merged(group: Iterable[Finding]) -> dict[int, Finding | None]:
    """Return, by the identity of each finding, what stands in its place; `group` comes with the surest first."""
    kept: list[list[Finding]] = []
    for finding in group:
        same = next((some for some in kept if _stands_for(some[0], finding) and _overlaps(some, finding)), None)
        if same is None:
            kept.append([finding])
        else:
            same.append(finding)
    instead: dict[int, Finding | None] = {}
    for best, *others in kept:
        instead[id(best)] = _with(best, others) if others else best
        instead |= {id(other): None for other in others}
    return instead


def _with(best: Finding, others: Sequence[Finding]) -> Finding:
    tools = dict.fromkeys((*best.tools, *(tool for other in others for tool in other.tools)))
    cwe = dict.fromkeys((*best.cwe, *(number for other in others for number in other.cwe)))
    return msgspec.structs.replace(best, tools=tuple(tools), cwe=tuple(cwe))


def _rank(finding: Finding) -> tuple[object, ...]:
    """Order the surest first: by confidence, severity, a shown way of the data, and then the smallest place."""
    span = _span(finding)
    size = (span.end_line - span.line, span.end_column - span.column, span.column) if span else ()
    return (-finding.confidence.rank, -finding.severity.rank, not finding.flow, size, finding.rule)


def _stands_for(best: Finding, other: Finding) -> bool:
    """Return whether no gate and no reader can miss `other` behind `best`, which is as sure."""
    audiences = list(Audience)
    heard = audiences.index(best.audience) <= audiences.index(other.audience)
    return heard and best.severity.at_least(other.severity)


def _overlaps(some: Iterable[Finding], finding: Finding) -> bool:
    return any(_overlap(one, finding) for one in some)


def _overlap(one: Finding, other: Finding) -> bool:
    a, b = _span(one), _span(other)
    if a is None or b is None:
        return False
    return (a.line, a.column) <= (b.end_line, b.end_column) and (b.line, b.column) <= (a.end_line, a.end_column)


def _span(finding: Finding) -> CodeSpan | None:
    return finding.place if finding.kind is Kind.WEAKNESS and isinstance(finding.place, CodeSpan) else None
