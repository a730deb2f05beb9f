"""Foreign SBOMs as sources of packages."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.registry import extractor_for
from secloop.stages.build.packages.sbom.documents import SbomDocument
from stages.build.reading import components, gaps

DOCUMENT = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "metadata": {"component": {"type": "application", "bom-ref": "top", "name": "shop"}},
    "components": [
        {"type": "library", "bom-ref": "1", "name": "flask", "version": "2.0", "purl": "pkg:pypi/flask@2.0"},
        {
            "type": "library",
            "bom-ref": "2",
            "group": "org.a",
            "name": "b",
            "version": "1",
            "purl": "pkg:maven/org.a/b@1?type=jar",
            "licenses": [{"license": {"id": "MIT"}}],
        },
        {"type": "library", "bom-ref": "3", "name": "openssl", "version": "1.1.1"},
    ],
    "dependencies": [{"ref": "top", "dependsOn": ["1"]}, {"ref": "1", "dependsOn": ["2"]}],
}


def test_packages_keep_purl_edges_and_licence() -> None:
    found = {one.name: one for one in components({"bom.json": json.dumps(DOCUMENT, indent=1)})}
    assert found["flask"].direct
    deep = found["org.a:b"]
    assert (deep.purl, deep.via, deep.licenses) == ("pkg:maven/org.a/b@1?type=jar", ("flask",), ("MIT",))
    assert found["openssl"].purl == "pkg:generic/openssl@1.1.1"
    assert found["flask"].line < deep.line


@pytest.mark.parametrize(
    "path",
    [
        "bom.json",
        "a/sbom.json",
        "app.cdx.json",
        "app.spdx.json",
        "app.spdx",
        "sbom-1.2.json",
        "my_bom.json",
        "bom.xml",
        "a.cyclonedx.xml",
        "a.cyclonedx.json",
        "a.spdx.yaml",
        "a.spdx.yml",
        "a.spdx.rdf",
        "a.spdx.rdf.xml",
        "a.spdx.xml",
    ],
)
def test_sboms_are_known_by_name(path: str) -> None:
    assert SbomDocument().wants(path)
    assert isinstance(extractor_for(path), SbomDocument)


@pytest.mark.parametrize("path", ["bombs.json", "package.json", "sbom.py", "bom.json/readme.md", "symbom.json"])
def test_other_files_are_not(path: str) -> None:
    assert not SbomDocument().wants(path)


def test_a_file_that_only_has_the_name_is_a_gap() -> None:
    (gap,) = gaps({"bom.json": '{"items": []}'})
    assert "no SBOM" in gap.reason


XML = """<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>
<component type="library"><name>flask</name><version>2.0</version>
<purl>pkg:pypi/flask@2.0</purl></component></components></bom>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_xml_of_any_encoding_has_packages_with_lines(encoding: str) -> None:
    (found,) = components({"bom.xml": XML.encode(encoding)})
    assert (found.name, found.version, found.line) == ("flask", "2.0", 3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_xml_is_an_sbom_by_its_namespace(encoding: str) -> None:
    assert SbomDocument().likely(XML.encode(encoding))
    assert not SbomDocument().likely("<project><artifactId>bom</artifactId></project>".encode(encoding))
    assert SbomDocument().likely('{"bomFormat": "CycloneDX"}'.encode(encoding))


@given(st.binary())
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        SbomDocument().extract(SourceFile(FileMeta(path="bom.json", size=len(data)), data))
