"""Names that imitate a widely used one: a slip of the finger, another separator, a misspelt scope.

The names are facts of registries' download counts, in a compact list of our own (tools/popular_names.py).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

_SHORTEST = 5
"""Shorter names have too many real neighbours."""
_SEPARATORS = str.maketrans("", "", "-_.")


class Names(NamedTuple):
    """The most used names of an ecosystem, and real names that look like one of them."""

    names: frozenset[str]
    known: frozenset[str]


class _Table(msgspec.Struct):
    """One ecosystem of the data file: names with blanks between them."""

    names: str
    known: str


def names_of(ecosystem: str) -> Names | None:
    """Return the names of an ecosystem, None where there is no list."""
    return _tables().get(ecosystem)


@cache
def _tables() -> dict[str, Names]:
    data = files("secloop.stages.build.supply").joinpath("popular.json").read_bytes()
    tables = msgspec.json.decode(data, type=dict[str, _Table])
    return {
        ecosystem: Names(frozenset(one.names.split()), frozenset(one.known.split()))
        for ecosystem, one in tables.items()
    }


def imitated(ecosystem: str, name: str, names: Names) -> str:
    """Return the widely used name that `name` looks like, empty for a name that is known or like none.

    One letter more, less or other, two neighbours swapped, or other separators; the scope of an npm name and the
    vendor of a Composer name count as part of it, digits at the end do not (`foo2` is a successor, not a slip). Under
    the scope, vendor, group or account of a widely used name only its owner can publish.
    """
    name = name.lower() if ecosystem == "Go" else name
    if len(name) < _SHORTEST or name in names.names or name in names.known:
        return ""
    if (owner := _owner(ecosystem, name)) and owner in _owners(ecosystem, names):
        return ""
    bare = name.translate(_SEPARATORS)
    if (same := _bare(names).get(bare)) and len(bare) >= _SHORTEST:
        return same
    stem = name.rstrip("0123456789")
    for near in sorted(_deletions(name)):
        for target in _by_deletion(names).get(near, ()):
            if (
                target.rstrip("0123456789") != stem
                and _one_apart(name, target)
                and _same_shape(ecosystem, name, target)
            ):
                return target
    return ""


def _owner(ecosystem: str, name: str) -> str:
    """Return the part of a name that its registry gives to one owner, empty where names have none."""
    if ecosystem == "Maven":
        return name.partition(":")[0]
    if ecosystem == "Go":
        return "/".join(name.split("/")[:2])
    if ecosystem in {"npm", "Packagist"} and "/" in name:
        return name.partition("/")[0]
    return ""


@cache
def _owners(ecosystem: str, names: Names) -> frozenset[str]:
    return frozenset(_owner(ecosystem, name) for name in names.names)


def _same_shape(ecosystem: str, name: str, target: str) -> bool:
    """Return whether both names have a scope, or neither has; a scope of one's own with an equal rest is no slip."""
    if ecosystem not in {"npm", "Packagist"} or "/" not in name + target:
        return True
    return name.count("/") == target.count("/")


def _deletions(name: str) -> set[str]:
    """Return the name and all names with one letter left out: two names one slip apart share one of them."""
    return {name, *(name[:n] + name[n + 1 :] for n in range(len(name)))}


def _one_apart(a: str, b: str) -> bool:
    """Return whether one insertion, deletion, replacement or swap of neighbours turns `a` into `b`."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    x, y = a[start:], b[start:]
    return x[1:] == y[1:] or x[1:] == y or x == y[1:] or (x[:2] == y[:2][::-1] and x[2:] == y[2:])


@cache
def _bare(names: Names) -> dict[str, str]:
    return {name.translate(_SEPARATORS): name for name in sorted(names.names, reverse=True)}


@cache
def _by_deletion(names: Names) -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for name in sorted(names.names):
        if len(name) >= _SHORTEST:
            for near in _deletions(name):
                out.setdefault(near, []).append(name)
    return {near: tuple(some) for near, some in out.items()}
