"""CycloneDX: valid in every version, read back as it was, and any JSON survived."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st

from interop.any_json import broken
from interop.sbom.inventories import inventories, sample
from secloop.interop.sbom import codec, cyclonedx_read, cyclonedx_write
from secloop.interop.sbom import licenses as spdx
from secloop.model.errors import UsageError
from secloop.model.inventory import Inventory, Item, Located


def _errors(document: bytes, version: str) -> Any:
    return JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(document.decode())


@pytest.mark.parametrize("version", cyclonedx_write.VERSIONS)
def test_what_is_written_is_valid_and_reads_back_as_it_was(version: str) -> None:
    made = sample()
    document = cyclonedx_write.write(made, version)
    assert _errors(document, version) is None
    back = cyclonedx_read.read(document)
    assert back.version == version
    assert back.statements == made.statements
    assert back.context == ("" if version == "1.4" else made.context)
    if version != "1.5":  # 1.5 has no lines
        assert back.items == made.items
    assert (back.subject, back.created, back.tools, back.authors) == (
        made.subject,
        made.created,
        made.tools,
        made.authors,
    )


@given(inventories(), st.sampled_from(cyclonedx_write.VERSIONS))
def test_any_inventory_is_valid_in_any_version(made: Inventory, version: str) -> None:
    assert _errors(cyclonedx_write.write(made, version), version) is None


@given(inventories())
def test_reading_gives_back_names_edges_scopes_and_places(made: Inventory) -> None:
    back = cyclonedx_read.read(cyclonedx_write.write(made))
    facts = [(i.ref, i.name, i.version, i.purl, i.scope, i.direct, i.needs, i.located) for i in back.items]
    assert facts == [(i.ref, i.name, i.version, i.purl, i.scope, i.direct, i.needs, i.located) for i in made.items]
    for old, new in zip(made.items, back.items, strict=True):
        # Several licences of which one is an expression are one expression in CycloneDX.
        assert new.licenses in {old.licenses, (spdx.joined(old.licenses),)}


def test_equal_inventories_are_equal_bytes_with_an_equal_serial_number() -> None:
    made = msgspec.structs.replace(sample(), serial="")
    once, again = cyclonedx_write.write(made), cyclonedx_write.write(made)
    assert once == again
    other = cyclonedx_write.write(msgspec.structs.replace(made, items=()))
    assert cyclonedx_read.read(once).serial != cyclonedx_read.read(other).serial


def test_a_maven_group_and_an_npm_scope_are_groups() -> None:
    maven = Item(ref="a", name="org.a:b", purl="pkg:maven/org.a/b@1")
    assert cyclonedx_write.split_name(maven) == ("org.a", "b")
    assert cyclonedx_write.split_name(Item(ref="a", name="@s/b", purl="pkg:npm/%40s/b@1")) == ("@s", "b")
    assert cyclonedx_write.split_name(Item(ref="a", name="github.com/a/b", purl="pkg:golang/github.com/a/b")) == (
        "",
        "github.com/a/b",
    )
    document = cyclonedx_write.write(Inventory(subject=Item(ref="s", name="s"), items=(maven,)))
    assert cyclonedx_read.read(document).items[0].name == "org.a:b"


def test_components_inside_components_are_read_and_a_broken_one_costs_itself() -> None:
    inner = {"type": "library", "name": "inner", "version": "2"}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "components": [{"type": "library", "name": "outer", "components": [inner]}, 7, {"name": ""}],
    }
    found = cyclonedx_read.read(msgspec.json.encode(document))
    assert [item.name for item in found.items] == ["outer", "inner"]
    assert len(found.problems) == 2


def test_a_foreign_scope_and_a_foreign_location_are_understood() -> None:
    component = {
        "name": "a",
        "scope": "excluded",
        "properties": [{"name": "aquasecurity:trivy:FilePath", "value": "go.mod"}],
    }
    item = cyclonedx_read.read(msgspec.json.encode({"bomFormat": "CycloneDX", "components": [component]})).items[0]
    assert (item.scope, item.located[0].file) == ("dev", "go.mod")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "components",
                        "metadata",
                        "component",
                        "licenses",
                        "license",
                        "name",
                        "tools",
                        "dependencies",
                        "ref",
                        "dependsOn",
                        "hashes",
                        "alg",
                        "vulnerabilities",
                        "analysis",
                        "evidence",
                        "occurrences",
                        "location",
                        "line",
                        "properties",
                        "value",
                        "externalReferences",
                        "specVersion",
                    ]
                ),
                inner,
            )
        ),
    )
)
def test_json_of_any_shape_is_read_or_refused(value: Any) -> None:
    document = value if isinstance(value, dict) else {"components": value}
    assert cyclonedx_read.read_document(document).format == "CycloneDX"


@pytest.mark.parametrize("name", ["cyclonedx-1.4", "cyclonedx-1.7", "spdx"])
@given(data=st.data())
def test_a_value_of_a_wrong_type_is_passed_over(name: str, data: st.DataObject) -> None:
    document = broken(json.loads(codec.write(sample(), name)), data)
    with contextlib.suppress(UsageError):
        codec.read(json.dumps(document).encode())


@pytest.mark.parametrize("name", codec.FORMATS)
def test_a_file_name_that_is_not_utf_8_is_written_readable(name: str) -> None:
    item = Item(ref="a", name="a", purl="pkg:npm/a@1", located=(Located(file="b\udcff/uv.lock"),))
    document = codec.write(Inventory(subject=Item(ref="s", name="s"), items=(item,)), name)
    assert codec.read(document).items[0].located[0].file in {"b\\xff/uv.lock", "b\\xff/uv.lock:1"}


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"{}", b"<bom/>", b"\xff\xfe", b'{"name": "x"}'])
def test_what_is_no_sbom_is_refused_with_one_line(data: bytes) -> None:
    with pytest.raises(UsageError) as error:
        codec.read(data, "x.json")
    assert "x.json" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_format_that_is_nearly_right_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"cyclonedx-1\.6"):
        codec.check("cyclonedx1.6")
