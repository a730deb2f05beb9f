"""From edges to what a reader wants to know of a package: is it direct, in which scope, and what pulled it in."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from secloop.stages.build.packages.base import RUNTIME, SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secloop.stages.build.packages.base import Package

_LONGEST_VIA = 20


class Reach(NamedTuple):
    """How a package is reached. `via` starts at a direct dependency and ends before the package; empty when direct.

    Of a longer path only the last `_LONGEST_VIA` names are kept.
    """

    direct: bool
    scope: str
    via: tuple[str, ...]


def reach(packages: Sequence[Package], roots: Mapping[str, str] | None) -> dict[str, Reach]:
    """Return how each package is reached, by key; linear in packages and edges.

    Without `roots`, a package that no other needs is direct (why else would a lock hold it), the rest is transitive.
    A reader's own word on `direct` and `scope` wins over what follows from the edges.
    """
    by_key = {package.key: package for package in packages}
    known = roots if roots is not None else _unneeded(packages)
    scopes, parents = _walk(by_key, known)
    out = {}
    for package in packages:
        direct = package.key in known if package.direct is None else package.direct
        scope = package.scope or scopes.get(package.key, RUNTIME)
        via = () if direct else _path(package.key, by_key, parents)
        out[package.key] = Reach(direct, scope, via)
    return out


def _unneeded(packages: Sequence[Package]) -> dict[str, str]:
    needed = {need for package in packages for need in package.needs if need != package.key}
    return {p.key: p.scope or RUNTIME for p in packages if p.key not in needed and p.direct is not False}


def _walk(by_key: Mapping[str, Package], roots: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return, by key, the strongest scope from which each package is reached, and its parent on a shortest such path.

    A root's parent is empty. One breadth-first walk per scope, strongest first, each entering new packages only.
    """
    scopes: dict[str, str] = {}
    parents: dict[str, str] = {}
    for scope in SCOPES:
        queue = deque(sorted(key for key in roots if roots[key] == scope and key in by_key and key not in scopes))
        scopes.update(dict.fromkeys(queue, scope))
        parents.update(dict.fromkeys(queue, ""))
        while queue:
            key = queue.popleft()
            for need in by_key[key].needs:
                if need in by_key and need not in scopes:
                    scopes[need] = scope
                    parents[need] = key
                    queue.append(need)
    return scopes, parents


def _path(key: str, by_key: Mapping[str, Package], parents: Mapping[str, str]) -> tuple[str, ...]:
    path: list[str] = []
    at = parents.get(key, "")
    while at and len(path) < _LONGEST_VIA:
        path.append(by_key[at].name)
        at = parents[at]
    return tuple(reversed(path))
