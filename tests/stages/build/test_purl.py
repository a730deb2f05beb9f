"""Canonical package URLs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.purl import ecosystem_of, package_name, purl, qualifiers_of, version_of


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "expected"),
    [
        ("PyPI", "Zope.Interface", "5.0", "pkg:pypi/zope-interface@5.0"),
        ("PyPI", "typing__extensions", "", "pkg:pypi/typing-extensions"),
        ("PyPI", "a", "1.0+local.1", "pkg:pypi/a@1.0%2Blocal.1"),
        ("PyPI", "a", "1!2.0", "pkg:pypi/a@1%212.0"),
        ("npm", "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
        ("npm", "lodash", "4.17.21", "pkg:npm/lodash@4.17.21"),
        (
            "Go",
            "github.com/Azure/go-autorest",
            "v14.2.0+incompatible",
            "pkg:golang/github.com/azure/go-autorest@v14.2.0%2Bincompatible",
        ),
        ("Go", "stdlib", "1.22.5", "pkg:golang/stdlib@1.22.5"),
    ],
)
def test_a_purl_is_canonical(ecosystem: str, name: str, version: str, expected: str) -> None:
    assert purl(ecosystem, name, version) == expected


@given(st.sampled_from(["Go", "PyPI", "npm"]), st.text(min_size=1), st.text(min_size=1))
def test_a_purl_gives_its_ecosystem_and_version_back(ecosystem: str, name: str, version: str) -> None:
    made = purl(ecosystem, name, version)
    assert ecosystem_of(made) == ecosystem
    assert version_of(made) == version


@given(st.text())
def test_normalising_a_pypi_name_twice_changes_nothing(name: str) -> None:
    once = package_name("PyPI", name)
    assert package_name("PyPI", once) == once


def test_npm_and_go_names_are_looked_up_as_they_are_written() -> None:
    assert package_name("npm", "JSONStream") == "JSONStream"
    assert package_name("Go", "github.com/BurntSushi/toml") == "github.com/BurntSushi/toml"


def test_the_namespace_of_a_system_package_tells_the_ecosystem() -> None:
    assert ecosystem_of("pkg:deb/debian/curl@7.0") == "Debian"
    assert ecosystem_of("pkg:deb/ubuntu/curl@7.0?distro=ubuntu-24.04") == "Ubuntu"
    assert qualifiers_of("pkg:deb/ubuntu/curl@7.0?arch=amd64&distro=ubuntu-24.04")["distro"] == "ubuntu-24.04"


def test_a_purl_of_a_type_that_nobody_knows_has_no_ecosystem() -> None:
    assert ecosystem_of("pkg:nobody/curl@7.0") == ""


def test_a_maven_group_is_the_namespace_and_qualifiers_are_sorted() -> None:
    assert purl("Maven", "org.a:b", "1") == "pkg:maven/org.a/b@1"
    assert purl("Alpine", "a", "1-r0", (("distro", "alpine-3.20"), ("arch", "x"))) == (
        "pkg:apk/alpine/a@1-r0?arch=x&distro=alpine-3.20"
    )


def test_half_a_surrogate_pair_is_a_question_mark() -> None:
    assert purl("npm", "a\ud800", "1") == "pkg:npm/a%3F@1"
