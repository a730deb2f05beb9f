"""Version order: the rules of each ecosystem's own specification, and totality."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.versions.base import ECOSYSTEMS, compare, key

# PEP 440, "Summary of permitted suffixes and relative ordering", and legacy versions before them all.
PYPI = ["not-a-version", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2"]
PYPI += ["1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5"]
PYPI += ["1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1!0.1"]

# SemVer 2.0.0 section 11.
NPM = ["0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"]
NPM += ["1.0.0-rc.1", "1.0.0", "1.0.1-0", "1.0.1", "1.9.0", "1.10.0", "2.0.0"]

GO = ["v0.0.0-20190101000000-abcdefabcdef", "v0.0.0-20200101000000-abcdefabcdef", "v0.0.0", "v0.1.0-pre"]
GO += ["v0.1.1-0.20200101000000-abcdefabcdef", "v0.1.1", "v1.0.0", "v2.0.0+incompatible", "v2.0.1+incompatible"]

GO_RELEASES = ["1.20", "1.21rc2", "1.21rc10", "1.21", "1.21.1", "go1.22.0"]


@pytest.mark.parametrize(("ecosystem", "ascending"), [("PyPI", PYPI), ("npm", NPM), ("Go", GO), ("Go", GO_RELEASES)])
def test_versions_ascend_as_their_specification_says(ecosystem: str, ascending: list[str]) -> None:
    for lower, higher in pairwise(ascending):
        assert compare(ecosystem, lower, higher) == -1, (lower, higher)
        assert compare(ecosystem, higher, lower) == 1, (lower, higher)


@pytest.mark.parametrize(
    ("ecosystem", "a", "b"),
    [
        ("PyPI", "1.0", "1.0.0"),
        ("PyPI", "1.0-1", "1.0.post1"),
        ("PyPI", "v1.0RC1", "1.0c1"),
        ("PyPI", "1.0+ABC_1", "1.0+abc.1"),
        ("npm", "v1.2.3", "1.2.3+build"),
        ("npm", "1.2", "1.2.0"),
        ("npm", "=1.0.0beta", "1.0.0-beta"),
        ("Go", "v1.2.3", "1.2.3"),
        ("Go", "v2.0.0+incompatible", "v2.0.0"),
        ("Go", "1.21rc2", "1.21.0-rc.2"),
    ],
)
def test_spellings_of_one_version_are_equal(ecosystem: str, a: str, b: str) -> None:
    assert compare(ecosystem, a, b) == 0


def test_numbers_longer_than_python_converts_still_have_an_order() -> None:
    for ecosystem in ECOSYSTEMS:
        assert compare(ecosystem, "9" * 10_000, "1.0") in {-1, 1}


@given(st.sampled_from(ECOSYSTEMS), st.text(), st.text(), st.text())
def test_any_three_strings_have_a_consistent_order(ecosystem: str, a: str, b: str, c: str) -> None:
    assert compare(ecosystem, a, b) == -compare(ecosystem, b, a)
    ordered = sorted([a, b, c], key=lambda version: key(ecosystem, version))
    assert compare(ecosystem, ordered[0], ordered[2]) <= 0


@given(
    st.lists(st.integers(0, 10**30), min_size=3, max_size=3), st.lists(st.integers(0, 10**30), min_size=3, max_size=3)
)
def test_plain_releases_compare_by_number(a: list[int], b: list[int]) -> None:
    expected = int(a > b) - int(a < b)
    for ecosystem in ECOSYSTEMS:
        assert compare(ecosystem, ".".join(map(str, a)), ".".join(map(str, b))) == expected
