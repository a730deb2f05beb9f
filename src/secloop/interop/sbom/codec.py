"""The one door to SBOM documents: tells their format, reads them, writes them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from secloop.interop.sbom import cyclonedx_read, cyclonedx_write, spdx_read, spdx_write
from secloop.interop.sbom.document import load
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from secloop.model.inventory import Inventory

FORMATS: tuple[str, ...] = (
    "cyclonedx",
    *(f"cyclonedx-{version}" for version in cyclonedx_write.VERSIONS),
    "spdx",
    f"spdx-{spdx_write.VERSION}",
)
"""The names `--format` takes; without a version, the newest that is written."""


def read(data: bytes, source: str = "the document") -> Inventory:
    """Return what a CycloneDX or SPDX document holds. Raises: UsageError where it is neither."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        document = load(data, source)
        if document.get("bomFormat") == "CycloneDX" or "specVersion" in document:
            return cyclonedx_read.read_document(document)
        if "spdxVersion" in document or "@graph" in document:
            return spdx_read.read_document(document)
    elif b"SPDXVersion:" in head:
        return spdx_read.read(data, source)
    raise UsageError(
        f"{source} is no SBOM that secloop reads",
        "Give CycloneDX JSON, or SPDX as JSON, tag-value or 3.0 JSON-LD",
    )


def check(name: str) -> None:
    """Raise UsageError, with a suggestion, where `name` is no format."""
    if name not in FORMATS:
        near = difflib.get_close_matches(name.lower(), FORMATS, n=1)
        todo = f"Did you mean {near[0]}" if near else f"Choose one of {', '.join(FORMATS)}"
        raise UsageError(f"There is no SBOM format {name!r}", todo)


def write(inventory: Inventory, name: str) -> bytes:
    """Return the document in the format called `name`. Raises: UsageError for another name."""
    check(name)
    kind, _, version = name.partition("-")
    if kind == "spdx":
        return spdx_write.write(inventory)
    return cyclonedx_write.write(inventory, version or cyclonedx_write.VERSIONS[-1])
