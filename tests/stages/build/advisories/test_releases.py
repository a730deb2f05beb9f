"""Where an operating system's advisories are looked up."""

from __future__ import annotations

import pytest

from secloop.model.facts import Component
from secloop.stages.build.advisories.base import Advisory, Interval
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.advisories.releases import advisory_key, component_keys
from secloop.stages.build.dependencies.match import hits_of
from secloop.stages.build.purl import purl


@pytest.mark.parametrize(
    ("written", "expected", "ecosystem", "distro"),
    [
        ("Debian:12", "Debian:12", "Debian", "debian-12"),
        ("Ubuntu:22.04:LTS", "Ubuntu:22.04", "Ubuntu", "ubuntu-22.04"),
        ("Alpine:v3.18", "Alpine:3.18", "Alpine", "alpine-3.18.4"),
        ("Rocky Linux:9", "Rocky Linux:9", "Rocky Linux", "rocky-9.3"),
        ("Red Hat:enterprise_linux:8::baseos", "Red Hat:8", "Red Hat", "rhel-8.9"),
        ("openSUSE:Leap 15.5", "openSUSE:15.5", "openSUSE", "opensuse-leap-15.5"),
        ("SUSE:Linux Enterprise Server 15 SP5", "SUSE:15.5", "SUSE", "sles-15.5"),
        ("Wolfi", "Wolfi", "Wolfi", ""),
        ("Maven:https://repo.example.org", "Maven", "Maven", ""),
    ],
)
def test_advisory_and_component_meet_under_one_key(written: str, expected: str, ecosystem: str, distro: str) -> None:
    assert advisory_key(written) == expected
    assert expected in component_keys(ecosystem, {"distro": distro})


def test_paid_fixes_and_unknown_releases_meet_nothing() -> None:
    assert advisory_key("Ubuntu:Pro:18.04:LTS") not in component_keys("Ubuntu", {"distro": "ubuntu-18.04"})
    assert component_keys("Debian", {}) == ()
    assert advisory_key("Unheard-of") == ""


def test_a_source_package_answers_for_what_is_built_from_it_at_its_own_version() -> None:
    advisory = Advisory(
        id="DSA-1", ecosystem="Debian:12", package="glibc", intervals=(Interval(high="2.36-9", end="fixed"),)
    )
    index = MemoryIndex([advisory])
    for version, found in (("2.36-1", 1), ("2.36-9", 0)):
        told = (("distro", "debian-12"), ("upstream", f"glibc@{version}"))
        text = purl("Debian", "libc6", "1:9", told)
        component = Component(name="libc6", version="1:9", purl=text, file="var/lib/dpkg/status")
        assert len(list(hits_of(index, component))) == found
