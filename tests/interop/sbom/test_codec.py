"""Every form of SBOM gives the same inventory, and what is hostile or broken gives one line."""

from __future__ import annotations

import contextlib
import json
import re
import warnings
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import msgspec
import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from hypothesis import given, settings
from hypothesis import strategies as st
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.writer.write_anything import write_file

from interop.sbom.inventories import inventories, sample
from secloop.interop.sbom import codec, cyclonedx_write, spdx_write
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from secloop.model.inventory import Inventory

SPDX_FORMS = [".spdx", ".spdx.yaml", ".spdx.xml", ".spdx.rdf.xml"]


def _through_spdx_tools(made: Inventory, end: str, folder: Path) -> Inventory:
    """Return what is read of our document after spdx-tools has written it in another form."""
    (folder / "a.spdx.json").write_bytes(spdx_write.write(made))
    write_file(parse_file(str(folder / "a.spdx.json")), str(folder / f"b{end}"), validate=False)
    return codec.read((folder / f"b{end}").read_bytes(), f"b{end}")


def _facts(found: Inventory) -> list[tuple[Any, ...]]:
    """Return what every form of SPDX has, by name, edges by the names of their ends."""
    names = {item.ref: item.name for item in (found.subject, *found.items)}
    return sorted(
        (
            item.name,
            item.version,
            item.purl,
            item.kind,
            item.scope,
            item.direct,
            sorted(re.findall(r"[\w.-]+", " ".join(item.licenses))),  # RDF's sets have no order
            item.hashes,
            item.supplier,
            item.description,
            item.origin,
            item.located,
            tuple(sorted(names[need] for need in item.needs or ())),
        )
        for item in found.items
    )


@pytest.mark.parametrize("end", SPDX_FORMS)
def test_every_form_of_spdx_gives_the_same_inventory(tmp_path: Path, end: str) -> None:
    plain = codec.read(spdx_write.write(sample()))
    found = _through_spdx_tools(sample(), end, tmp_path)
    assert _facts(found) == _facts(plain)
    assert (found.format, found.version, found.subject.name) == ("SPDX", "2.3", "shop")
    assert (found.created, found.tools, found.authors) == (plain.created, plain.tools, plain.authors)


@pytest.mark.parametrize("end", SPDX_FORMS)
@settings(max_examples=6)
@given(made=inventories())
def test_any_inventory_comes_back_from_every_form_of_spdx(
    end: str,
    made: Inventory,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    plain = codec.read(spdx_write.write(made))
    assert _facts(_through_spdx_tools(made, end, tmp_path_factory.mktemp("spdx"))) == _facts(plain)


def _as_xml(document: bytes, version: str) -> bytes:
    """Return a CycloneDX JSON document as cyclonedx-python-lib writes it in XML."""
    schema = SchemaVersion.from_version(version)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tools were another element up to 1.4
        bom = Bom.from_json(json.loads(document))  # type: ignore[attr-defined]
        return make_outputter(bom, OutputFormat.XML, schema).output_as_string().encode()


@pytest.mark.parametrize("version", cyclonedx_write.VERSIONS)
def test_cyclonedx_xml_is_read_as_its_json_is(version: str) -> None:
    document = cyclonedx_write.write(sample(), version)
    json_, xml = codec.read(document), codec.read(_as_xml(document, version))
    assert (xml.format, xml.version, xml.serial) == ("CycloneDX", version, json_.serial)
    assert xml.statements == json_.statements
    assert (xml.created[:19], xml.authors) == (json_.created[:19], json_.authors)
    assert set(json_.tools) <= set(xml.tools)
    assert xml.subject == json_.subject
    assert sorted(map(_sorted, xml.items)) == sorted(map(_sorted, json_.items))


def _sorted(item: Any) -> tuple[Any, ...]:
    """Return an item as sets: the library writes in an order of its own, and what needs nothing as what is unknown."""
    parts = msgspec.structs.asdict(item) | {"needs": item.needs or ()}
    return tuple(sorted(map(str, part)) if isinstance(part, tuple) else str(part) for part in parts.values())


@settings(max_examples=25)
@given(made=inventories())
def test_any_inventory_comes_back_from_cyclonedx_xml(made: Inventory) -> None:
    document = cyclonedx_write.write(made, "1.6")
    json_, xml = codec.read(document), codec.read(_as_xml(document, "1.6"))
    assert sorted(map(_sorted, xml.items)) == sorted(map(_sorted, json_.items))


def _bom(inside: str, head: str = "") -> bytes:
    return f'{head}<bom xmlns="http://cyclonedx.org/schema/bom/1.6">{inside}</bom>'.encode()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DEEP = 100_000
HOSTILE = {
    "billion laughs": _bom("&l9;", f'<!DOCTYPE bom [<!ENTITY l0 "l">{LAUGHS}]>'),
    "external entity": _bom("&e;", '<!DOCTYPE bom [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
    "deep XML": _bom("<components><component>" * DEEP),
    "XML that ends early": _bom("")[:-3],
    "XML of another kind": b"<project/>",
    "RDF without SPDX": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "XML of an unknown encoding": b'<?xml version="1.0" encoding="x-none"?><bom/>',
    "deep JSON": b'{"components":' + b"[" * DEEP,
    "deep YAML": b"spdxVersion: SPDX-2.3\npackages: " + b"[" * DEEP,
    "YAML that grows": b"spdxVersion: &a [x, x]\nb: &b [*a, *a]\nc: !!python/object:x [*b",
    "no text": bytes(range(256)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_with_one_line(name: str) -> None:
    with pytest.raises(UsageError) as error:
        codec.read(HOSTILE[name], "x")
    assert str(error.value).startswith("x")
    assert "\n" not in str(error.value)


def test_a_licence_that_holds_itself_ends() -> None:
    members = "".join('<spdx:member rdf:nodeID="a"/><spdx:member rdf:nodeID="b"/>' for _ in range(9))
    sets = "".join(
        f'<spdx:DisjunctiveLicenseSet rdf:nodeID="{name}">{members}</spdx:DisjunctiveLicenseSet>' for name in "ab"
    )
    document = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#">
    <spdx:SpdxDocument rdf:about="http://a.example/d#SPDXRef-DOCUMENT"><spdx:specVersion>SPDX-2.3</spdx:specVersion>
    </spdx:SpdxDocument><spdx:Package rdf:about="http://a.example/d#SPDXRef-a"><spdx:name>a</spdx:name>
    <spdx:licenseDeclared rdf:nodeID="a"/></spdx:Package>{sets}</rdf:RDF>"""
    (item,) = codec.read(document.encode()).items
    assert len(item.licenses[0]) <= 10_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("form", ["json", "xml", "tags"])
def test_a_document_of_another_encoding_is_read(encoding: str, form: str) -> None:
    documents = {
        "json": spdx_write.write(sample()).decode(),
        "xml": _bom('<components><component type="library"><name>é</name></component></components>').decode(),
        "tags": "SPDXVersion: SPDX-2.3\nPackageName: é\nSPDXID: SPDXRef-a\n",
    }
    data = documents[form].encode(encoding)
    mark = "\ufeff".encode(encoding) if encoding.endswith("-be") else b""
    assert codec.read(mark + data).items


WRAPPERS: dict[str, Callable[[str], str]] = {
    "rdf": lambda inside: (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><SpdxDocument rdf:about="#d">'
        f"<specVersion>SPDX-2.3</specVersion>{inside}</SpdxDocument></rdf:RDF>"
    ),
    "plain": lambda inside: f"<Document><spdxVersion>SPDX-2.3</spdxVersion>{inside}</Document>",
    "bom": lambda inside: _bom(inside).decode(),
}
TAGS = [
    "components", "component", "licenses", "license", "name", "dependency", "dependencies", "packages", "relationships",
    "relationship", "Relationship", "relatedSpdxElement", "relationshipType", "Package", "licenseDeclared", "member",
    "ConjunctiveLicenseSet", "WithExceptionOperator", "Description", "creationInfo", "vulnerabilities", "vulnerability",
]  # fmt: skip


def _element(tag: str, attributes: dict[str, str], inside: list[str]) -> str:
    told = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{told}>{''.join(inside)}</{tag}>"


ELEMENTS = st.recursive(
    st.sampled_from(["", "x", "MIT", "7"]),
    lambda inner: st.builds(
        _element,
        st.sampled_from(TAGS),
        st.dictionaries(
            st.sampled_from(["rdf:about", "rdf:resource", "rdf:nodeID", "bom-ref", "ref", "type"]),
            st.sampled_from(["#a", "#b", "a", ""]),
            max_size=2,
        ),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("form", WRAPPERS)
@given(inside=ELEMENTS)
def test_xml_of_any_shape_is_read_or_refused(form: str, inside: str) -> None:
    with contextlib.suppress(UsageError):
        codec.read(WRAPPERS[form](inside).encode())
