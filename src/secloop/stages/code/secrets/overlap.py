"""Which hits stay: those whose required companions are near, and of overlapping ones the most specific."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.stages.code.secrets.detect import Hit
    from secloop.stages.code.secrets.spec import Required


def with_required(hits: Sequence[Hit], data: bytes) -> list[Hit]:
    """Return the hits whose required matchers hit within their distance, without those that are only required."""
    kept = _companioned(hits, data) if any(hit.rule.spec.required for hit in hits) else hits
    return [hit for hit in kept if not hit.rule.spec.skip_report]


def distinct(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits in order without those that overlap a more specific one (provider before generic)."""
    kept: list[Hit] = []
    taken: list[tuple[int, int]] = []  # disjoint and sorted, so neighbours suffice
    for hit in sorted(hits, key=specificity):
        at = bisect_left(taken, (hit.start, hit.end))
        if at < len(taken) and taken[at][0] < hit.end:
            continue
        if at and taken[at - 1][1] > hit.start:
            continue
        taken.insert(at, (hit.start, hit.end))
        kept.append(hit)
    return sorted(kept, key=lambda hit: (hit.start, hit.rule.rule_id))


def specificity(hit: Hit) -> tuple[bool, int, bool, int, int, str]:
    """Return the order in which overlapping hits are preferred, best first."""
    return (hit.rule.generic, -hit.confidence.rank, hit.rule.foreign, hit.start - hit.end, hit.start, hit.rule.rule_id)


def _companioned(hits: Sequence[Hit], data: bytes) -> list[Hit]:
    starts = _line_starts(data)
    placed = [(hit, _place(hit, starts)) for hit in hits]
    places: dict[str, list[tuple[int, int]]] = {}
    for hit, place in placed:
        places.setdefault(f"{hit.rule.page.id} {hit.rule.matcher.id}", []).append(place)
    for own in places.values():
        own.sort()
    return [
        hit
        for hit, place in placed
        if all(_near(place, r, places.get(f"{hit.rule.page.id} {r.id}", [])) for r in hit.rule.spec.required)
    ]


def _line_starts(data: bytes) -> list[int]:
    starts, at = [0], data.find(b"\n")
    while at != -1:
        starts.append(at + 1)
        at = data.find(b"\n", at + 1)
    return starts


def _place(hit: Hit, starts: Sequence[int]) -> tuple[int, int]:
    """Return line and column of a hit, both from 0."""
    line = bisect_right(starts, hit.start) - 1
    return line, hit.start - starts[line]


def _near(place: tuple[int, int], required: Required, others: Sequence[tuple[int, int]]) -> bool:
    """Return whether one of the sorted `others` is within the distance asked for."""
    line, column = place
    lines, columns = required.within_lines, required.within_columns
    at = 0 if lines is None else bisect_left(others, (line - lines, -1))
    for other_line, other_column in others[at:]:
        if lines is not None and other_line > line + lines:
            return False
        if columns is None or abs(other_column - column) <= columns:
            return True
    return False
