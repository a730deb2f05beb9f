"""SPDX 2.x as RDF/XML and as plain XML, in the shape of its JSON form (https://spdx.github.io/spdx-spec/v2.3/)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from secloop.interop.sbom.rdf import graph_of, last_part

if TYPE_CHECKING:
    from secloop.interop.sbom.rdf import Graph, Node
    from secloop.interop.xmltree import Element

_DEEPEST = 50  # licence sets inside one another
_LONGEST = 10_000  # characters of a licence expression
_MOST_MEMBERS = 1_000
_UNCLEAR = "NOASSERTION"
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TERMS = {"noassertion": "NOASSERTION", "none": "NONE"}
_SETS = {"ConjunctiveLicenseSet": " AND ", "DisjunctiveLicenseSet": " OR "}
_TEXTS = ("name", "versionInfo", "supplier", "description", "summary", "sourceInfo", "packageFileName")
_LISTS = {
    "packages",
    "relationships",
    "externalRefs",
    "checksums",
    "hasExtractedLicensingInfos",
    "creators",
    "documentDescribes",
}


def is_rdf(root: Element) -> bool:
    """Return whether a root element is RDF's."""
    return root.tag == "RDF"


def is_plain(root: Element) -> bool:
    """Return whether a root element is that of SPDX's plain XML."""
    return root.tag == "Document" and root.child("spdxVersion") is not None


def plain_document(root: Element) -> dict[str, Any]:
    """Return the JSON form of SPDX's plain XML, whose elements are the JSON's keys, repeated for lists."""
    return _fields(root)


def _fields(element: Element) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for child in element.children:
        value = _fields(child) if child.children else child.text.strip()
        if child.tag in _LISTS:
            out.setdefault(child.tag, []).append(value)
        else:
            out.setdefault(child.tag, value)
    return out


def rdf_document(root: Element) -> dict[str, Any]:
    """Return the JSON form of an RDF/XML document; without a document node, `spdxVersion` is empty."""
    graph = graph_of(root)
    licenses = _Licenses(graph)
    head = next((node for node in graph.values() if node.type == "SpdxDocument"), None)
    info = graph.get(head.first("creationInfo")) if head else None
    return {
        "spdxVersion": head.first("specVersion") if head else "",
        "name": head.first("name") if head else "",
        "documentNamespace": head.id.partition("#")[0] if head else "",
        "creationInfo": {
            "created": info.first("created") if info else "",
            "comment": info.first("comment") if info else "",
            "creators": info.values.get("creator", []) if info else [],
        },
        "packages": [_package(node, graph, licenses) for node in graph.values() if node.type == "Package"],
        "relationships": [row for node in graph.values() for row in _relations(node, graph)],
        "hasExtractedLicensingInfos": [
            {
                "licenseId": node.first("licenseId") or last_part(node.id),
                "name": _plain(node.first("name")),
                "extractedText": node.first("extractedText"),
            }
            for node in graph.values()
            if node.type == "ExtractedLicensingInfo"
        ],
    }


def _plain(value: str) -> str:
    """Return a literal, or SPDX's word for a term of its vocabulary that says nothing."""
    return _TERMS.get(last_part(value), value) if value.startswith("http") else value


def _package(node: Node, graph: Graph, licenses: _Licenses) -> dict[str, Any]:
    out: dict[str, Any] = {name: _plain(node.first(name)) for name in _TEXTS}
    out["SPDXID"] = last_part(node.id)
    out["downloadLocation"] = _plain(node.first("downloadLocation"))
    purpose = last_part(node.first("primaryPackagePurpose")).removeprefix("purpose_")
    out["primaryPackagePurpose"] = _HUMP.sub("-", purpose)
    for field in ("licenseDeclared", "licenseConcluded"):
        out[field] = licenses.of(node.first(field))
    found = [graph[own] for own in node.values.get("checksum", ()) if own in graph]
    out["checksums"] = [
        {
            "algorithm": last_part(one.first("algorithm")).removeprefix("checksumAlgorithm_"),
            "checksumValue": one.first("checksumValue"),
        }
        for one in found
    ]
    refs = [graph[own] for own in node.values.get("externalRef", ()) if own in graph]
    out["externalRefs"] = [
        {"referenceType": last_part(one.first("referenceType")), "referenceLocator": one.first("referenceLocator")}
        for one in refs
    ]
    return out


class _Licenses:
    """The expressions of licence nodes, each made once: a graph may name one node many times, or inside itself."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[str, str] = {}

    def of(self, value: str, depth: int = 0) -> str:
        """Return the expression of an id, a set, a licence with an exception, or a text of the document."""
        node = self._graph.get(value)
        if node is None:
            return _TERMS.get(last_part(value), last_part(value))
        if depth > _DEEPEST:
            return _UNCLEAR
        if value not in self._known:
            self._known[value] = _UNCLEAR  # what a node inside itself says
            made = self._made(node, depth + 1)
            self._known[value] = made if len(made) <= _LONGEST else _UNCLEAR
        return self._known[value]

    def _made(self, node: Node, depth: int) -> str:
        if node.type in _SETS:
            parts = [self.of(own, depth) for own in node.values.get("member", ())[:_MOST_MEMBERS]]
            return _SETS[node.type].join(f"({part})" if " " in part else part for part in parts)
        if node.type == "WithExceptionOperator":
            exception = self._graph.get(node.first("licenseException"))
            name = exception.first("licenseExceptionId") if exception else last_part(node.first("licenseException"))
            return f"{self.of(node.first('member'), depth)} WITH {name}"
        if node.type == "OrLaterOperator":
            return f"{self.of(node.first('member'), depth)}+"
        return node.first("licenseId") or last_part(node.id)


def _relations(node: Node, graph: Graph) -> list[dict[str, str]]:
    found = [graph[own] for own in node.values.get("relationship", ()) if own in graph]
    rows = [
        {
            "spdxElementId": last_part(node.id),
            "relationshipType": _HUMP.sub(
                "_", last_part(one.first("relationshipType")).removeprefix("relationshipType_")
            ).upper(),
            "relatedSpdxElement": last_part(one.first("relatedSpdxElement")),
        }
        for one in found
    ]
    return rows + [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": last_part(own)}
        for own in node.values.get("describesPackage", ())
    ]
