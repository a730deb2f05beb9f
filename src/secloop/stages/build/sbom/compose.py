"""From components, one per file and package, to an inventory, one item per package; and several inventories to one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from secloop.model.inventory import Inventory, Item, Located
from secloop.stages.build.packages.base import SCOPES
from secloop.stages.build.sbom.naming import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.model.facts import Component

SUBJECT = "subject"
"""The ref of what an inventory is of."""


def inventory_of(components: Sequence[Component], subject: Item) -> Inventory:
    """Return the inventory of a tree, items by purl; `subject` gets the direct ones as its needs.

    What a package needs is known where any package of the same file has an edge, else None.
    """
    with_edges = {component.file for component in components if component.needs}
    by_purl: dict[str, list[Component]] = defaultdict(list)
    for component in components:
        by_purl[component.purl].append(component)
    items = [_item(by_purl[purl], with_edges) for purl in sorted(by_purl)]
    direct = tuple(item.ref for item in items if item.direct)
    return Inventory(subject=msgspec.structs.replace(subject, ref=SUBJECT, needs=direct), items=tuple(items))


def _item(same: list[Component], with_edges: set[str]) -> Item:
    """Return the item of the components of one purl."""
    first = same[0]
    known = [one for one in same if one.file in with_edges]
    return Item(
        ref=first.purl,
        name=first.name,
        version=first.version,
        purl=first.purl,
        kind=_kind(first.purl),
        scope=_strongest(one.scope for one in same),
        direct=any(one.direct for one in same),
        licenses=_union(one.licenses for one in same),
        hashes=_union(one.hashes for one in same),
        origin=next((one.origin for one in same if one.origin), ""),
        located=tuple(Located(file=file, line=line) for file, line in sorted({(one.file, one.line) for one in same})),
        needs=_union(one.needs for one in known) if known else None,
    )


def _kind(purl: str) -> str:
    return "container" if purl.startswith(("pkg:docker/", "pkg:oci/")) else "library"


def _strongest(scopes: Iterable[str]) -> str:
    return min(scopes, key=lambda scope: SCOPES.index(scope) if scope in SCOPES else len(SCOPES))


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))


def merge(inventories: Sequence[Inventory], subject: Item) -> Inventory:
    """Return one inventory of `subject` that holds each of `inventories`, with its subject, as parts.

    Items of equal purl become one; items without a purl stay apart, their refs made unique.
    """
    merged: dict[str, Item] = {}
    tops: list[str] = []
    for number, inventory in enumerate(inventories, 1):
        names = _refs(inventory, number)
        whole = (inventory.subject, *inventory.items) if inventory.subject.name else inventory.items
        for item in whole:
            moved = _moved(item, names)
            merged[moved.ref] = _both(merged[moved.ref], moved) if moved.ref in merged else moved
        tops += (
            [names[inventory.subject.ref]] if inventory.subject.name else [names[item.ref] for item in inventory.items]
        )
    statements = tuple(dict.fromkeys(one for inventory in inventories for one in inventory.statements))
    return Inventory(
        subject=msgspec.structs.replace(subject, ref=SUBJECT, needs=tuple(dict.fromkeys(tops))),
        items=tuple(merged[ref] for ref in sorted(merged)),
        statements=statements,
        problems=tuple(problem for inventory in inventories for problem in inventory.problems),
    )


def _refs(inventory: Inventory, number: int) -> dict[str, str]:
    """Return the ref in the merged inventory of each ref in one: its purl, else a name that no other document has."""
    return {item.ref: canonical(item.purl) or f"{number}:{item.ref}" for item in (inventory.subject, *inventory.items)}


def _moved(item: Item, names: dict[str, str]) -> Item:
    needs = None if item.needs is None else tuple(names[need] for need in item.needs if need in names)
    return msgspec.structs.replace(item, ref=names[item.ref], purl=canonical(item.purl), needs=needs)


def _both(one: Item, other: Item) -> Item:
    """Return what two documents say of one package; where they differ on a single value, the first is kept."""
    needs = None if one.needs is None and other.needs is None else _union((one.needs or (), other.needs or ()))
    single = ("scope", "supplier", "description", "origin", "cpe")
    return msgspec.structs.replace(
        one,
        direct=one.direct if other.direct is None else bool(one.direct or other.direct),
        licenses=_union((one.licenses, other.licenses)),
        hashes=_union((one.hashes, other.hashes)),
        located=tuple(dict.fromkeys((*one.located, *other.located))),
        file_facts=tuple((dict(other.file_facts) | dict(one.file_facts)).items()),
        needs=needs,
        **{field: getattr(one, field) or getattr(other, field) for field in single},
    )
