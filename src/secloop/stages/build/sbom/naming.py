"""One name for a package that documents of several tools write differently (`PyYAML`, `pyyaml`)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from secloop.stages.build import purl as purls

if TYPE_CHECKING:
    from secloop.model.inventory import Item


@lru_cache(maxsize=1 << 16)
def canonical(purl: str) -> str:
    """Return a purl as its type spells it; one of an unknown type, or of a part of a package, as it is."""
    told = purls.parse(purl)
    if told is None or not told.ecosystem or "#" in purl:
        return purl
    try:
        return purls.purl(told.ecosystem, told.name, told.version, tuple(sorted(purls.qualifiers_of(purl).items())))
    except KeyError:
        return purl


def shown_name(item: Item) -> str:
    """Return a package's name with its purl type: `pypi/pyyaml`; of an item without a purl, its own name."""
    own = canonical(item.purl)
    told = purls.parse(own)
    if told is None:
        return item.name
    return f"{own.removeprefix('pkg:').partition('/')[0]}/{purls.package_name(told.ecosystem, told.name)}"


def is_package(item: Item) -> bool:
    """Return whether an item is a package: some tools list the lock files they read as applications of no version."""
    return bool(item.purl or item.version) or item.kind not in {"application", "file"}
