"""Which version to go to: a pure function over an advisory index.

Offline, a version is known to exist because an advisory names it: as the first fixed one, or in a list of affected
ones. No other is ever proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.advisories import ranges
from secloop.stages.build.advisories.malicious import is_malicious
from secloop.stages.build.packages.golang.go_mod import STDLIB
from secloop.stages.build.versions.base import key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from secloop.stages.build.advisories.base import AdvisoryIndex, Group

_MOST_CANDIDATES = 400
_PRE = lazy(r"(?i)\d[-._]?(?:a|alpha|b|beta|c|cr|dev|ea|m|milestone|next|pre|preview|rc|snapshot)[-._]?\d*(?![a-z])")
_PSEUDO = lazy(r"\d{14}-[0-9a-f]{12}")
_VERSION = lazy(r"[0-9A-Za-z][0-9A-Za-z.!+~_:-]*")
_PLACEHOLDER = lazy(r"(?:^|\.)999+(?:\.|$)")
"""What databases write for `any later one of this line`: `3.999.999` is no version that can be installed."""


class Choice(NamedTuple):
    """The version to go to. `clears` and `leaves` are first ids of alias groups that affect the present version.

    `new` are those that the chosen version has and the present one has not; `inside` says whether what is declared
    already admits the version.
    """

    version: str
    clears: tuple[str, ...]
    leaves: tuple[str, ...]
    new: tuple[str, ...]
    inside: bool


def choose(
    index: AdvisoryIndex,
    place: tuple[str, str],
    version: str,
    wanted: Collection[str],
    admits: Callable[[str], bool | None],
) -> Choice | None:
    """Return the version of a package to go to from `version`, None where none is known to be better.

    `place` is (ecosystem, name as it is looked up); `wanted` are first ids of the alias groups to clear; `admits` says
    whether what is declared allows a version. Of all later versions that are known: one without anything malicious,
    that clears most of what is wanted, brings nothing new, is a release, is inside what is declared, leaves least;
    the smallest of those.
    """
    ecosystem, name = place
    groups = [group for group in index.groups(ecosystem, name) if group.advisories]
    present = affecting(groups, version)
    goal = present & set(wanted)
    bad = frozenset(group.ids[0] for group in groups if is_malicious(group))
    best: tuple[tuple[object, ...], Choice] | None = None
    for candidate in _candidates(ecosystem, name, groups, version):
        after = affecting(groups, candidate)
        if after & bad or not goal - after:
            continue
        inside = bool(admits(candidate))
        found = Choice(
            version=candidate,
            clears=tuple(sorted(present - after)),
            leaves=tuple(sorted(present & after)),
            new=tuple(sorted(after - present)),
            inside=inside,
        )
        rank = (len(goal & after), len(found.new), is_early(candidate), not inside, len(found.leaves))
        if best is None or rank < best[0]:
            best = (rank, found)
    return best[1] if best else None


def affecting(groups: Sequence[Group], version: str) -> frozenset[str]:
    """Return the first ids of the groups that affect a version."""
    return frozenset(g.ids[0] for g in groups if any(ranges.affects(advisory, version) for advisory in g.advisories))


def is_early(version: str) -> bool:
    """Return whether a version looks like one before a release; commits that Go takes as versions do not."""
    return bool(_PRE.search(version)) and not _PSEUDO.search(version)


def _candidates(ecosystem: str, name: str, groups: Sequence[Group], version: str) -> Iterator[str]:
    """Yield the known versions after `version`, smallest first, each spelling of one version once."""
    own = key(ecosystem, version)
    known: dict[object, str] = {}
    for advisory in (advisory for group in groups for advisory in group.advisories):
        fixed = [interval.high for interval in advisory.intervals if interval.end == "fixed"]
        for one in (*fixed, *advisory.versions):
            if _VERSION.fullmatch(one) and not _PLACEHOLDER.search(one) and key(ecosystem, one) > own:
                known.setdefault(key(ecosystem, one), one)
    prefix = "v" if ecosystem == "Go" and name != STDLIB else ""
    for at in sorted(known)[:_MOST_CANDIDATES]:  # type: ignore[type-var] # keys of one ecosystem compare
        yield known[at] if known[at].startswith(prefix) else prefix + known[at]
