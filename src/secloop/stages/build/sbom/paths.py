"""How packages of an inventory hang together: every shortest way in (`why`), and the tree below the subject."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

from secloop.stages.build.packages.base import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.model.inventory import Inventory, Item

MOST_PATHS = 20
"""Ways to one item that are looked for."""

_AROUND = ("pkg:docker/", "pkg:oci/", "pkg:githubactions/", "pkg:github/", "pkg:helm/", "pkg:terraform/")
_LONGEST = 50


class Node(NamedTuple):
    """One line of a tree: how deep it stands, the item, whether it was shown above, whether it is the last child."""

    depth: int
    item: Item
    seen: bool
    last: tuple[bool, ...]


def matching(inventory: Inventory, package: str) -> list[Item]:
    """Return the items that `package` names: a purl, `name@version`, or a name without case."""
    wanted = package.strip()
    if wanted.startswith("pkg:"):
        return [item for item in inventory.items if item.purl == wanted or item.purl.partition("@")[0] == wanted]
    name, _, version = wanted.rpartition("@")
    if not name:
        name, version = wanted, ""
    found = [item for item in inventory.items if item.name.lower() == name.lower()]
    return [item for item in found if not version or item.version.removeprefix("v") == version.removeprefix("v")]


def ways_in(inventory: Inventory, item: Item) -> list[tuple[Item, ...]]:
    """Return the shortest path to `item` from each direct dependency that leads to it, at most 20, shortest first.

    A path begins with a direct dependency and ends with `item`; an item that nothing leads to is its own path.
    """
    by_ref = {one.ref: one for one in inventory.items}
    parents: dict[str, list[str]] = defaultdict(list)
    for one in inventory.items:
        for need in one.needs or ():
            parents[need].append(one.ref)
    direct = {one.ref for one in inventory.items if one.direct} | set(inventory.subject.needs or ())
    came: dict[str, str] = {item.ref: ""}
    queue = deque([item.ref])
    paths: list[tuple[Item, ...]] = []
    while queue and len(paths) < MOST_PATHS:
        ref = queue.popleft()
        if ref in direct or (not parents[ref] and ref != item.ref):
            paths.append(_path(ref, came, by_ref))
        for parent in sorted(parents[ref]):
            if parent not in came and parent in by_ref:
                came[parent] = ref
                queue.append(parent)
    return paths or [(item,)]


def _path(ref: str, came: dict[str, str], by_ref: dict[str, Item]) -> tuple[Item, ...]:
    path: list[Item] = []
    while ref and len(path) < _LONGEST:
        path.append(by_ref[ref])
        ref = came[ref]
    return tuple(path)


def _worth(item: Item) -> tuple[int, bool]:
    scope = SCOPES.index(item.scope) if item.scope in SCOPES else 0
    return scope, item.purl.startswith(_AROUND)


def tree(inventory: Inventory, depth: int = _LONGEST) -> Iterator[Node]:
    """Yield the lines of the tree below the subject, each item's needs below its first place only.

    What the software runs with comes first, libraries before what surrounds them; the order is stable within that.
    """
    by_ref = {one.ref: one for one in inventory.items}
    shown: set[str] = set()
    tops = sorted((by_ref[ref] for ref in dict.fromkeys(inventory.subject.needs or ()) if ref in by_ref), key=_worth)
    stack: list[tuple[Item, tuple[bool, ...]]] = []
    stack += [(item, (number == len(tops) - 1,)) for number, item in enumerate(tops)][::-1]
    while stack:
        item, last = stack.pop()
        again = item.ref in shown and bool(item.needs)
        yield Node(len(last) - 1, item, again, last)
        if item.ref in shown or len(last) >= depth:
            continue
        shown.add(item.ref)
        below = [by_ref[ref] for ref in dict.fromkeys(item.needs or ()) if ref in by_ref]
        stack += [(one, (*last, number == len(below) - 1)) for number, one in enumerate(below)][::-1]
