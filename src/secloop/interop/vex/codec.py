"""The one door to VEX documents: tells their format, reads them, writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.interop.sbom import cyclonedx_read, cyclonedx_write
from secloop.interop.sbom.document import load
from secloop.interop.vex import csaf, openvex
from secloop.model.errors import UsageError
from secloop.model.shapes import string

if TYPE_CHECKING:
    from secloop.model.inventory import Inventory, Statement

FORMATS: tuple[str, ...] = ("openvex", "cyclonedx", "csaf")
"""The names `--format` takes."""


def read(data: bytes, source: str = "the document") -> tuple[Statement, ...]:
    """Return the statements of an OpenVEX, CSAF or CycloneDX document, products as purls where they have one.

    Raises: UsageError where it is none of them.
    """
    document = load(data, source)
    if "openvex" in string(document.get("@context")):
        return tuple(openvex.read_document(document))
    if string(document.get("bomFormat")) == "CycloneDX":
        return _with_purls(cyclonedx_read.read_document(document))
    if isinstance(document.get("document"), dict) and "csaf_version" in document["document"]:
        return tuple(csaf.read_document(document))
    raise UsageError(f"{source} is no VEX document", "Give OpenVEX, CSAF or CycloneDX as JSON")


def _with_purls(inventory: Inventory) -> tuple[Statement, ...]:
    """Return the statements of a CycloneDX document, references to its components as their purls."""
    import msgspec

    purls = {item.ref: item.purl for item in (inventory.subject, *inventory.items) if item.purl}
    return tuple(
        msgspec.structs.replace(one, products=tuple(purls.get(_own(ref), _own(ref)) for ref in one.products))
        for one in inventory.statements
    )


def _own(ref: str) -> str:
    """Return the reference inside a document: a BOM-Link (`urn:cdx:serial/version#ref`) names another one's."""
    return ref.partition("#")[2] if ref.startswith("urn:cdx:") and "#" in ref else ref


def write(inventory: Inventory, name: str) -> bytes:
    """Return a document with the inventory's statements. Raises: UsageError for an unknown format."""
    match name:
        case "openvex":
            return openvex.write(inventory)
        case "csaf":
            return csaf.write(inventory)
        case "cyclonedx":
            return cyclonedx_write.write(inventory)
    raise UsageError(f"There is no VEX format {name!r}", f"Choose one of {', '.join(FORMATS)}")
