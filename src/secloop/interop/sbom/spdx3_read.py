"""SPDX 3.0 JSON-LD (https://spdx.github.io/spdx-spec/v3.0.1/) to `Inventory`; read only."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from secloop.interop.sbom import parties
from secloop.interop.sbom.document import MAX_ITEMS, algorithm
from secloop.model.inventory import Inventory, Item
from secloop.model.shapes import string, strings, table, tables

_PACKAGES = {"software_Package", "ai_AIPackage", "dataset_DatasetPackage"}
"""A package, and its kinds that have profiles of their own."""

_PHASES = {
    "design": "design",
    "source": "pre-build",
    "build": "build",
    "analyzed": "post-build",
    "deployed": "operations",
    "runtime": "operations",
}
_SCOPES = {"development": "dev", "test": "test", "build": "build", "runtime": "runtime"}


def read_graph(document: dict[str, Any]) -> Inventory:
    """Return the packages of a graph; what the SBOM or document names as root, if it is one package, is the subject."""
    elements = tables(document.get("@graph"))
    by_id = {string(one.get("spdxId")) or string(one.get("@id")): one for one in elements}
    needs, scopes, licenses = _relations(elements, by_id)
    packages = [one for one in elements if _kind(one) in _PACKAGES and string(one.get("name"))][:MAX_ITEMS]
    items = {
        ref: msgspec.structs.replace(_item(one, ref, needs, scopes, licenses), supplier=_supplier(one, by_id))
        for one in packages
        if (ref := string(one.get("spdxId")))
    }
    head = next((one for one in elements if _kind(one) == "SpdxDocument"), {})
    top = _root(elements, items)
    subject = items[top] if top else Item(ref="", name=string(head.get("name")))
    info = _creation(head, by_id)
    return Inventory(
        subject=subject,
        items=tuple(item for ref, item in items.items() if ref != top),
        created=string(info.get("created")),
        tools=tuple(_names(info.get("createdUsing"), by_id)),
        authors=tuple(_names(info.get("createdBy"), by_id)),
        serial=string(head.get("spdxId")),
        context=_phase(elements),
        format="SPDX",
        version=string(info.get("specVersion")) or "3.0",
    )


def _kind(element: dict[str, Any]) -> str:
    return string(element.get("type")) or string(element.get("@type"))


def _creation(head: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the creation info, which stands inline or as an element of its own."""
    info = head.get("creationInfo")
    return table(by_id.get(info)) if isinstance(info, str) else table(info)


def _names(refs: Any, by_id: dict[str, dict[str, Any]]) -> list[str]:
    """Return who or what is referred to, each with its e-mail address or URL where it has one."""
    found = [by_id.get(ref, {"name": ref}) for ref in strings(refs)]
    return [parties.joined(string(one.get("name")) or string(one.get("spdxId")), _address(one)) for one in found]


def _address(agent: dict[str, Any]) -> str:
    told = (string(one.get("identifier")) for one in tables(agent.get("externalIdentifier")))
    return next((one for one in told if parties.is_address(one)), "")


def _phase(elements: list[dict[str, Any]]) -> str:
    """Return the phase of CycloneDX that the SBOM's first type stands for."""
    kinds = (
        kind for one in elements if _kind(one) == "software_Sbom" for kind in strings(one.get("software_sbomType"))
    )
    return next((_PHASES.get(kind, kind) for kind in kinds), "")


def _supplier(package: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> str:
    """Return who supplies a package, else who made it."""
    found = _names([package.get("suppliedBy")], by_id) + _names(package.get("originatedBy"), by_id)
    return next(iter(found), "")


def _root(elements: list[dict[str, Any]], found: dict[str, Item]) -> str:
    roots: set[str] = set()
    for one in elements:
        if _kind(one) in {"software_Sbom", "SpdxDocument", "Bom"}:
            roots |= found.keys() & strings(one.get("rootElement"))
    return roots.pop() if len(roots) == 1 and len(found) > 1 else ""


def _relations(
    elements: list[dict[str, Any]],
    by_id: dict[str, dict[str, Any]],
) -> tuple[dict[str, list[str]], dict[str, str], dict[str, list[str]]]:
    """Return by ref: what it needs, the scope it is needed in, and its declared licences."""
    needs: dict[str, list[str]] = defaultdict(list)
    scopes: dict[str, str] = {}
    licenses: dict[str, list[str]] = defaultdict(list)
    for one in elements:
        kind, source = string(one.get("relationshipType")), string(one.get("from"))
        targets = strings(one.get("to"))
        if kind == "dependsOn":
            needs[source] += targets
            if scope := _SCOPES.get(string(one.get("scope"))):
                scopes.update(dict.fromkeys(targets, scope))
        elif kind == "hasDeclaredLicense":
            found = (by_id.get(ref, {}) for ref in targets)
            licenses[source] += [
                words
                for one in found
                if (words := string(one.get("simplelicensing_licenseExpression")) or string(one.get("name")))
            ]
    return needs, scopes, licenses


def _item(
    package: dict[str, Any],
    ref: str,
    needs: dict[str, list[str]],
    scopes: dict[str, str],
    licenses: dict[str, list[str]],
) -> Item:
    identifiers = tables(package.get("externalIdentifier"))
    by_kind = {string(one.get("externalIdentifierType")): string(one.get("identifier")) for one in identifiers}
    return Item(
        ref=ref,
        name=string(package.get("name")),
        version=string(package.get("software_packageVersion")),
        purl=string(package.get("software_packageUrl")) or by_kind.get("packageUrl", "") or by_kind.get("purl", ""),
        kind=string(package.get("software_primaryPurpose")) or "library",
        scope=scopes.get(ref, ""),
        licenses=tuple(licenses.get(ref, ())),
        hashes=tuple(
            f"{algorithm(string(one.get('algorithm')))}:{string(one.get('hashValue')).lower()}"
            for one in tables(package.get("verifiedUsing"))
            if string(one.get("hashValue"))
        ),
        description=string(package.get("description")) or string(package.get("summary")),
        origin=string(package.get("software_downloadLocation")),
        cpe=by_kind.get("cpe23", "") or by_kind.get("cpe22", ""),
        needs=tuple(needs[ref]) if ref in needs else None,
    )
