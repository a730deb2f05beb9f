"""The one door to SBOM documents: tells their format, reads them, writes them."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from secloop.interop.sbom.document import CYCLONEDX, MAX_BYTES, SPDX, load
from secloop.model.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from secloop.model.inventory import Inventory

FORMATS: tuple[str, ...] = (
    "cyclonedx",
    *(f"cyclonedx-{version}" for version in CYCLONEDX),
    "spdx",
    f"spdx-{SPDX}",
)
"""The names `--format` takes; without a version, the newest that is written."""


_MARKS = {  # the longer ones first
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
_YAML = re.compile(rb"^[\"']?(spdxVersion|bomFormat)[\"']?:", re.MULTILINE)
_READABLE = "Give CycloneDX as JSON or XML, or SPDX as JSON, tag-value, YAML, RDF/XML or 3.0 JSON-LD"


def read(data: bytes, source: str = "the document") -> Inventory:
    """Return what a CycloneDX or SPDX document holds. Raises: UsageError where it is neither."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"{source} is larger than {MAX_BYTES >> 20} MB", "Split the document")
    plain = _in_utf_8(data)
    encoding = "" if plain is data else "utf-8"
    data = plain
    head = data[:4096].lstrip()
    if head.startswith(b"{"):
        return _of_object(load(data, source), source)
    if head.startswith(b"<"):
        return _of_xml(data, source, encoding)
    if b"SPDXVersion:" in head:
        from secloop.interop.sbom import spdx_read

        return spdx_read.read(data, source)
    if _YAML.search(data):
        return _of_object(_yaml(data, source), source)
    raise UsageError(f"{source} is no SBOM that secloop reads", _READABLE)


def _in_utf_8(data: bytes) -> bytes:
    """Return a document that starts with a byte order mark in UTF-8, without it; PowerShell's `>` writes UTF-16."""
    name = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "")
    return data.decode(name, "replace").encode("utf-8", "replace") if name else data


def _of_object(document: dict[str, Any], source: str) -> Inventory:
    """Return what a decoded document holds. Raises: UsageError."""
    from secloop.interop.sbom import cyclonedx_read, spdx_read

    if document.get("bomFormat") == "CycloneDX" or "specVersion" in document:
        return cyclonedx_read.read_document(document)
    if "spdxVersion" in document or "@graph" in document:
        return spdx_read.read_document(document)
    raise UsageError(f"{source} is no SBOM that secloop reads", _READABLE)


def _of_xml(data: bytes, source: str, encoding: str) -> Inventory:
    """Return what an XML document holds, of an encoding that it need not know of. Raises: UsageError."""
    from secloop.interop.sbom import cyclonedx_read, cyclonedx_xml, spdx_rdf, spdx_read
    from secloop.interop.xmltree import parse_xml

    try:
        root = parse_xml(data, encoding=encoding)
    except UnreadableError as error:
        raise UsageError(f"{source}, line {error.line}: {error.reason}", "Give a well-formed document") from error
    if cyclonedx_xml.is_bom(root):
        return cyclonedx_read.read_document(cyclonedx_xml.document_of(root))
    if spdx_rdf.is_plain(root):
        return spdx_read.read_document(spdx_rdf.plain_document(root))
    if spdx_rdf.is_rdf(root):
        document = spdx_rdf.rdf_document(root)
        if document["spdxVersion"]:
            return spdx_read.read_document(document)
    raise UsageError(f"{source} is no SBOM that secloop reads", _READABLE)


def _yaml(data: bytes, source: str) -> dict[str, Any]:
    from secloop.interop.yamltree import parse_yaml

    try:
        return parse_yaml(data.decode("utf-8", "replace"))
    except UnreadableError as error:
        raise UsageError(f"{source}, line {error.line}: {error.reason}", "Give a well-formed document") from error


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
        from secloop.interop.sbom import spdx_write

        return spdx_write.write(inventory)
    from secloop.interop.sbom import cyclonedx_write

    return cyclonedx_write.write(inventory, version or CYCLONEDX[-1])
