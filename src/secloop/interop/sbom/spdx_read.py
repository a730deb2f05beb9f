"""SPDX 2.x JSON and tag-value, and SPDX 3.0 JSON-LD, to `Inventory`."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from secloop.interop.sbom.document import CONTEXT, MAX_BYTES, MAX_ITEMS, algorithm, load
from secloop.model.errors import UsageError
from secloop.model.inventory import Inventory, Item, Located
from secloop.model.shapes import string, strings, table, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NOTHING = {"", "NOASSERTION", "NONE"}
_NEEDS = {"DEPENDS_ON", "HAS_PREREQUISITE"}
_NEEDED_BY = {
    "DEPENDENCY_OF": "",
    "RUNTIME_DEPENDENCY_OF": "runtime",
    "DEV_DEPENDENCY_OF": "dev",
    "TEST_DEPENDENCY_OF": "test",
    "BUILD_DEPENDENCY_OF": "build",
    "OPTIONAL_DEPENDENCY_OF": "optional",
    "PREREQUISITE_FOR": "",
}
_PLACE = re.compile(r"([^:,\s][^:,]*):(\d{1,8})(?:, |$)")
_TAG = re.compile(r"([A-Za-z0-9]+):[ \t]*(.*)")
Relations = list[tuple[str, str, str]]


def read(data: bytes, source: str = "the document") -> Inventory:
    """Return what an SPDX document holds. Raises: UsageError where it is none."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"{"):
        return _read_tags(data, source)
    return read_document(load(data, source))


def read_document(document: dict[str, Any]) -> Inventory:
    """Return what a decoded SPDX 2.x or 3.0 document holds."""
    if "@graph" in document:
        from secloop.interop.sbom.spdx3_read import read_graph

        return read_graph(document)
    relations = [
        (string(one.get("spdxElementId")), string(one.get("relationshipType")), string(one.get("relatedSpdxElement")))
        for one in tables(document.get("relationships"))
    ]
    described = strings(document.get("documentDescribes"))
    named = {
        string(one.get("licenseId")): string(one.get("name")) or string(one.get("extractedText"))[:200]
        for one in tables(document.get("hasExtractedLicensingInfos"))
    }
    info = table(document.get("creationInfo"))
    creators = strings(info.get("creators"))
    return _inventory(
        [one for one in tables(document.get("packages"))[:MAX_ITEMS] if string(one.get("name"))],
        relations,
        described,
        named,
        Inventory(
            subject=Item(ref="", name=string(document.get("name"))),
            created=string(info.get("created")),
            tools=tuple(_creators(creators, "Tool")),
            authors=tuple(_creators(creators, "Person", "Organization")),
            serial=string(document.get("documentNamespace")),
            context=_context(string(info.get("comment"))),
            format="SPDX",
            version=string(document.get("spdxVersion")).removeprefix("SPDX-"),
        ),
    )


def _context(comment: str) -> str:
    """Return the phase that the comment on the creation names as we write it: SPDX 2 has no field for it."""
    head, _, phase = comment.partition(": ")
    return phase.strip() if head == CONTEXT else ""


def _creators(creators: Iterable[str], *kinds: str) -> Iterator[str]:
    for one in creators:
        kind, _, name = one.partition(":")
        if kind.strip() in kinds and name.strip():
            yield name.strip()


def _inventory(
    packages: list[dict[str, Any]],
    relations: Relations,
    described: list[str],
    named: dict[str, str],
    head: Inventory,
) -> Inventory:
    """Return `head` with the packages; the one that the document describes, if it is one, is the subject."""
    import msgspec

    described += [other for one, kind, other in relations if one == "SPDXRef-DOCUMENT" and kind == "DESCRIBES"]
    described += [one for one, kind, other in relations if other == "SPDXRef-DOCUMENT" and kind == "DESCRIBED_BY"]
    top = described[0] if len(set(described)) == 1 else ""
    needs, scopes = _edges(relations)
    items = {ref: _item(package, ref, needs, scopes, named) for ref, package in _with_refs(packages)}
    subject = items.get(top)
    # A document that describes one package and holds no other is about that package: it is what there is to judge.
    if subject is None or len(items) == 1:
        subject, top = head.subject, ""
    direct = set(needs.get(top, ())) if top and needs.get(top) else None
    found = [
        item if direct is None else msgspec.structs.replace(item, direct=item.ref in direct)
        for ref, item in items.items()
        if ref != top
    ]
    return msgspec.structs.replace(head, subject=subject, items=tuple(found))


def _with_refs(packages: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, package in enumerate(packages):
        yield string(package.get("SPDXID")) or f"SPDXRef-unnamed-{number}", package


def _edges(relations: Relations) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return what each element needs, and the scope that an element is needed in where a relation says it."""
    needs: dict[str, list[str]] = defaultdict(list)
    scopes: dict[str, str] = {}
    for one, kind, other in relations:
        if kind in _NEEDS:
            needs[one].append(other)
        elif kind in _NEEDED_BY:
            needs[other].append(one)
            if _NEEDED_BY[kind]:
                scopes[one] = _NEEDED_BY[kind]
    return needs, scopes


def _item(
    package: dict[str, Any],
    ref: str,
    needs: dict[str, list[str]],
    scopes: dict[str, str],
    named: dict[str, str],
) -> Item:
    references = tables(package.get("externalRefs"))
    purl = next((string(one.get("referenceLocator")) for one in references if one.get("referenceType") == "purl"), "")
    cpe = next(
        (string(one.get("referenceLocator")) for one in references if str(one.get("referenceType")).startswith("cpe")),
        "",
    )
    origin = string(package.get("downloadLocation"))
    return Item(
        ref=ref,
        name=string(package.get("name")),
        version=string(package.get("versionInfo")),
        purl=purl,
        kind=string(package.get("primaryPackagePurpose")).lower() or "library",
        scope=scopes.get(ref, ""),
        licenses=_licenses(package, named),
        hashes=tuple(
            f"{algorithm(string(one.get('algorithm')))}:{string(one.get('checksumValue')).lower()}"
            for one in tables(package.get("checksums"))
        ),
        supplier=_party(string(package.get("supplier"))),
        description=string(package.get("description")) or string(package.get("summary")),
        origin="" if origin in _NOTHING else origin,
        cpe=cpe,
        located=tuple(
            Located(file=found[1], line=max(1, int(found[2])))
            for found in _PLACE.finditer(string(package.get("sourceInfo"))[:10_000])
        ),
        file_facts=(("filename", name),) if (name := string(package.get("packageFileName"))) else (),
        needs=tuple(needs[ref]) if ref in needs else None,
    )


def _licenses(package: dict[str, Any], named: dict[str, str]) -> tuple[str, ...]:
    for field in ("licenseDeclared", "licenseConcluded"):
        declared = string(package.get(field))
        if declared not in _NOTHING:
            return (named.get(declared) or declared,)
    return ()


def _party(value: str) -> str:
    kind, _, name = value.partition(":")
    return "" if value in _NOTHING else (name.strip() if kind in {"Organization", "Person"} else value)


def _read_tags(data: bytes, source: str) -> Inventory:
    """Read tag-value: `Tag: value` lines, `<text>` blocks; a package begins at `PackageName`."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"{source} is larger than {MAX_BYTES >> 20} MB", "Split the document")
    document: dict[str, Any] = {"packages": [], "relationships": [], "hasExtractedLicensingInfos": []}
    creators: list[str] = []
    current: dict[str, Any] = {}
    for tag, value in _tags(data.decode("utf-8", "replace")):
        match tag:
            case "PackageName":
                current = {"name": value}
                document["packages"].append(current)
            case "FileName" | "SnippetSPDXID" | "LicenseID":
                current = {"licenseId": value}
                if tag == "LicenseID":
                    document["hasExtractedLicensingInfos"].append(current)
            case "Relationship":
                document["relationships"].append(dict(zip(_RELATION, value.split(), strict=False)))
            case "Creator":
                creators.append(value)
            case _:
                _tag(document, current, tag, value)
    if not document.get("spdxVersion"):
        raise UsageError(f"{source} is no SPDX document: it has no SPDXVersion", "Give a CycloneDX or SPDX document")
    told = {key: document.pop(key, "") for key in ("created", "comment")}
    document["creationInfo"] = {"creators": creators, **told}
    return read_document(document)


_RELATION = ("spdxElementId", "relationshipType", "relatedSpdxElement")
_PACKAGE_TAGS = {
    "PackageVersion": "versionInfo",
    "PackageDownloadLocation": "downloadLocation",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageSupplier": "supplier",
    "PackageDescription": "description",
    "PackageSummary": "summary",
    "PackageSourceInfo": "sourceInfo",
    "PackageFileName": "packageFileName",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "LicenseName": "name",
    "ExtractedText": "extractedText",
}
_DOCUMENT_TAGS = {
    "SPDXVersion": "spdxVersion",
    "DocumentName": "name",
    "DocumentNamespace": "documentNamespace",
    "Created": "created",
    "CreatorComment": "comment",
}


def _tag(document: dict[str, Any], current: dict[str, Any], tag: str, value: str) -> None:
    """Put one tag where the JSON form has it."""
    if tag in _DOCUMENT_TAGS:
        document[_DOCUMENT_TAGS[tag]] = value
    elif tag in _PACKAGE_TAGS:
        current.setdefault(_PACKAGE_TAGS[tag], value)
    elif tag == "SPDXID":
        current.setdefault("SPDXID", value)
    elif tag == "ExternalRef":
        parts = value.split(None, 2)
        if len(parts) == 3:  # noqa: PLR2004 - category, type, locator
            current.setdefault("externalRefs", []).append({"referenceType": parts[1], "referenceLocator": parts[2]})
    elif tag == "PackageChecksum":
        name, _, digest = value.partition(":")
        current.setdefault("checksums", []).append({"algorithm": name, "checksumValue": digest.strip()})


def _tags(content: str) -> Iterator[tuple[str, str]]:
    """Yield (tag, value); a `<text>` block may span lines and ends with the document where it is not closed."""
    lines = iter(content.splitlines())
    for line in lines:
        found = _TAG.match(line)
        if not found:
            continue
        value = found[2]
        if value.startswith("<text>"):
            parts = [value.removeprefix("<text>")]
            while "</text>" not in parts[-1]:
                more = next(lines, None)
                if more is None:
                    break
                parts.append(more)
            value = "\n".join(parts).partition("</text>")[0]
        yield found[1], value.strip()
