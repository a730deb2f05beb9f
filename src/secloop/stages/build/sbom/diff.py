"""What changed between two inventories: added, removed, updated, licence changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from secloop.model.base import Value
from secloop.stages.build.licenses.names import normalise
from secloop.stages.build.sbom.naming import is_package, shown_name

if TYPE_CHECKING:
    from secloop.model.inventory import Inventory, Item

What = Literal["added", "removed", "changed", "license"]


class Change(Value):
    """One change. `name` is the package with its ecosystem (`pypi/flask`); `old` and `new` are versions or licences."""

    what: What
    name: str
    old: str = ""
    new: str = ""


def diff(old: Inventory, new: Inventory) -> list[Change]:
    """Return the changes by name. Versions of a package that both hold are no change; one old and one new pair up."""
    before, after = _by_name(old), _by_name(new)
    changes: list[Change] = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name, {}), after.get(name, {})
        gone, come = sorted(was.keys() - now.keys()), sorted(now.keys() - was.keys())
        while gone and come:
            changes.append(Change(what="changed", name=name, old=gone.pop(0), new=come.pop(0)))
        changes += [Change(what="removed", name=name, old=version) for version in gone]
        changes += [Change(what="added", name=name, new=version) for version in come]
        changes += _licences(name, was, now)
    return changes


def _licences(name: str, was: dict[str, Item], now: dict[str, Item]) -> list[Change]:
    """Return the change of licence of a package, where both sides tell one: over all its versions together."""
    before = sorted({normalise(text) or text for item in was.values() for text in item.licenses})
    after = sorted({normalise(text) or text for item in now.values() for text in item.licenses})
    if before and after and before != after:
        return [Change(what="license", name=name, old=", ".join(before), new=", ".join(after))]
    return []


def _by_name(inventory: Inventory) -> dict[str, dict[str, Item]]:
    """Return the packages by name and version."""
    found: dict[str, dict[str, Item]] = defaultdict(dict)
    for item in filter(is_package, inventory.items):
        found[shown_name(item)][item.version] = item
    return found
