"""CycloneDX XML, 1.0 to 1.7 (https://cyclonedx.org/docs/1.7/xml/), in the shape of its JSON form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.interop.xmltree import Element

NAMESPACE = "http://cyclonedx.org/schema/bom/"
_PLAIN = ("author", "publisher", "group", "name", "version", "description", "scope", "cpe", "purl")
_ANALYSIS = ("state", "justification", "detail", "firstIssued", "lastUpdated")


def is_bom(root: Element) -> bool:
    """Return whether a root element is CycloneDX's."""
    return root.tag == "bom" and bool(_version(root))


def document_of(root: Element) -> dict[str, Any]:
    """Return the document as its JSON form would be decoded: the parts that an inventory has."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": _version(root),
        "serialNumber": root.attributes.get("serialNumber", ""),
        "metadata": _metadata(root.child("metadata")),
        "components": _components(root),
        "dependencies": [
            {
                "ref": one.attributes.get("ref"),
                "dependsOn": [need.attributes.get("ref") for need in one.each("dependency")],
            }
            for one in root.each("dependencies", "dependency")
        ],
        "vulnerabilities": [_vulnerability(one) for one in root.each("vulnerabilities", "vulnerability")],
    }


def _version(root: Element) -> str:
    """Return the version in the namespace that the root declares, with or without a prefix."""
    return next((uri.removeprefix(NAMESPACE) for uri in root.attributes.values() if uri.startswith(NAMESPACE)), "")


def _values(element: Element, names: Iterable[str]) -> dict[str, Any]:
    return {name: element.value(name) for name in names}


def _metadata(element: Element | None) -> dict[str, Any]:
    if element is None:
        return {}
    main = element.child("component")
    return {
        "timestamp": element.value("timestamp"),
        "component": _component(main) if main else {},
        "authors": [_party(one) for one in element.each("authors", "author")],
        "manufacturer": _party(element.child("manufacturer")),
        "lifecycles": [_values(one, ("phase", "name")) for one in element.each("lifecycles", "lifecycle")],
        "tools": [
            _values(one, ("name", "version"))
            for path in (("tool",), ("components", "component"), ("services", "service"))
            for one in element.each("tools", *path)
        ],
    }


def _party(element: Element | None) -> dict[str, Any]:
    """Return an organisation or a person."""
    if element is None:
        return {}
    return {
        **_values(element, ("name", "email")),
        "url": [one.text.strip() for one in element.each("url")],
        "contact": [_values(one, ("email",)) for one in element.each("contact")],
    }


def _components(parent: Element) -> list[dict[str, Any]]:
    return [_component(one) for one in parent.each("components", "component")]


def _component(element: Element) -> dict[str, Any]:
    return {
        "type": element.attributes.get("type"),
        "bom-ref": element.attributes.get("bom-ref"),
        **_values(element, _PLAIN),
        "supplier": _party(element.child("supplier")),
        "manufacturer": _party(element.child("manufacturer")),
        "authors": [_party(one) for one in element.each("authors", "author")],
        "hashes": [
            {"alg": one.attributes.get("alg"), "content": one.text.strip()} for one in element.each("hashes", "hash")
        ],
        "licenses": [_license(one) for group in element.each("licenses") for one in group.children],
        "externalReferences": [
            {"type": one.attributes.get("type"), "url": one.value("url")}
            for one in element.each("externalReferences", "reference")
        ],
        "properties": _properties(element),
        "evidence": {
            "occurrences": [
                {"location": one.value("location"), "line": _number(one.value("line"))}
                for one in element.each("evidence", "occurrences", "occurrence")
            ]
        },
        "components": _components(element),
    }


def _properties(element: Element) -> list[dict[str, Any]]:
    return [
        {"name": one.attributes.get("name"), "value": one.text.strip()}
        for one in element.each("properties", "property")
    ]


def _license(element: Element) -> dict[str, Any]:
    if element.tag == "license":
        return {"license": _values(element, ("id", "name"))}
    return {"expression": element.attributes.get("expression") or element.text.strip()}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004 - fits an int


def _vulnerability(element: Element) -> dict[str, Any]:
    analysis = element.child("analysis")
    return {
        **_values(element, ("id", "recommendation", "updated")),
        "references": [_values(one, ("id",)) for one in element.each("references", "reference")],
        "analysis": _values(analysis, _ANALYSIS) if analysis else {},
        "properties": _properties(element),
        "affects": [_values(one, ("ref",)) for one in element.each("affects", "target")],
    }
