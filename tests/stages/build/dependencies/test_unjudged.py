"""What no stored advisory could speak of is named, not passed over."""

from __future__ import annotations

import pytest

from secloop.model.facts import Component
from secloop.stages.build.advisories.base import Advisory
from secloop.stages.build.advisories.commits import git_range
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.dependencies.unjudged import gaps
from secloop.stages.build.purl import purl

JUDGED = frozenset({"npm", "PyPI", "NuGet", "Debian", "Rocky Linux", "Wolfi"})


def part(ecosystem: str, name: str, version: str = "1", *, distro: str = "", file: str = "lock") -> Component:
    text = purl(ecosystem, name, version, (("distro", distro),))
    return Component(name=name, version=version, purl=text, file=file)


def index(*ecosystems: str) -> MemoryIndex:
    return MemoryIndex(Advisory(id="X-1", ecosystem=one, package="any") for one in ecosystems)


@pytest.mark.parametrize(
    ("ecosystem", "distro", "todo"),
    [
        ("Debian", "debian-12", "secloop feeds pull osv:Debian"),
        ("Debian", "", "secloop feeds pull osv:Debian"),
        ("Rocky Linux", "rocky-9.3", "secloop feeds pull 'osv:Rocky Linux'"),
        ("Wolfi", "", "secloop feeds pull osv:Wolfi"),
        ("Fedora", "fedora-40", "no source of advisories is known"),
        ("deb/kali", "kali-2024.1", "no source of advisories is known"),
        ("alpm/arch", "arch", "no source of advisories is known"),
    ],
)
def test_a_system_without_advisories_is_not_checked(ecosystem: str, distro: str, todo: str) -> None:
    packages = [part(ecosystem, name, distro=distro) for name in ("a", "b")]
    [gap] = gaps(packages, index("npm", "Debian:11"), JUDGED, starter=False)
    assert gap.reason.startswith("not checked: 2 packages of ")
    assert todo in gap.reason
    assert gap.share == 0


def test_a_system_with_advisories_for_its_release_is_checked() -> None:
    assert list(gaps([part("Debian", "a", distro="debian-12.5")], index("Debian:12"), JUDGED, starter=False)) == []


def test_the_share_of_a_file_is_that_of_its_checked_packages() -> None:
    packages = [part("PyPI", "a"), part("PyPI", "b"), part("PyPI", "c"), part("Debian", "d", distro="debian-12")]
    [gap] = gaps(packages, index("PyPI"), JUDGED, starter=False)
    assert gap.share == 0.75


def test_an_inventory_in_the_tree_may_be_of_something_else() -> None:
    [gap] = gaps([part("Debian", "a", distro="debian-12", file="old.spdx.json")], index("npm"), JUDGED, starter=False)
    assert gap.share == 1


def test_a_language_without_advisories_is_named_once_for_the_tree() -> None:
    [gap] = gaps(
        [part("NuGet", "a", file="a.lock"), part("NuGet", "a", file="b.lock")], index("npm"), JUDGED, starter=False
    )
    assert gap.reason == (
        "not checked: 2 packages of NuGet, which no stored advisory is on (secloop feeds pull osv:NuGet)"
    )
    assert (gap.file, gap.share) == ("", 1)


def test_what_has_no_advisories_anywhere_is_no_gap() -> None:
    packages = [part("Docker", "alpine"), part("Terraform", "acme/net"), part("npm", "a", "")]
    assert list(gaps(packages, index("npm", "Terraform"), JUDGED, starter=False)) == []


def test_with_the_starter_set_only_systems_are_named_and_make_nothing_incomplete() -> None:
    packages = [part("NuGet", "a"), part("Debian", "b", distro="debian-12")]
    [gap] = gaps(packages, index("PyPI"), JUDGED, starter=True)
    assert "Debian (debian-12)" in gap.reason
    assert gap.share == 1


def test_a_commit_that_nothing_is_known_of_is_named() -> None:
    found = git_range("https://github.com/acme/a", [("fixed", "b" * 40)])
    assert found
    advisories = [
        Advisory(id=f"CVE-2024-{n}", ecosystem="GIT", package="github.com/acme/a", git=(found,)) for n in range(5)
    ]
    one = Component(
        name="a",
        version="1.0.0",
        purl=purl("npm", "a", "1.0.0"),
        file="package-lock.json",
        origin=f"https://github.com/acme/a.git#{'a' * 40}",
    )
    [gap] = gaps(
        [one], MemoryIndex([*advisories, Advisory(id="X", ecosystem="npm", package="z")]), JUDGED, starter=False
    )
    assert gap.reason == (
        "not checked: a at 1.0.0 against CVE-2024-0, CVE-2024-1, CVE-2024-2 and 2 more, since its history is not here"
    )
