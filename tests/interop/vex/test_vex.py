"""VEX documents: valid by their schemas, read back as they were, and any JSON survived."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st

from interop.any_json import broken
from secloop.interop.sbom import cyclonedx_write
from secloop.interop.vex import codec, csaf, openvex
from secloop.model.errors import UsageError
from secloop.model.inventory import Inventory, Item, Statement

if TYPE_CHECKING:
    from pathlib import Path

PURL = "pkg:pypi/flask@2.0"
STATEMENTS = (
    Statement(
        vulnerability="CVE-2020-0001",
        status="not_affected",
        products=(PURL,),
        aliases=("GHSA-aaaa-bbbb-cccc",),
        justification="vulnerable_code_not_in_execute_path",
        impact="Nothing calls it",
    ),
    Statement(
        vulnerability="CVE-2020-0002",
        status="affected",
        products=(PURL,),
        impact="Our tests show it",
        action="Update to 2.1",
        time="2025-01-02T03:04:05Z",
    ),
    Statement(vulnerability="GHSA-dddd-eeee-ffff", status="under_investigation", products=(PURL,)),
    Statement(vulnerability="CVE-2020-0003", status="fixed", products=(PURL,), impact="Since the last release"),
    Statement(vulnerability="CVE-2020-0004", status="affected", products=(PURL, "pkg:npm/a@1")),
    Statement(
        vulnerability="CVE-2020-0005",
        status="not_affected",
        products=("pkg:npm/a@1",),
        justification="component_not_present",
        time="2025-01-02T03:04:05.123+01:00",
    ),
    Statement(vulnerability="CVE-2020-0006", status="not_affected", products=(PURL,)),
)


CREATED = "2026-11-01T00:00:00Z"
_WORDS = st.text("abc .", min_size=1, max_size=8).filter(lambda words: words.strip() == words)
_PRODUCTS = st.lists(st.sampled_from([PURL, "pkg:npm/a@1", "A of System 9"]), min_size=1, unique=True).map(tuple)
_NOTED = st.just("") | _WORDS
STATEMENT = st.builds(
    Statement,
    vulnerability=st.integers(1, 9).map(lambda n: f"CVE-2020-{n:04}"),
    status=st.just("not_affected"),
    products=_PRODUCTS,
    aliases=st.sampled_from([(), ("GHSA-aaaa-bbbb-cccc",)]),
    justification=st.sampled_from(["", "component_not_present", "inline_mitigations_already_exist"]),
    impact=_NOTED,
) | st.builds(
    Statement,
    vulnerability=st.sampled_from(["GHSA-dddd-eeee-ffff", "CVE-2020-0001"]),
    status=st.just("affected"),
    products=_PRODUCTS,
    impact=_NOTED,
    action=_NOTED,
)


def _inventory() -> Inventory:
    subject = Item(ref="subject", name="shop", version="1", kind="application", purl="pkg:github/a/shop@1")
    return Inventory(
        subject=subject,
        items=(
            Item(ref=PURL, name="flask", version="2.0", purl=PURL),
            Item(ref="pkg:npm/a@1", name="a", version="1", purl="pkg:npm/a@1"),
        ),
        statements=STATEMENTS,
        created=CREATED,
        tools=("secloop 0.1.0",),
        authors=("A. Person",),
    )


@pytest.mark.parametrize("name", codec.FORMATS)
def test_what_is_written_reads_back(name: str) -> None:
    found = codec.read(codec.write(_inventory(), name))
    # A statement without a time of its own has that of the document.
    assert [msgspec.structs.replace(one, time="" if one.time == CREATED else one.time) for one in found] == list(
        STATEMENTS
    )


@given(data=st.data())
@pytest.mark.parametrize("name", codec.FORMATS)
def test_any_statements_read_back(name: str, data: st.DataObject) -> None:
    made = msgspec.structs.replace(_inventory(), statements=tuple(data.draw(st.lists(STATEMENT, max_size=4))))
    found = codec.read(codec.write(made, name))
    assert [_told(one) for one in found] == [_told(one) for one in made.statements]


def _told(one: Statement) -> tuple[object, ...]:
    return one.vulnerability, one.status, one.products, one.aliases, one.justification, one.impact, one.action


@pytest.mark.parametrize(
    ("name", "schema"), [("openvex", "openvex/openvex_json_schema.json"), ("csaf", "csaf/csaf_json_schema.json")]
)
def test_what_is_written_is_valid(shared: Path, name: str, schema: str) -> None:
    folder = shared / "data/schemas" / schema
    document = json.loads(codec.write(_inventory(), name))
    rules = json.loads(folder.read_text())
    rules.pop("$id", None)
    text = json.dumps(rules)
    own = {path.name: json.loads(path.read_text()) for path in folder.parent.glob("cvss*.json")}
    for score in ("v2.0", "v3.0", "v3.1"):  # the CSAF schema points at these on the web
        text = text.replace(f"https://www.first.org/cvss/cvss-{score}.json", f"#/definitions/cvss-{score}.json")
    jsonschema.validate(document, {**json.loads(text), "definitions": own})


@pytest.mark.parametrize("version", cyclonedx_write.VERSIONS)
def test_what_is_written_as_cyclonedx_is_valid_in_any_version(version: str) -> None:
    document = cyclonedx_write.write(_inventory(), version).decode()
    assert JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(document) is None


def test_a_product_tree_gives_purls_through_branches_and_relationships() -> None:
    tree = {
        "branches": [
            {
                "branches": [
                    {"product": {"product_id": "a", "name": "A", "product_identification_helper": {"purl": PURL}}}
                ]
            }
        ],
        "full_product_names": [{"product_id": "os", "name": "System 9"}],
        "relationships": [
            {"product_reference": "a", "full_product_name": {"product_id": "os:a", "name": "A of System 9"}}
        ],
    }
    document: dict[str, Any] = {
        "document": {"csaf_version": "2.0"},
        "product_tree": tree,
        "vulnerabilities": [
            {
                "cve": "CVE-2020-0001",
                "product_status": {"known_not_affected": ["os:a"], "fixed": ["os"]},
                "flags": [{"label": "component_not_present", "product_ids": ["os:a"]}],
            }
        ],
    }
    first, second = csaf.read_document(document)
    assert (first.status, first.products, first.justification) == ("not_affected", (PURL,), "component_not_present")
    assert (second.status, second.products) == ("fixed", ("System 9",))


def test_what_is_said_of_one_product_only_makes_a_statement_of_its_own() -> None:
    document: dict[str, Any] = {
        "document": {"csaf_version": "2.0"},
        "product_tree": {
            "full_product_names": [{"product_id": own, "name": own} for own in "abc"],
            "product_groups": [{"group_id": "g", "product_ids": ["b", "c"]}],
        },
        "vulnerabilities": [
            {
                "cve": "CVE-2020-0001",
                "product_status": {"known_not_affected": ["a", "b", "c"]},
                "flags": [
                    {"label": "component_not_present", "product_ids": ["a"], "date": "2025-01-02T00:00:00Z"},
                    {"label": "vulnerable_code_not_present", "group_ids": ["g"]},
                ],
            }
        ],
    }
    found = [(one.products, one.justification, one.time) for one in csaf.read_document(document)]
    assert found == [
        (("a",), "component_not_present", "2025-01-02T00:00:00Z"),
        (("b", "c"), "vulnerable_code_not_present", ""),
    ]


def test_csaf_speaks_of_a_package_as_a_part_of_the_software() -> None:
    document = json.loads(codec.write(_inventory(), "csaf"))
    (first, *_) = document["product_tree"]["relationships"]
    assert (first["category"], first["product_reference"], first["relates_to_product_reference"]) == (
        "default_component_of",
        "P1",
        "P0",
    )
    assert document["vulnerabilities"][0]["product_status"] == {"known_not_affected": ["P0:P1"]}


@pytest.mark.parametrize(
    ("author", "name", "namespace"),
    [
        ("A (a@a.example)", "A", "mailto:a@a.example"),
        ("A (https://a.example)", "A", "https://a.example"),
        ("A", "A", "https://code.example/a/shop"),
    ],
)
def test_a_publisher_has_a_namespace_of_its_own(author: str, name: str, namespace: str) -> None:
    subject = Item(ref="subject", name="code.example/a/shop")
    made = msgspec.structs.replace(_inventory(), authors=(author,), subject=subject)
    publisher = json.loads(codec.write(made, "csaf"))["document"]["publisher"]
    assert (publisher["name"], publisher["namespace"]) == (name, namespace)


def test_subcomponents_stand_for_their_product() -> None:
    statement = {
        "vulnerability": "CVE-2020-0001",
        "status": "not_affected",
        "products": [{"@id": "pkg:oci/shop", "subcomponents": [{"@id": PURL}]}, "pkg:npm/a"],
    }
    (found,) = openvex.read_document({"statements": [statement, {"status": "fixed"}, {"vulnerability": "X"}]})
    assert found.products == (PURL, "pkg:npm/a")


def test_a_bom_link_is_resolved() -> None:
    document = {
        "bomFormat": "CycloneDX",
        "components": [{"name": "flask", "bom-ref": "1", "purl": PURL}],
        "vulnerabilities": [
            {
                "id": "CVE-2020-0001",
                "analysis": {"state": "not_affected"},
                "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#1"}],
            }
        ],
    }
    (found,) = codec.read(msgspec.json.encode(document))
    assert found.products == (PURL,)


_KEYS = ["statements", "vulnerability", "name", "status", "products", "subcomponents", "@id", "document", "branches",
         "product_tree", "vulnerabilities", "product_status", "known_not_affected", "cve", "ids", "flags",
         "aliases", "product_ids", "threats", "category", "label", "text"]  # fmt: skip


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner) | st.dictionaries(st.sampled_from(_KEYS), inner)


@given(st.recursive(st.none() | st.integers() | st.text(), _objects))
def test_json_of_any_shape_is_read(value: Any) -> None:
    document = value if isinstance(value, dict) else {"statements": value}
    assert all(one.vulnerability for one in openvex.read_document(document))
    assert all(one.vulnerability for one in csaf.read_document(document))


@pytest.mark.parametrize("name", codec.FORMATS)
@given(data=st.data())
def test_a_value_of_a_wrong_type_costs_no_more_than_its_statement(name: str, data: st.DataObject) -> None:
    document = broken(json.loads(codec.write(_inventory(), name)), data)
    with contextlib.suppress(UsageError):
        codec.read(json.dumps(document).encode())


@given(st.binary())
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        codec.read(data)
