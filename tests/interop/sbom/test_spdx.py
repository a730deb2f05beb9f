"""SPDX: valid for spdx-tools, read back, tag-value and 3.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from interop.sbom.inventories import inventories, sample
from secloop.interop.sbom import codec, spdx_read, spdx_write
from secloop.model.inventory import Inventory, Item

if TYPE_CHECKING:
    from pathlib import Path


def _messages(document: bytes, folder: Path) -> list[str]:
    path = folder / "a.spdx.json"
    path.write_bytes(document)
    return [one.validation_message for one in validate_full_spdx_document(parse_file(str(path)))]


def test_what_is_written_is_valid(tmp_path: Path) -> None:
    assert _messages(spdx_write.write(sample()), tmp_path) == []


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example/x.tgz",
        "git+ssh://git@code.example.org/x.git",
        "oci://registry.example/x",
        "registry.example/x",
        "file:../x",
    ],
)
def test_any_origin_is_valid(tmp_path: Path, origin: str) -> None:
    item = Item(ref="a", name="a", origin=origin)
    assert _messages(spdx_write.write(Inventory(subject=Item(ref="s", name="s"), items=(item,))), tmp_path) == []


@settings(max_examples=25)
@given(made=inventories())
def test_any_inventory_is_valid(tmp_path_factory: object, made: Inventory) -> None:
    folder = tmp_path_factory.mktemp("spdx")  # type: ignore[attr-defined]
    assert _messages(spdx_write.write(made), folder) == []


def test_what_is_written_reads_back() -> None:
    made = sample()
    back = codec.read(codec.write(made, "spdx"))
    assert (back.format, back.version, back.subject.name) == ("SPDX", "2.3", "shop")
    for old, new in zip(made.items, back.items, strict=True):
        assert (new.name, new.version, new.purl) == (old.name, old.version, old.purl)
        assert (new.licenses, new.hashes, new.located) == (old.licenses, old.hashes, old.located)
        assert new.direct == old.direct
        assert (new.supplier, new.file_facts) == (old.supplier, old.file_facts)
    assert (back.authors, back.context) == (made.authors, made.context)
    by_ref = {item.ref: item.name for item in back.items}
    assert [by_ref[ref] for ref in back.items[0].needs or ()] == ["@a/b"]


def test_a_development_dependency_keeps_its_scope() -> None:
    made = sample()
    tool = msgspec.structs.replace(made.items[1], direct=True)
    subject = msgspec.structs.replace(made.subject, needs=(made.items[0].ref, tool.ref))
    back = codec.read(spdx_write.write(msgspec.structs.replace(made, subject=subject, items=(made.items[0], tool))))
    assert {item.name: item.scope for item in back.items}["@a/b"] == "dev"


TAGS = """SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: shop
Creator: Tool: hand-1
Created: 2026-11-01T00:00:00Z

PackageName: flask
SPDXID: SPDXRef-flask
PackageVersion: 2.0
PackageLicenseDeclared: LicenseRef-1
PackageDescription: <text>A web
framework</text>
PackageChecksum: SHA256: AA
ExternalRef: PACKAGE-MANAGER purl pkg:pypi/flask@2.0

PackageName: jinja2
SPDXID: SPDXRef-jinja2
Relationship: SPDXRef-flask DEPENDS_ON SPDXRef-jinja2

LicenseID: LicenseRef-1
LicenseName: Our own terms
ExtractedText: <text>Do as you like</text>
"""


def test_tag_value_is_read() -> None:
    found = codec.read(TAGS.encode(), "a.spdx")
    flask, jinja = found.items
    assert (flask.name, flask.version, flask.purl) == ("flask", "2.0", "pkg:pypi/flask@2.0")
    assert (flask.licenses, flask.description, flask.hashes) == (("Our own terms",), "A web\nframework", ("sha256:aa",))
    assert flask.needs == (jinja.ref,)
    assert (found.tools, found.created) == (("hand-1",), "2026-11-01T00:00:00Z")


def test_a_graph_of_spdx_3_is_read() -> None:
    graph = [
        {
            "type": "SpdxDocument",
            "spdxId": "urn:doc",
            "name": "shop",
            "rootElement": ["urn:top"],
            "creationInfo": {"created": "2026-11-01T00:00:00Z", "createdBy": ["urn:me"], "specVersion": "3.0.1"},
        },
        {"type": "software_Sbom", "spdxId": "urn:sbom", "software_sbomType": ["source"]},
        {
            "type": "Organization",
            "spdxId": "urn:me",
            "name": "A",
            "externalIdentifier": [{"externalIdentifierType": "email", "identifier": "a@a.example"}],
        },
        {"type": "software_Package", "spdxId": "urn:top", "name": "shop"},
        {
            "type": "software_Package",
            "spdxId": "urn:a",
            "name": "a",
            "software_packageVersion": "1",
            "suppliedBy": "urn:me",
            "software_packageUrl": "pkg:pypi/a@1",
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "AB"}],
        },
        {"type": "Relationship", "from": "urn:top", "relationshipType": "dependsOn", "to": ["urn:a"]},
        {"type": "Relationship", "from": "urn:a", "relationshipType": "hasDeclaredLicense", "to": ["urn:l"]},
        {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:l", "simplelicensing_licenseExpression": "MIT"},
    ]
    found = codec.read(msgspec.json.encode({"@context": "x", "@graph": graph}))
    assert (found.subject.name, found.subject.needs) == ("shop", ("urn:a",))
    assert (found.authors, found.context) == (("A (a@a.example)",), "pre-build")
    item = found.items[0]
    assert item.supplier == "A (a@a.example)"
    assert (item.name, item.purl, item.hashes, item.licenses) == ("a", "pkg:pypi/a@1", ("sha256:ab",), ("MIT",))


@pytest.mark.parametrize("kind", ["ai_AIPackage", "dataset_DatasetPackage"])
def test_models_and_data_sets_of_spdx_3_are_packages(kind: str) -> None:
    graph = [{"type": kind, "spdxId": "urn:a", "name": "a", "software_packageVersion": "1"}]
    (item,) = codec.read(msgspec.json.encode({"@graph": graph})).items
    assert (item.name, item.version) == ("a", "1")


@given(st.text())
def test_tag_value_of_any_text_is_read_or_refused(text: str) -> None:
    assert spdx_read.read(f"SPDXVersion: SPDX-2.3\n{text}".encode()).format == "SPDX"
