"""How resources hang together: who refers to whom, and who names whom.

A reference links both ways: the bucket knows its public-access block, the block its bucket. `associations.json` says of
types with several references which attribute makes them a part of what they refer to, and which names stand for what.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from secloop.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.resources.values import Reference

MAX_LINKS = 1_000
"""The most links of one type that a resource has."""


class Node(Record, frozen=True):
    """A resource to be linked: `references` are pairs (attribute, what it refers to), `names` its top-level texts."""

    type: str
    address: str
    base: str
    key: str | int | None
    references: tuple[tuple[str, Reference], ...]
    names: dict[str, str]


class Association(msgspec.Struct, frozen=True):
    """A type that is part of another: by the attribute `by`, which refers to `of` or holds its attribute `name`."""

    by: str
    of: str = ""
    name: str = ""


@cache
def associations() -> dict[str, Association]:
    """Return the table, by type of the part."""
    data = Path(__file__).with_name("associations.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, Association])


def linked(nodes: Sequence[Node]) -> list[dict[str, tuple[str, ...]]]:
    """Return the links of each resource, addresses by type, in the order of `nodes`."""
    links: list[defaultdict[str, set[str]]] = [defaultdict(set) for _ in nodes]
    bases: defaultdict[str, list[int]] = defaultdict(list)
    for number, node in enumerate(nodes):
        bases[node.base].append(number)
    names = _by_name(nodes)
    for number, node in enumerate(nodes):
        for other in _others(node, nodes, bases, names):
            if other != number:
                links[number][nodes[other].type].add(nodes[other].address)
                links[other][node.type].add(node.address)
    return [{type_: tuple(sorted(found)[:MAX_LINKS]) for type_, found in sorted(own.items())} for own in links]


def _others(
    node: Node, nodes: Sequence[Node], bases: dict[str, list[int]], names: dict[tuple[str, str, str], list[int]]
) -> Iterable[int]:
    """Yield the resources that a node refers to or names."""
    table = associations().get(node.type)
    by_reference = False
    for attribute, reference in node.references:
        found = bases.get(reference.address, [])
        if table is not None and attribute != table.by and any(nodes[n].type == table.of for n in found):
            continue
        by_reference = by_reference or (table is not None and attribute == table.by)
        yield from _instances(node, reference.key, found, nodes)
    if table is not None and table.name and table.by in node.names and not by_reference:
        named = names.get((table.of, table.name, node.names[table.by]), [])
        if len(named) == 1:  # a name that several bear says nothing
            yield from named


def _instances(node: Node, key: str | int | None, found: list[int], nodes: Sequence[Node]) -> list[int]:
    """Return the instances that are meant: the one that is named, the one with the same key, else all."""
    wanted = node.key if key is None else key
    same = [n for n in found if nodes[n].key == wanted and wanted is not None]
    return same or found


def _by_name(nodes: Sequence[Node]) -> dict[tuple[str, str, str], list[int]]:
    wanted = {(one.of, one.name) for one in associations().values() if one.name}
    by_type: defaultdict[str, list[str]] = defaultdict(list)
    for type_, name in wanted:
        by_type[type_].append(name)
    out: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, node in enumerate(nodes):
        for name in by_type.get(node.type, ()):
            if name in node.names:
                out[node.type, name, node.names[name]].append(number)
    return out
