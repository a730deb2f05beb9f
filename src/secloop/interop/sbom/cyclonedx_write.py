"""`Inventory` to CycloneDX JSON, versions 1.4 to 1.7 (https://cyclonedx.org/docs/1.7/json/)."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from secloop.interop.base import json_bytes
from secloop.interop.sbom import licenses as spdx
from secloop.interop.sbom import parties
from secloop.interop.sbom.cyclonedx_read import JUSTIFICATION
from secloop.interop.sbom.document import CYCLONEDX, digest_of, is_uri
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.model.inventory import Inventory, Item, Statement

VERSIONS = CYCLONEDX
_KINDS_SINCE = {
    "platform": "1.5",
    "device-driver": "1.5",
    "machine-learning-model": "1.5",
    "data": "1.5",
    "cryptographic-asset": "1.6",
}
_PHASES = {"design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"}
_KINDS = {"application", "framework", "library", "container", "operating-system", "device", "firmware", "file"}
_HASHES = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_HASHES |= {f"sha3-{n}": f"SHA3-{n}" for n in (256, 384, 512)} | {
    f"blake2b-{n}": f"BLAKE2b-{n}" for n in (256, 384, 512)
}
_SCOPES = {"runtime": "required", "optional": "optional", "dev": "excluded", "test": "excluded", "build": "excluded"}
_STATES = {
    "not_affected": "not_affected",
    "affected": "exploitable",
    "fixed": "resolved",
    "under_investigation": "in_triage",
}
_JUSTIFICATIONS = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_cannot_be_controlled_by_adversary": "requires_environment",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}


_NAMED = {word: name for name, word in _JUSTIFICATIONS.items() if name != "component_not_present"}


def write(inventory: Inventory, version: str = VERSIONS[-1]) -> bytes:
    """Return the document, indented, in a stable order. Raises: UsageError for a version that is not written."""
    if version not in VERSIONS:
        raise UsageError(f"CycloneDX {version} is not written", f"Choose one of {', '.join(VERSIONS)}")
    writer = _Writer(version)
    body = writer.body(inventory)
    serial = inventory.serial if inventory.serial.startswith("urn:uuid:") else _serial(body)
    head = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": serial,
        "version": 1,
    }
    return json_bytes(head | body)


def _serial(body: dict[str, Any]) -> str:
    """Return a serial number that equal content gives again."""
    digest = hashlib.blake2b(json_bytes(body), digest_size=16).digest()
    return f"urn:uuid:{uuid.UUID(bytes=digest, version=4)}"


def split_name(item: Item) -> tuple[str, str]:
    """Return (group, name): a Maven group, an npm scope, a Packagist vendor; no other ecosystem has groups."""
    kind = item.purl.removeprefix("pkg:").partition("/")[0]
    if kind == "maven" and ":" in item.name:
        group, _, name = item.name.rpartition(":")
        return group, name
    if "/" in item.name and (kind == "composer" or (kind == "npm" and item.name.startswith("@"))):
        group, _, name = item.name.partition("/")
        return group, name
    return "", item.name


class _Writer:
    """Knows what a version of the specification has."""

    def __init__(self, version: str) -> None:
        self.version = version

    def body(self, inventory: Inventory) -> dict[str, Any]:
        subject = inventory.subject
        out: dict[str, Any] = {"metadata": self._metadata(inventory)}
        out["components"] = [self._component(item) for item in inventory.items]
        refs = {subject.ref, *(item.ref for item in inventory.items)}
        known = [one for one in (subject, *inventory.items) if one.needs is not None]
        out["dependencies"] = [_dependency(one, refs) for one in known]
        if inventory.statements:
            out["vulnerabilities"] = [self._vulnerability(one) for one in inventory.statements]
        return out

    def _metadata(self, inventory: Inventory) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if inventory.created:
            out["timestamp"] = inventory.created
        tools = [_tool(name) for name in inventory.tools]
        if self.version == "1.4":
            out["tools"] = tools
        else:
            out["tools"] = {"components": [{"type": "application", **tool} for tool in tools]}
        if inventory.authors:
            out["authors"] = [parties.person(name) for name in inventory.authors]
        if inventory.context in _PHASES and self.version != "1.4":
            out["lifecycles"] = [{"phase": inventory.context}]
        out["component"] = self._component(inventory.subject)
        if inventory.subject.supplier:
            out["supplier"] = parties.organisation(inventory.subject.supplier)
        return out

    def _component(self, item: Item) -> dict[str, Any]:
        group, name = split_name(item)
        told = {
            "supplier": parties.organisation(item.supplier) if item.supplier else None,
            "group": group,
            "name": name,
            "version": item.version,
            "description": item.description,
            "scope": _SCOPES.get(item.scope),
            "hashes": list(_hashes(item.hashes)),
            "licenses": _licenses(item.licenses),
            "cpe": item.cpe,
            "purl": item.purl,
            "externalReferences": _distribution(item.origin),
        }
        out: dict[str, Any] = {"type": self._kind(item.kind), "bom-ref": item.ref}
        out |= {key: value for key, value in told.items() if value or key == "name"}
        self._seen(item, out)
        return out

    def _seen(self, item: Item, out: dict[str, Any]) -> None:
        """Add where an item was seen, and what CycloneDX has no field for."""
        told = [("secloop:scope", item.scope)] if item.scope else []
        told += [(f"bsi:component:{name}", value) for name, value in item.file_facts]
        if item.direct is not None:
            told.append(("secloop:direct", "true" if item.direct else "false"))
        if self.version == "1.4":
            told += [("secloop:location", f"{seen.file}#{seen.line}") for seen in item.located]
        elif item.located:
            out["evidence"] = {"occurrences": [self._occurrence(seen.file, seen.line) for seen in item.located]}
        if told:
            out["properties"] = [{"name": name, "value": value} for name, value in told]

    def _occurrence(self, file: str, line: int) -> dict[str, Any]:
        return {"location": file} if self.version == "1.5" else {"location": file, "line": line}

    def _kind(self, kind: str) -> str:
        since = _KINDS_SINCE.get(kind, "1.4" if kind in _KINDS else "9")
        return kind if since <= self.version else "library"

    def _vulnerability(self, statement: Statement) -> dict[str, Any]:
        analysis: dict[str, Any] = {"state": _STATES[statement.status]}
        if statement.justification in _JUSTIFICATIONS:
            analysis["justification"] = _JUSTIFICATIONS[statement.justification]
        if statement.impact:
            analysis["detail"] = statement.impact
        if statement.time and self.version != "1.4":
            analysis["lastUpdated"] = statement.time
        out: dict[str, Any] = {"id": statement.vulnerability}
        if statement.aliases:
            out["references"] = [
                {"id": alias, "source": {"name": alias.partition("-")[0]}} for alias in statement.aliases
            ]
        if statement.action:
            out["recommendation"] = statement.action
        out["analysis"] = analysis
        if statement.justification and _NAMED.get(analysis.get("justification", "")) != statement.justification:
            out["properties"] = [{"name": JUSTIFICATION, "value": statement.justification}]
        out["affects"] = [{"ref": product} for product in statement.products]
        return out


def _tool(name: str) -> dict[str, str]:
    """Return a tool; `name version` is split at the last space."""
    plain, _, version = name.rpartition(" ")
    return {"name": plain, "version": version} if plain else {"name": name}


def _hashes(hashes: Iterable[str]) -> Iterable[dict[str, str]]:
    for value in hashes:
        name, hexed = digest_of(value)
        if name in _HASHES:
            yield {"alg": _HASHES[name], "content": hexed}


def _distribution(origin: str) -> list[dict[str, str]]:
    return [{"type": "distribution", "url": origin}] if is_uri(origin) else []


def _licenses(given: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the licence choice: ids and names as a list, or one expression that holds them all."""
    forms = [spdx.expression(text) for text in given]
    if all(not form or spdx.is_id(form) for form in forms):
        pairs = zip(given, forms, strict=True)
        return [{"license": {"id": form} if form else {"name": text}} for text, form in pairs]
    if whole := spdx.joined(given):
        return [{"expression": whole}]
    return [{"license": {"name": text}} for text in given]


def _dependency(item: Item, refs: set[str]) -> dict[str, Any]:
    needs = sorted({need for need in item.needs or () if need in refs and need != item.ref})
    return {"ref": item.ref, "dependsOn": needs}
