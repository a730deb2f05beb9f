"""Version order of package managers: what each one's own documentation says, and the laws of an order."""

from __future__ import annotations

from functools import cmp_to_key, partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.versions.base import ECOSYSTEMS, compare, key

ASCENDING = {
    # deb-version(7): the tilde sorts before the end, letters before other characters.
    "Debian": ["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0-1", "1.0-1+b1", "1.0a", "1.0+x", "1.0.1", "1.2", "1.10", "1:0.1"],
    "Ubuntu": ["2.35-0ubuntu3", "2.35-0ubuntu3.1", "2.35-0ubuntu3.10", "2.36"],
    # rpm-version(7): the tilde before, the caret after the end, words before numbers.
    "Red Hat": ["1.0~rc1", "1.0", "1.0-1.el9", "1.0-2.el9", "1.0-2.el9_1", "1.0^git1", "1.0a", "1.0.1", "1.10", "1:0"],
    # apk-package(5).
    "Alpine": [
        "1.0_alpha",
        "1.0_alpha2",
        "1.0_beta",
        "1.0_pre1",
        "1.0_rc1",
        "1.0",
        "1.0-r1",
        "1.0-r10",
        "1.0_git2020",
        "1.0_p1",
        "1.0_p1-r2",
        "1.0a",
        "1.0b",
        "1.0.01",
        "1.0.1",
        "1.1",
        "1.10",
    ],
    # https://maven.apache.org/pom.html#version-order-specification
    "Maven": [
        "1-alpha-2",
        "1-alpha10",
        "1-beta",
        "1-milestone",
        "1-rc",
        "1-SNAPSHOT",
        "1",
        "1-sp",
        "1-foo",
        "1-foo2",
        "1-1",
        "1.1",
        "1.2",
        "1.10",
    ],
    "NuGet": ["1.0.0-ALPHA", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.0.0.1-a", "1.0.0.1", "1.0.1"],
    # Gem::Version
    "RubyGems": ["1.0.a", "1.0.a.2", "1.0.b1", "1.0.b2", "1.0.b10", "1.0.rc", "1.0", "1.0.1", "1.9", "1.10"],
    # PHP's version_compare, filled up as Composer does.
    "Packagist": ["dev-main", "1.0-dev", "1.0-alpha1", "1.0b1", "1.0RC1", "1.0", "1.0pl1", "1.0.1", "1.9", "1.10"],
    "CRAN": ["0.1-2", "0.2", "0.2.0", "0.2-1", "0.10", "1.0"],
    "Hackage": ["0", "0.1", "0.1.0", "0.1.0.1", "0.2", "0.10"],
    "Pub": ["1.0.0-dev.1", "1.0.0-dev.1+2", "1.0.0", "1.0.0+1", "1.0.0+2", "1.0.0+10", "1.0.0+a", "1.0.1"],
    "crates.io": ["1.0.0-alpha.1", "1.0.0-beta", "1.0.0", "1.0.1"],
    "GitHub Actions": ["v3", "v4", "v4.1.2", "v10"],
    "ConanCenter": ["1.1.1-rc1", "1.1.1", "1.1.1a", "1.1.1w", "1.1.2", "cci.20200101"],
    "CPAN": ["0.05", "1.002", "1.2", "1.21", "v1.211.0", "v2.0.1"],
    "opam": ["1.0~beta", "1.0", "1.0a", "1.0.1"],
}

EQUAL = [
    ("Debian", "0:1.0", "1.0"),
    ("Debian", "1.0-0", "1.0"),
    ("Debian", "1.01", "1.1"),
    ("Red Hat", "0:1.0-1", "1.0-1"),
    ("Red Hat", "2_0", "2.0"),
    ("Red Hat", "1.0001", "1.1"),
    ("Maven", "1", "1.0.0"),
    ("Maven", "1.ga", "1-final"),
    ("Maven", "1.0.0-foo.0.0", "1-foo"),
    ("Maven", "1-cr2", "1-RC2"),
    ("Maven", "1a1", "1-alpha-1"),
    ("NuGet", "1.0", "1.0.0.0"),
    ("NuGet", "1.0.0-Beta+x", "1.0.0-beta"),
    ("RubyGems", "1.0", "1"),
    ("RubyGems", "1.0.0-rc1", "1.0.pre.rc1"),
    ("RubyGems", "1.0.a", "1.a"),
    ("Packagist", "v1.0", "1.0.0.0"),
    ("Packagist", "1.0-beta2", "1.0.0b2"),
    ("CRAN", "0.1-2", "0.1.2"),
    ("CPAN", "1.5", "v1.500"),
    ("ConanCenter", "1.2.0", "1.2"),
]

PARTS = ["", "0", "1", "01", "2", "10", "a", "b", "rc", "alpha", "dev", "sp", "final", "x", ".", "-", "_", "+", "~"]
PARTS += ["^", ":", "v", "p", "#", "é", "_rc", "-r", "1.0", ".0"]
mixtures = st.lists(st.sampled_from(PARTS), max_size=7).map("".join)


@pytest.mark.parametrize("ecosystem", sorted(ASCENDING))
def test_versions_ascend_as_their_package_manager_sorts_them(ecosystem: str) -> None:
    for lower, higher in pairwise(ASCENDING[ecosystem]):
        assert compare(ecosystem, lower, higher) == -1, (lower, higher)


@pytest.mark.parametrize(("ecosystem", "a", "b"), EQUAL)
def test_spellings_of_one_version_are_equal(ecosystem: str, a: str, b: str) -> None:
    assert compare(ecosystem, a, b) == 0


def test_a_release_of_a_distribution_orders_as_its_distribution() -> None:
    assert compare("Debian:12", "1.0~rc1", "1.0") == -1
    assert compare("Ubuntu:22.04:LTS", "1.0~rc1", "1.0") == -1
    assert compare("Alpine:v3.19", "1.0_rc1", "1.0") == -1


@given(st.sampled_from(ECOSYSTEMS), st.lists(mixtures, min_size=3, max_size=6))
def test_sorting_does_not_depend_on_what_came_first(ecosystem: str, versions: list[str]) -> None:
    by_key = sorted(versions, key=lambda version: key(ecosystem, version))
    by_comparing = sorted(set(versions), key=cmp_to_key(partial(compare, ecosystem)))
    assert list(dict.fromkeys(key(ecosystem, one) for one in by_key)) == list(
        dict.fromkeys(key(ecosystem, one) for one in by_comparing)
    )
    for at, lower in enumerate(by_key):
        assert all(compare(ecosystem, lower, higher) <= 0 for higher in by_key[at:])


@given(
    st.sampled_from(["Debian", "Red Hat", "RubyGems", "CRAN", "Maven", "NuGet"]),
    st.lists(st.integers(0, 99)),
    st.data(),
)
def test_leading_zeros_do_not_count(ecosystem: str, numbers: list[int], data: st.DataObject) -> None:
    plain = ".".join(map(str, numbers))
    filled = ".".join("0" * data.draw(st.integers(0, 3)) + str(one) for one in numbers)
    assert compare(ecosystem, plain, filled) == 0


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
def test_a_hostile_version_costs_no_more_than_its_length(ecosystem: str) -> None:
    for version in ("1" * 20_000, "1" + ".0" * 20_000, "~" * 20_000, "a1" * 10_000, "-" * 20_000, "_rc" * 8_000):
        assert compare(ecosystem, version, version + "x") in {-1, 0, 1}
