"""From facts of files to a tree in numbers: which lines stand elsewhere as well, and which tests ran."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from secloop.model.quality import FileSummary, Quality
from secloop.stages.test.quality.tokens import FEWEST_LINES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from secloop.model.quality import FileQuality
    from secloop.stages.test.quality.coverage import Lines

MOST_KEPT = 1_000
"""Functions whose complexity a policy can read."""


def duplicated(files: Iterable[FileQuality]) -> dict[str, set[int]]:
    """Return the lines that stand elsewhere as well, by file: in runs of tokens that are long enough, and of lines too.

    Runs of one file that overlap are no duplicates of each other.
    """
    seen: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    for one in files:
        for start, end, value in zip(one.starts, one.ends, one.hashes, strict=True):
            if end - start + 1 >= FEWEST_LINES:
                seen[value].append((one.file, start, end))
    out: dict[str, set[int]] = defaultdict(set)
    for places in seen.values():
        if len(places) > 1:
            for place in _apart(places):
                out[place[0]].update(range(place[1], place[2] + 1))
    return out


def _apart(places: Sequence[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Return the places that do not overlap with the one before; none where only one is left."""
    kept: list[tuple[str, int, int]] = []
    for place in sorted(places):
        if not kept or kept[-1][0] != place[0] or kept[-1][2] < place[1]:
            kept.append(place)
    return kept if len(kept) > 1 else []


def summaries(files: Sequence[FileQuality], coverage: Mapping[str, Lines]) -> tuple[FileSummary, ...]:
    """Return each file in numbers, by path."""
    copies = duplicated(files)
    out = []
    for one in sorted(files, key=lambda file: file.file):
        worst = max(one.functions, key=lambda metric: metric.complexity, default=None)
        lines = coverage.get(one.file)
        out.append(
            FileSummary(
                file=one.file,
                lines=one.lines,
                complexity=sum(metric.complexity for metric in one.functions),
                worst=worst,
                duplicated=min(one.lines, len(copies.get(one.file, ()))),
                coverable=len(lines) if lines is not None else 0,
                covered=sum(lines.values()) if lines is not None else -1,
            )
        )
    return tuple(out)


def quality(files: Sequence[FileQuality], summed: Sequence[FileSummary], reports: Sequence[str]) -> Quality:
    """Return a tree in numbers."""
    every = sorted((metric.complexity for one in files for metric in one.functions), reverse=True)
    return Quality(
        lines=sum(one.lines for one in summed),
        functions=len(every),
        complexities=tuple(every[:MOST_KEPT]),
        duplicated=sum(one.duplicated for one in summed),
        coverable=sum(one.coverable for one in summed),
        covered=sum(max(0, one.covered) for one in summed),
        reports=tuple(reports),
    )
