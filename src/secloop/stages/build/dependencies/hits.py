"""Which advisories affect a component, and of which it cannot be said: a pure function over an index.

A version is judged by its ecosystem's order, a commit by equality (`advisories.commits`). What stays open is told apart
from what is clean: an ecosystem without advisories, a commit whose history is not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.stages.build.advisories import commits, ranges, severity
from secloop.stages.build.advisories.malicious import is_malicious
from secloop.stages.build.advisories.releases import component_keys, is_system
from secloop.stages.build.packages.golang.go_mod import STDLIB
from secloop.stages.build.purl import ecosystem_of, package_name, qualifiers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.model.facts import Component
    from secloop.stages.build.advisories.base import Advisory, AdvisoryIndex, Group


class Hit(NamedTuple):
    """An alias group that affects a version, with everything a finding says of it."""

    group: Group
    rating: severity.Rating
    fixed: tuple[str, ...]


class Look(NamedTuple):
    """What advisories say of a component: those that affect it, and the ids of those that cannot be judged."""

    hits: tuple[Hit, ...]
    unknown: tuple[str, ...]


def hits_of(index: AdvisoryIndex, component: Component) -> Iterator[Hit]:
    """Yield the alias groups that affect a component, each once."""
    yield from look(index, component).hits


def look(index: AdvisoryIndex, component: Component) -> Look:
    """Return what the advisories of a component's ecosystem, and of the repository it is taken from, say of it."""
    found: list[Hit] = []
    unknown: list[str] = []
    seen: set[str] = set()
    repository, commit = commits.source_of(component)
    asked = [*_asked(component), *([(commits.ECOSYSTEM, repository, component.version)] if repository else [])]
    for key, name, version in asked:
        for group in index.groups(key, name):
            if is_malicious(group) or not seen.isdisjoint(group.ids):
                continue
            affecting, is_open = _affecting(group, key, version, repository, commit)
            if affecting:
                seen.update(group.ids)
                found.append(_hit(group, affecting, key, name, version))
            elif is_open:
                unknown.append(group.ids[0])
    return Look(tuple(found), tuple(one for one in dict.fromkeys(unknown) if one not in seen))


def hits(index: AdvisoryIndex, ecosystem: str, package: str, version: str) -> Iterator[Hit]:
    """Yield the alias groups that affect a version of a package, spelled as the index spells it."""
    for group in index.groups(ecosystem, package):
        affecting = [advisory for advisory in group.advisories if ranges.affects(advisory, version)]
        if affecting:
            yield _hit(group, affecting, ecosystem, package, version)


def _asked(component: Component) -> Iterator[tuple[str, str, str]]:
    """Yield (index key, package, version) of what a component is looked up as.

    An operating system's advisories stand under its release, and speak of source packages: a component's `upstream`
    qualifier (`name` or `name@version`) names that. RPM's epoch is a qualifier of the purl, and counts; of a source
    package with a version of its own it is not known, and written as `*`.
    """
    ecosystem = ecosystem_of(component.purl)
    told = qualifiers_of(component.purl)
    system = is_system(ecosystem)
    version = f"{told['epoch']}:{component.version}" if system and told.get("epoch") else component.version
    upstream, _, own = told.get("upstream", "").partition("@") if system else ("", "", "")
    for key in component_keys(ecosystem, told):
        yield key, package_name(ecosystem, component.name), version
        if upstream and upstream != component.name:
            unsure = own and ":" not in own and component.purl.startswith("pkg:rpm/")
            yield key, package_name(ecosystem, upstream), f"*:{own}" if unsure else own or version


def _affecting(group: Group, key: str, version: str, repository: str, commit: str) -> tuple[list[Advisory], bool]:
    """Return the advisories of a group that affect a version, and whether some can neither be said to nor not to."""
    by_commit = key == commits.ECOSYSTEM or commits.is_commit(version)
    verdicts = ["unknown"] * len(group.advisories)
    if by_commit or (commit and any(one.git for one in group.advisories)):
        own, tag = (commit or version.lower(), "") if commits.is_commit(version) else (commit, version)
        verdicts = [commits.judged(one, repository, own, tag) for one in group.advisories]
    clean = "clean" in verdicts and "affected" not in verdicts
    affecting = [
        one
        for one, verdict in zip(group.advisories, verdicts, strict=True)
        if verdict == "affected" or (not clean and _in_ranges(one, version, by_commit=by_commit))
    ]
    return affecting, by_commit and not affecting and not clean


def _in_ranges(advisory: Advisory, version: str, *, by_commit: bool) -> bool:
    """Return whether an advisory affects a version by order; a commit has none, and is in a range of all versions."""
    if by_commit:
        return _affects_all(advisory)
    return ranges.affects(advisory, _with_epoch(version, advisory))


def _affects_all(advisory: Advisory) -> bool:
    return not advisory.withdrawn and any(not interval.low and not interval.end for interval in advisory.intervals)


def _with_epoch(version: str, advisory: Advisory) -> str:
    """Return a version whose epoch is not known with that of the advisory's bounds: a source package keeps one."""
    if not version.startswith("*:"):
        return version
    bounds = (bound for interval in advisory.intervals for bound in (interval.high, interval.low))
    epoch = next((bound.partition(":")[0] for bound in bounds if ":" in bound), "0")
    return f"{epoch}:{version[2:]}"


def _hit(group: Group, affecting: list[Advisory], key: str, package: str, version: str) -> Hit:
    if key == commits.ECOSYSTEM or commits.is_commit(version):
        return Hit(group, severity.rate(affecting), ())
    fixed = ranges.fixed_versions(group.advisories, _with_epoch(version, affecting[0]))
    if key == "Go" and package != STDLIB:
        fixed = tuple(v if v.startswith("v") else f"v{v}" for v in fixed)
    return Hit(group, severity.rate(affecting), fixed)
