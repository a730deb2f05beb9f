"""What was seen, over all versions: the first sighting of each problem at each path, and what was not looked at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from secloop.model.coverage import Gap, Partial, Skipped
from secloop.model.enums import FileClass
from secloop.model.finding import Finding, Suppression
from secloop.model.places import CodeSpan
from secloop.scan.sources import display
from secloop.stages.code.history.base import BROKEN, CARRIED, MISSING, NAME, HistoryResult, Looked, Sighting

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from secloop.model.finding import Observation
    from secloop.stages.code.history.log import Change

Key = tuple[str, tuple[str, ...]]
"""Rule and identity. With the path: a secret that stands unchanged in fifty versions of a file is one."""

_GapKey = tuple[str, FileClass, str, float | None]


class Sightings:
    """The result in the making. Changes come by path, and of one path from the oldest."""

    def __init__(self) -> None:
        """Start empty."""
        self._found: dict[bytes, dict[Key, Sighting]] = {}
        self._looked = Looked()
        self._excluded: Counter[str] = Counter()
        self._gaps: Counter[_GapKey] = Counter()
        self._unreadable: list[Change] = []

    @property
    def paths(self) -> Collection[bytes]:
        """The paths that have sightings."""
        return self._found.keys()

    def take(self, change: Change, observations: Sequence[Observation], *, cached: bool) -> None:
        """Take what was seen in a change; a sighting that is known already brings its comments only."""
        self._count(change, observations, cached=cached)
        for finding, comments in _by_key(observations):
            here = self._found.get(change.path, {})
            first = here.get((finding.rule, finding.identity))
            if first is None and CARRIED not in finding.evidence:
                self._found.setdefault(change.path, here)[finding.rule, finding.identity] = Sighting(
                    finding=finding, commit=change.commit, comments=_on(finding, comments)
                )
            elif first is not None:
                first.comments = _on(first.finding, comments)

    def take_head(self, change: Change, observations: Sequence[Observation]) -> None:
        """Take what HEAD's file holds: what is there is in HEAD, and its comments there are what counts."""
        readable = not any(isinstance(one, Skipped) and one.outcome is FileClass.FAILED for one in observations)
        there = {(finding.rule, finding.identity): comments for finding, comments in _by_key(observations)}
        for key, sighting in self._found[change.path].items():
            comments = there.get(key)
            sighting.in_head = comments is not None if readable else None
            if comments is not None:
                sighting.comments = _on(sighting.finding, comments)

    def result(self, commits: int, links: int, gaps: Sequence[Gap]) -> HistoryResult:
        """Return the whole, sorted; `links` counts changes that hold no content, `gaps` what the log lacks."""
        looked = self._looked
        looked.commits = commits
        looked.excluded = dict(sorted((self._excluded + Counter({"link": links} if links else {})).items()))
        found = [sighting for here in self._found.values() for sighting in here.values()]
        missing = [_missing(self._unreadable)] if self._unreadable else []
        more = [_gap(key, times) for key, times in sorted(self._gaps.items(), key=str)]
        return HistoryResult(sightings=sorted(found, key=_order), looked=looked, gaps=[*gaps, *missing, *more])

    def _count(self, change: Change, observations: Sequence[Observation], *, cached: bool) -> None:
        skipped = [one for one in observations if isinstance(one, Skipped)]
        for one in observations:
            if isinstance(one, Partial):
                self._gaps[_path(change), FileClass.PARTIAL, one.reason, one.share] += 1
            elif isinstance(one, Skipped) and one in (MISSING, BROKEN):
                self._unreadable.append(change)
            elif isinstance(one, Skipped) and one.outcome is not FileClass.EXCLUDED:
                self._gaps[_path(change), one.outcome, one.reason, None] += 1
        if not skipped:
            self._looked.scanned += 1
            self._looked.cached += cached
        elif skipped[0].outcome is FileClass.EXCLUDED:
            self._excluded[skipped[0].reason] += 1
        elif skipped[0].outcome is FileClass.LIMITED:
            self._looked.limited += 1
        else:
            self._looked.failed += 1


def _by_key(observations: Sequence[Observation]) -> list[tuple[Finding, tuple[Suppression, ...]]]:
    """Return the first finding of each (rule, identity) of one version, with its ignore comments.

    Where one of several lines has no comment, none counts: all of them must be ignored.
    """
    comments = [one for one in observations if isinstance(one, Suppression)]
    found: dict[tuple[str, tuple[str, ...]], tuple[Finding, tuple[Suppression, ...]]] = {}
    for one in observations:
        if not isinstance(one, Finding) or not isinstance(one.place, CodeSpan):
            continue
        line = one.place.line
        own = tuple(comment for comment in comments if comment.first <= line <= comment.last)
        key = (one.rule, one.identity)
        first = found.get(key)
        if first is None:
            found[key] = (one, own)
        elif not own:
            found[key] = (first[0], ())
    return list(found.values())


def _on(finding: Finding, comments: Sequence[Suppression]) -> tuple[Suppression, ...]:
    """Return the comments as if they covered the lines of `finding`, which stands elsewhere in its version."""
    place = finding.place
    assert isinstance(place, CodeSpan)  # noqa: S101 - _by_key lets no other through
    return tuple(msgspec.structs.replace(one, first=place.line, last=place.end_line) for one in comments)


def _path(change: Change) -> str:
    return display(change.path.decode("utf-8", "surrogateescape"))


def _gap(key: _GapKey, times: int) -> Gap:
    path, outcome, reason, share = key
    versions = f" ({times} versions)" if times > 1 else ""
    return Gap(file=path, sensor=NAME, outcome=outcome, reason=reason + versions, share=share)


def _missing(changes: Sequence[Change]) -> Gap:
    """Return one gap for all objects that are not here: a clone may lack most of them."""
    first = changes[0]
    number = "1 version of a file" if len(changes) == 1 else f"{len(changes)} versions of files"
    reason = f"{number} cannot be read, objects are missing or broken; first {_path(first)} of {first.commit.id[:12]}"
    return Gap(file=".", sensor=NAME, outcome=FileClass.FAILED, reason=reason)


def _order(sighting: Sighting) -> tuple[str, int, str, tuple[str, ...]]:
    place = sighting.finding.place
    assert isinstance(place, CodeSpan)  # noqa: S101 - as above
    return (place.file, place.line, sighting.finding.rule, sighting.finding.identity)
