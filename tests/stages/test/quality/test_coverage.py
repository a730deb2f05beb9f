"""Reports of test coverage: three formats, one meaning; files are told by the ends of their paths."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UnreadableError
from secloop.stages.test.quality.coverage import by_path, read_report

COBERTURA = b"""<?xml version="1.0" ?><!DOCTYPE coverage SYSTEM "x.dtd"><coverage line-rate="0.5">
<sources><source>/w/shop</source></sources>
<packages><package><classes><class filename="app/a.py"><methods/><lines><line number="1" hits="3"/>
<line number="2" hits="0"/></lines></class></classes></package></packages></coverage>"""
JACOCO = b"""<report name="x"><group name="g"><package name="org/shop"><sourcefile name="A.java">
<line nr="3" mi="0" ci="4"/><line nr="4" mi="2" ci="0"/></sourcefile></package></group></report>"""
LCOV = b"TN:\nSF:./src/a.ts\nDA:1,5\nDA:2,0\nend_of_record\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    {
        COBERTURA: {"/w/shop/app/a.py": {1: True, 2: False}},
        JACOCO: {"org/shop/A.java": {3: True, 4: False}},
        LCOV: {"./src/a.ts": {1: True, 2: False}},
    }.items(),
    ids=["cobertura", "jacoco", "lcov"],
)
def test_a_report_is_read(data: bytes, expected: dict[str, dict[int, bool]]) -> None:
    assert read_report(data) == expected


@pytest.mark.parametrize("data", [b"", b"<html/>", b"text", b"<coverage>", b'<!DOCTYPE r [<!ENTITY a "b">]><report/>'])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_report(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        read_report(data)


def test_files_are_told_by_the_ends_of_their_paths() -> None:
    told = {
        "/w/shop/app/a.py": {1: True},
        "app/a.py": {1: False, 2: True},
        "org/shop/A.java": {3: True},
        "gone.py": {1: True},
        "index.ts": {1: True},
    }
    paths = ["app/a.py", "src/main/java/org/shop/A.java", "x/index.ts", "y/index.ts"]
    assert by_path(told, paths) == {
        "app/a.py": {1: True, 2: True},
        "src/main/java/org/shop/A.java": {3: True},
    }
