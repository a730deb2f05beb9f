"""Alias groups: the advisories on one package that speak of the same problem, under one canonical id."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import msgspec

from secloop.model.ids import canonical_id
from secloop.stages.build.advisories.base import Exploitation, Group
from secloop.stages.build.advisories.exploitation import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from secloop.stages.build.advisories.base import Advisory

_NOTHING: Mapping[str, Exploitation] = {}


def by_package(
    advisories: Iterable[Advisory],
    exploitation: Mapping[str, Exploitation] = _NOTHING,
) -> dict[tuple[str, str], tuple[Group, ...]]:
    """Return the alias groups of every (ecosystem, package); withdrawn advisories are left out."""
    of_package: dict[tuple[str, str], list[Advisory]] = {}
    for advisory in advisories:
        if not advisory.withdrawn:
            of_package.setdefault((advisory.ecosystem, advisory.package), []).append(advisory)
    return {own: grouped(found, exploitation) for own, found in of_package.items()}


def grouped(advisories: Sequence[Advisory], exploitation: Mapping[str, Exploitation] = _NOTHING) -> tuple[Group, ...]:
    """Return the alias groups of a package's advisories, ordered by canonical id; the input's order does not matter.

    Two advisories belong together when a chain of equal ids or aliases joins them.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for advisory in advisories:
        for alias in advisory.aliases:
            parent[root(alias)] = root(advisory.id)
    members: dict[str, list[Advisory]] = {}
    for advisory in advisories:
        members.setdefault(root(advisory.id), []).append(advisory)
    groups = (_group(group, exploitation) for group in members.values())
    return tuple(sorted(groups, key=lambda group: group.ids))


def _group(advisories: list[Advisory], exploitation: Mapping[str, Exploitation]) -> Group:
    names = {name for advisory in advisories for name in (advisory.id, *advisory.aliases)}
    first = canonical_id(names)
    ids = (first, *sorted(names - {first}))
    ordered = tuple(sorted(advisories, key=lambda advisory: (advisory.id, msgspec.msgpack.encode(advisory))))
    return Group(ids=ids, advisories=ordered, exploitation=strongest(exploitation[n] for n in ids if n in exploitation))


def strongest(facts: Iterable[Exploitation]) -> Exploitation:
    """Return the highest EPSS with its percentile, the earliest KEV day, and ransomware if any says so."""
    return reduce(joined, facts, Exploitation())
