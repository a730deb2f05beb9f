"""From what sources write to intervals, and from intervals to answers (OSV schema, "Evaluation")."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from secloop.stages.build.advisories.base import Interval
from secloop.stages.build.versions.base import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.stages.build.advisories.base import Advisory
    from secloop.stages.build.versions.base import Key

Event = tuple[str, str]
"""(`introduced` | `fixed` | `last_affected` | `limit`, version); `introduced` 0 is before every version."""

_FROM_THE_FIRST: Event = ("introduced", "0")
_EFFECTS = {"introduced": True, "fixed": False, "last_affected": False}


def intervals_of(ecosystem: str, events: Iterable[Event]) -> tuple[Interval, ...]:
    """Return the intervals that OSV events describe.

    The schema's algorithm walks the events in version order: `introduced` makes a version affected, `fixed` (from it
    on) and `last_affected` (after it) make it unaffected; no version at or beyond every `limit` is affected.
    """
    known = [(kind, version) for kind, version in events if version]
    limits = [version for kind, version in known if kind == "limit"]
    limit = "" if "*" in limits else max(limits, key=lambda v: key(ecosystem, v), default="")
    steps = sorted((e for e in known if e[0] in _EFFECTS), key=lambda e: _order(ecosystem, e))
    out: list[Interval] = []
    opened: Interval | None = None
    state = False
    for _, tied in groupby(steps, key=lambda e: _order(ecosystem, e)):
        point = list(tied)
        at = _folded(state, [kind for kind, _ in point if kind != "last_affected"])
        after = _folded(state, [kind for kind, _ in point])
        low = "" if point[0] == _FROM_THE_FIRST else point[0][1]
        if opened and not (at and after):
            out.append(_closed(opened, point, at=at))
            opened = None
        if after and not opened:
            opened = Interval(low=low, low_open=not at)
        elif at and not after and not state:
            out.append(Interval(low=low, high=low, end="last"))
        state = after
    if opened:
        out.append(opened)
    return tuple(_limited(ecosystem, interval, limit) for interval in out) if limit else tuple(out)


def _folded(state: bool, kinds: list[str]) -> bool:
    """Return whether a version is affected once the events of one point have acted in the order they are written."""
    return _EFFECTS[kinds[-1]] if kinds else state


def _closed(opened: Interval, point: list[Event], *, at: bool) -> Interval:
    """Return `opened` ended at a point: with its version when that is still affected, else before it."""
    wanted = "last_affected" if at else "fixed"
    high = next(version for kind, version in point if kind == wanted)
    return Interval(low=opened.low, low_open=opened.low_open, high=high, end="last" if at else "fixed")


def _order(ecosystem: str, event: Event) -> tuple[int, Key]:
    return (0, ()) if event == _FROM_THE_FIRST else (1, key(ecosystem, event[1]))


def _limited(ecosystem: str, interval: Interval, limit: str) -> Interval:
    """Return the part of `interval` before `limit`."""
    if interval.end and key(ecosystem, interval.high) < key(ecosystem, limit):
        return interval
    return Interval(low=interval.low, low_open=interval.low_open, high=limit, end="limit")


def contains(ecosystem: str, interval: Interval, version: Key) -> bool:
    """Return whether the version of sort key `version` lies in `interval`."""
    if interval.low:
        low = key(ecosystem, interval.low)
        if version < low or (interval.low_open and version == low):
            return False
    if not interval.end:
        return True
    high = key(ecosystem, interval.high)
    return bool(version <= high if interval.end == "last" else version < high)


def affects(advisory: Advisory, version: str) -> bool:
    """Return whether `advisory` affects `version`: listed, or inside an interval; never when withdrawn.

    An advisory with neither versions nor intervals speaks of no version.
    """
    if advisory.withdrawn:
        return False
    ecosystem, own = advisory.ecosystem, key(advisory.ecosystem, version)
    if any(contains(ecosystem, interval, own) for interval in advisory.intervals):
        return True
    return any(version == listed or key(ecosystem, listed) == own for listed in advisory.versions)


def fixed_versions(advisories: Sequence[Advisory], version: str) -> tuple[str, ...]:
    """Return the versions after `version` that end an interval and are themselves free of all `advisories`."""
    if not advisories:
        return ()
    ecosystem = advisories[0].ecosystem
    own = key(ecosystem, version)
    ends = {i.high for advisory in advisories for i in advisory.intervals if i.end == "fixed"}
    later = sorted((v for v in ends if key(ecosystem, v) > own), key=lambda v: (key(ecosystem, v), v))
    unique: dict[Any, str] = {}
    for candidate in later:
        if not any(affects(advisory, candidate) for advisory in advisories):
            unique.setdefault(key(ecosystem, candidate), candidate)
    return tuple(unique.values())
