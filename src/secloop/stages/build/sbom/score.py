"""How good an inventory is: the minimum elements of NTIA and CISA, and the fields that BSI TR-03183-2 asks for.

Sources: NTIA, "The Minimum Elements For a Software Bill of Materials" (2021), data fields; CISA, "2025 Minimum Elements
for a Software Bill of Materials" (draft of August 2025), data fields; BSI TR-03183-2 version 2.1 (August 2025),
sections 4 and 5.2. Each element is a share of the items that have it, or 0 or 1. What a text asks for only where it
exists (a source code URI) and practices (how an SBOM is passed on) are not rated: a document does not tell.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from secloop.interop.sbom import licenses, parties
from secloop.model.base import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from secloop.model.inventory import Inventory, Item

NTIA, CISA, BSI = PROFILES = ("ntia", "cisa", "bsi")


class Element(Value):
    """One element: what it is, which texts ask for it, the share (0..1) that has it, and the first that lack it.

    `fix` says how a document comes to have it.
    """

    name: str
    asked_by: tuple[str, ...]
    share: float
    missing: tuple[str, ...] = ()
    fix: str = ""


class Score(Value):
    """The elements and, per text, the mean share of what it asks for (0..100, one decimal)."""

    elements: tuple[Element, ...]
    totals: dict[str, float]
    items: int


_MISSING_SHOWN = 5
_NEWEST = {"CycloneDX": (1, 6), "SPDX": (3, 0)}
"""The oldest version of each format that BSI takes (section 4)."""

_FILE_FIX = "tell it as property bsi:component:{}, from the file that is delivered"


def score(inventory: Inventory) -> Score:
    """Return the score of an inventory; one without items has 0 in all that is asked of items."""
    elements = (*_of_document(inventory), *_of_items(inventory), *_of_files(inventory))
    totals = {name: _total(elements, name) for name in PROFILES}
    return Score(elements=elements, totals=totals, items=len(inventory.items))


def _of_document(inventory: Inventory) -> tuple[Element, ...]:
    subject = inventory.subject
    addressed = any(parties.split(author)[1] for author in inventory.authors)
    return (
        _whole("author of the SBOM", (NTIA, CISA), bool(inventory.authors), "name one with --author"),
        _whole("author's e-mail or URL", (BSI,), addressed, "--author 'Name (mail@example.org)'"),
        _whole("timestamp", PROFILES, bool(inventory.created), "write the SBOM with secloop"),
        _whole("tool that made it", (CISA,), bool(inventory.tools), "write the SBOM with secloop"),
        _whole("generation context", (CISA,), bool(inventory.context), "write the SBOM with secloop as CycloneDX 1.5+"),
        _whole("name of the software", PROFILES, bool(subject.name), "--name NAME"),
        _whole("version of the software", PROFILES, bool(subject.version), "--version VERSION, or commit"),
        _whole(
            "unique document id", (BSI,), bool(inventory.serial) or _is_ours(inventory), "write the SBOM with secloop"
        ),
        _whole("format: CycloneDX 1.6+, SPDX 3.0+", (BSI,), _is_new(inventory), "-f cyclonedx-1.6 or newer"),
        _whole(
            "no vulnerabilities inside",
            (BSI,),
            bool(inventory.items) and not inventory.statements,
            "hand them over as a VEX document: secloop build vex",
        ),
    )


def _of_items(inventory: Inventory) -> tuple[Element, ...]:
    def each(name: str, asked_by: tuple[str, ...], has: Callable[[Item], bool], fix: str) -> Element:
        return _each(inventory, name, asked_by, has, fix)

    installed = "install the dependencies and write it with --installed"
    return (
        each("component name", PROFILES, lambda item: bool(item.name), "correct the SBOM's source"),
        each("component version", PROFILES, lambda item: bool(item.version), "commit a lock file that pins it"),
        each(
            "supplier or producer",
            (NTIA, CISA),
            _has_producer,
            "take it over from the supplier's own SBOM: secloop build sbom merge",
        ),
        each(
            "creator's e-mail or URL",
            (BSI,),
            lambda item: bool(parties.split(item.supplier)[1]),
            "take it over from the supplier's own SBOM: secloop build sbom merge",
        ),
        each(
            "unique identifier (purl or CPE)",
            PROFILES,
            lambda item: bool(item.purl or item.cpe),
            "give the component a purl",
        ),
        each(
            "dependency relationship",
            PROFILES,
            lambda item: item.needs is not None,
            "use a lock file with edges, such as uv.lock or package-lock.json",
        ),
        each("licence", (CISA,), lambda item: bool(item.licenses), installed),
        each("licence as an SPDX expression", (BSI,), _has_expression, installed),
        each("hash", (CISA,), lambda item: bool(item.hashes), "use a lock file with hashes"),
        each("SHA-512 hash", (BSI,), _has_sha512, "hash what is delivered: most lock files hold SHA-256"),
        each(
            "URI of the deployable form",
            (BSI,),
            lambda item: bool(item.origin),
            "use a lock file that names where packages come from",
        ),
    )


def _of_files(inventory: Inventory) -> tuple[Element, ...]:
    names = {
        "filename": "file name of the component",
        "executable": "executable property",
        "archive": "archive property",
        "structured": "structured property",
    }
    return tuple(
        _each(inventory, name, (BSI,), partial(_tells, key), _FILE_FIX.format(key)) for key, name in names.items()
    )


def _tells(key: str, item: Item) -> bool:
    return any(name == key for name, _ in item.file_facts)


def _is_ours(inventory: Inventory) -> bool:
    """Return whether an inventory was made of files: it is rated as the document that would be written of it."""
    return not inventory.format and bool(inventory.items)


def _is_new(inventory: Inventory) -> bool:
    """Return whether the document is of a version that BSI takes; what was not read from one is written as new."""
    if not inventory.format:
        return _is_ours(inventory)
    parts = tuple(int(part) if part.isascii() and part.isdigit() else 0 for part in inventory.version[:20].split("."))
    return parts >= _NEWEST.get(inventory.format, (99,))


def _has_producer(item: Item) -> bool:
    """Return whether a producer is named; the namespace of a purl (vendor, group, owner) names one."""
    return bool(item.supplier) or item.purl.partition("@")[0].count("/") > 1


def _has_expression(item: Item) -> bool:
    return bool(item.licenses) and bool(licenses.joined(item.licenses))


def _has_sha512(item: Item) -> bool:
    return any(value.startswith("sha512:") for value in item.hashes)


def _whole(name: str, asked_by: tuple[str, ...], has: bool, fix: str) -> Element:
    return Element(name=name, asked_by=asked_by, share=float(has), fix=fix)


def _each(inventory: Inventory, name: str, asked_by: tuple[str, ...], has: Callable[[Item], bool], fix: str) -> Element:
    lacking = [item.name or item.ref for item in inventory.items if not has(item)]
    share = 1 - len(lacking) / len(inventory.items) if inventory.items else 0.0
    shown = tuple(islice(dict.fromkeys(lacking), _MISSING_SHOWN))
    return Element(name=name, asked_by=asked_by, share=share, missing=shown, fix=fix)


def _total(elements: tuple[Element, ...], name: str) -> float:
    asked = [element.share for element in elements if name in element.asked_by]
    return round(100 * sum(asked) / len(asked), 1)
