"""How good an inventory is: the minimum elements of NTIA and CISA, and the fields that BSI TR-03183-2 asks for.

Sources: NTIA, "The Minimum Elements For a Software Bill of Materials" (2021); CISA, "2025 Minimum Elements for a
Software Bill of Materials"; BSI TR-03183-2 version 2.1. Each element is a share of the items that have it, or 0 or 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.base import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from secloop.model.inventory import Inventory, Item

NTIA, CISA, BSI = PROFILES = ("ntia", "cisa", "bsi")

_STRONG = ("sha256:", "sha384:", "sha512:", "sha3-", "blake2b-")


class Element(Value):
    """One element: what it is, which texts ask for it, the share (0..1) that has it, and the first that lack it."""

    name: str
    asked_by: tuple[str, ...]
    share: float
    missing: tuple[str, ...] = ()


class Score(Value):
    """The elements and, per text, the mean share of what it asks for (0..100, one decimal)."""

    elements: tuple[Element, ...]
    totals: dict[str, float]
    items: int


_MISSING_SHOWN = 5


def score(inventory: Inventory) -> Score:
    """Return the score of an inventory; one without items has 0 in all that is asked of items."""
    elements = (
        _whole("author of the SBOM", PROFILES, bool(inventory.authors or inventory.tools)),
        _whole("timestamp", PROFILES, bool(inventory.created)),
        _whole("tool that made it", (CISA,), bool(inventory.tools)),
        _whole("name of the software", PROFILES, bool(inventory.subject.name)),
        _whole("version of the software", PROFILES, bool(inventory.subject.version)),
        _whole("unique document id", (BSI,), bool(inventory.serial)),
        _each(inventory, "component name", PROFILES, lambda item: bool(item.name)),
        _each(inventory, "component version", PROFILES, lambda item: bool(item.version)),
        _each(inventory, "supplier or producer", PROFILES, _has_producer),
        _each(inventory, "unique identifier (purl or CPE)", PROFILES, lambda item: bool(item.purl or item.cpe)),
        _each(inventory, "dependency relationship", PROFILES, lambda item: item.needs is not None),
        _each(inventory, "licence", (CISA, BSI), lambda item: bool(item.licenses)),
        _each(inventory, "hash", (CISA,), lambda item: bool(item.hashes)),
        _each(inventory, "SHA-512 or another strong hash", (BSI,), _has_strong_hash),
    )
    totals = {name: _total(elements, name) for name in PROFILES}
    return Score(elements=elements, totals=totals, items=len(inventory.items))


def _has_producer(item: Item) -> bool:
    """Return whether a producer is named; the namespace of a purl (vendor, group, owner) names one."""
    return bool(item.supplier) or item.purl.partition("@")[0].count("/") > 1


def _has_strong_hash(item: Item) -> bool:
    return any(value.startswith(_STRONG) for value in item.hashes)


def _whole(name: str, asked_by: tuple[str, ...], has: bool) -> Element:
    return Element(name=name, asked_by=asked_by, share=float(has))


def _each(inventory: Inventory, name: str, asked_by: tuple[str, ...], has: Callable[[Item], bool]) -> Element:
    lacking = [item.name or item.ref for item in inventory.items if not has(item)]
    share = 1 - len(lacking) / len(inventory.items) if inventory.items else 0.0
    return Element(name=name, asked_by=asked_by, share=share, missing=tuple(lacking[:_MISSING_SHOWN]))


def _total(elements: tuple[Element, ...], name: str) -> float:
    asked = [element.share for element in elements if name in element.asked_by]
    return round(100 * sum(asked) / len(asked), 1)
