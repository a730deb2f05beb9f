"""Alias groups: the advisories on one package that speak of the same problem, under one canonical id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.base import Value
from secloop.model.ids import canonical_id
from secloop.stages.build.advisories.base import Advisory

if TYPE_CHECKING:
    from collections.abc import Sequence


class Group(Value, frozen=True):
    """Advisories on one package that share an id or an alias. `ids` holds all their ids, the canonical one first."""

    ids: tuple[str, ...]
    advisories: tuple[Advisory, ...]


def grouped(advisories: Sequence[Advisory]) -> tuple[Group, ...]:
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
    return tuple(sorted((_group(group) for group in members.values()), key=lambda group: group.ids))


def _group(advisories: list[Advisory]) -> Group:
    names = {name for advisory in advisories for name in (advisory.id, *advisory.aliases)}
    first = canonical_id(names)
    ordered = sorted(advisories, key=lambda advisory: (advisory.id, advisory.title))
    return Group(ids=(first, *sorted(names - {first})), advisories=tuple(ordered))
