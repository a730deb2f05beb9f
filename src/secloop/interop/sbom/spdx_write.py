"""`Inventory` to SPDX 2.3 JSON (https://spdx.github.io/spdx-spec/v2.3/)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from secloop.interop.base import json_bytes
from secloop.interop.sbom import licenses as spdx
from secloop.interop.sbom.document import CONTEXT, SPDX, digest_of, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.model.inventory import Inventory, Item

VERSION = SPDX
_NONE = "NOASSERTION"
_HASHES = {name: name.upper() for name in ("md5", "sha1", "sha256", "sha384", "sha512")}
_HASHES |= {f"sha3-{bits}": f"SHA3-{bits}" for bits in (256, 384, 512)}
_HASHES |= {f"blake2b-{bits}": f"BLAKE2b-{bits}" for bits in (256, 384, 512)}
_PURPOSES = {"application", "framework", "library", "container", "operating-system", "device", "firmware", "file"}
_DOWNLOADS = ("http://", "https://", "ftp://", "sftp://", "git://", "ssh://", "git+", "hg+", "svn+", "bzr+")
_DEPENDENCY_OF = {
    "dev": "DEV_DEPENDENCY_OF",
    "test": "TEST_DEPENDENCY_OF",
    "build": "BUILD_DEPENDENCY_OF",
    "optional": "OPTIONAL_DEPENDENCY_OF",
}
_ID_RUNS = re.compile(r"[^A-Za-z0-9.-]+")
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def write(inventory: Inventory, version: str = VERSION) -> bytes:
    """Return the document, indented, in a stable order; `version` is the only one that is written."""
    del version
    body = _Writer(inventory).body()
    digest = hashlib.blake2b(json_bytes(body), digest_size=16).hexdigest()
    name = inventory.subject.name or "inventory"
    head = {
        "spdxVersion": f"SPDX-{VERSION}",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{_ID_RUNS.sub('-', name)}-{digest}",
    }
    return json_bytes(head | body)


class _Writer:
    """Gives every item an id, and collects the licences that SPDX's list does not have."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.ids: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        for item in (inventory.subject, *inventory.items):
            if item.ref not in self.ids:
                self.ids[item.ref] = f"SPDXRef-{len(self.ids)}-{_ID_RUNS.sub('-', item.name)[:80].strip('-') or 'item'}"

    def body(self) -> dict[str, Any]:
        inventory = self.inventory
        creators = [f"Tool: {_dashed(tool)}" for tool in inventory.tools] + [
            f"Person: {one}" for one in inventory.authors
        ]
        packages = [self._package(inventory.subject, subject=True), *(self._package(item) for item in inventory.items)]
        found = _CREATED.match(inventory.created)
        out: dict[str, Any] = {
            "creationInfo": {
                "created": f"{found[0]}Z" if found else "1970-01-01T00:00:00Z",
                "creators": creators or ["Tool: secloop"],
            },
            "packages": packages,
            "relationships": list(self._relationships()),
        }
        if inventory.context:
            out["creationInfo"]["comment"] = f"{CONTEXT}: {inventory.context}"
        if self.texts:
            out["hasExtractedLicensingInfos"] = [
                {"licenseId": own, "extractedText": text, "name": text.splitlines()[0][:200]}
                for text, own in self.texts.items()
            ]
        return out

    def _package(self, item: Item, *, subject: bool = False) -> dict[str, Any]:
        told = {
            "versionInfo": item.version,
            "description": item.description,
            "primaryPackagePurpose": item.kind.upper() if item.kind in _PURPOSES else "",
            "checksums": list(_checksums(item.hashes)),
            "externalRefs": list(_references(item)),
            "packageFileName": dict(item.file_facts).get("filename", ""),
            "sourceInfo": ", ".join(f"{seen.file}:{seen.line}" for seen in item.located),
        }
        return {
            "SPDXID": self.ids[item.ref],
            "name": item.name or "NOASSERTION",
            "downloadLocation": item.origin if _is_download(item.origin) else _NONE,
            "filesAnalyzed": False,
            "supplier": f"Organization: {item.supplier}" if item.supplier else _NONE,
            "licenseConcluded": _NONE,
            "licenseDeclared": _NONE if subject and not item.licenses else self._license(item.licenses),
            "copyrightText": _NONE,
            **{key: value for key, value in told.items() if value},
        }

    def _license(self, given: tuple[str, ...]) -> str:
        """Return one expression for all; a text that is none becomes a `LicenseRef-` with its words kept."""
        parts = [spdx.expression(text) or self._reference(text) for text in given if text.strip()]
        if not parts:
            return _NONE
        if len(parts) == 1:
            return parts[0]
        return " AND ".join(f"({part})" if " " in part else part for part in parts)

    def _reference(self, text: str) -> str:
        return self.texts.setdefault(text, f"LicenseRef-{len(self.texts) + 1}")

    def _relationships(self) -> Iterator[dict[str, str]]:
        subject = self.inventory.subject
        top = self.ids[subject.ref]
        yield _relation("SPDXRef-DOCUMENT", "DESCRIBES", top)
        by_ref = {item.ref: item for item in self.inventory.items}
        for item in (subject, *self.inventory.items):
            for need in sorted(set(item.needs or ())):
                if need not in by_ref or need == item.ref:
                    continue
                kind = _DEPENDENCY_OF.get(by_ref[need].scope)
                if kind and item is subject:
                    yield _relation(self.ids[need], kind, top)
                else:
                    yield _relation(self.ids[item.ref], "DEPENDS_ON", self.ids[need])
        needed = set(subject.needs or ())
        for item in self.inventory.items:
            if item.ref not in needed and not item.direct:
                yield _relation(top, "CONTAINS", self.ids[item.ref])


def _is_download(origin: str) -> bool:
    """Return whether SPDX takes `origin` for a download location: the web, FTP, or a version control's (clause 7.7)."""
    return is_uri(origin) and origin.lower().startswith(_DOWNLOADS)


def _relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _dashed(tool: str) -> str:
    """Return `name-version`, the form the specification asks of tools."""
    plain, _, version = tool.rpartition(" ")
    return f"{plain}-{version}" if plain else tool


def _checksums(hashes: Iterable[str]) -> Iterator[dict[str, str]]:
    for value in hashes:
        name, hexed = digest_of(value)
        if name in _HASHES:
            yield {"algorithm": _HASHES[name], "checksumValue": hexed}


def _references(item: Item) -> Iterator[dict[str, str]]:
    if item.purl:
        yield {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": item.purl}
    if item.cpe:
        kind = "cpe23Type" if item.cpe.startswith("cpe:2.3:") else "cpe22Type"
        yield {"referenceCategory": "SECURITY", "referenceType": kind, "referenceLocator": item.cpe}
