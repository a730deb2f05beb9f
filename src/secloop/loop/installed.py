"""An inventory completed by what is installed beside it: versions that no lock pins, licences, packages of no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.ids import bare_purl
from secloop.model.inventory import Inventory, Item, Located

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.stages.build.licenses.texts import Declared, Installed


def completed(inventory: Inventory, installed: Installed) -> Inventory:
    """Return the inventory with versions and licences of what is installed, and the packages that it lacks.

    A package without version takes that of the one that is installed; one of which several are, takes none.
    """
    moved: dict[str, str] = {}
    found = [_item(item, installed, moved) for item in inventory.items]
    items = {item.ref: msgspec.structs.replace(item, needs=_moved(item.needs, moved)) for item in found}
    for one in _every(installed):
        extra = _of(one)
        items.setdefault(extra.ref, extra)
    subject = msgspec.structs.replace(inventory.subject, needs=_moved(inventory.subject.needs, moved))
    return msgspec.structs.replace(inventory, subject=subject, items=tuple(items.values()))


def _item(item: Item, installed: Installed, moved: dict[str, str]) -> Item:
    bare = bare_purl(item.purl)
    versions = {one.version for one in installed.declared.get(bare, ()) if one.version}
    if not item.version and len(versions) == 1:
        (version,) = versions
        ref = f"{bare}@{version}"
        moved[item.ref] = ref
        item = msgspec.structs.replace(item, ref=ref, version=version, purl=ref)
    said = installed.says(bare, item.version) if not item.licenses else None
    return msgspec.structs.replace(item, licenses=said.licenses) if said else item


def _moved(needs: tuple[str, ...] | None, moved: dict[str, str]) -> tuple[str, ...] | None:
    return None if needs is None else tuple(dict.fromkeys(moved.get(need, need) for need in needs))


def _every(installed: Installed) -> Iterable[Declared]:
    return (one for package in sorted(installed.declared) for one in installed.declared[package] if one.version)


def _of(one: Declared) -> Item:
    from secloop.stages.build import purl as purls

    whole = f"{one.package}@{one.version}"
    told = purls.parse(whole)
    return Item(
        ref=whole,
        name=told.name if told else one.package,
        version=one.version,
        purl=whole,
        licenses=one.licenses,
        located=(Located(file=one.path),),
    )
