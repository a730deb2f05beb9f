"""Metadata of installed Python packages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.folder import neighbours, read_folder
from stages.build.reading import component, components, gaps, source

WHEEL = "lib/python3.11/site-packages/Flask_Thing-2.0.dist-info/METADATA"
TEXT = "Metadata-Version: 2.4\nName: Flask_Thing\nVersion: 2.0\n{}\n\nName: not this\n"


@pytest.mark.parametrize(
    ("fields", "licenses"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: no", ("MIT OR Apache-2.0",)),
        ("Classifier: License :: OSI Approved :: MIT License\nLicense: whole text", ("MIT License",)),
        ("License: BSD", ("BSD",)),
        ("License: UNKNOWN", ()),
        ("License: " + "word " * 100, ()),
    ],
    ids=["expression", "classifier", "free", "unknown", "text"],
)
def test_declared_licences_best_first(fields: str, licenses: tuple[str, ...]) -> None:
    found = component({WHEEL: TEXT.format(fields)}, "flask-thing")
    assert (found.version, found.line, found.licenses) == ("2.0", 2, licenses)


def test_metadata_beside_its_project_is_the_projects_own() -> None:
    path = "src/shop.egg-info/PKG-INFO"
    assert neighbours([path], {path: b"", "setup.py": b"", "other/setup.py": b""}) == {"setup.py"}
    files = {path: source(path, TEXT.format("")), "setup.py": source("setup.py", "")}
    assert list(read_folder(files, "src/shop.egg-info")) == []


def test_installed_metadata_has_no_project() -> None:
    assert neighbours([WHEEL], {WHEEL: b"", "lib/setup.py": b"", "setup.py": b""}) == set()


def test_metadata_without_a_version_is_a_gap_and_another_file_of_that_name_is_not() -> None:
    assert gaps({WHEEL: "Metadata-Version: 2.1\nName: a\n"})
    assert gaps({"data/METADATA": "title: something\n"}) == []


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    components({WHEEL: data})
