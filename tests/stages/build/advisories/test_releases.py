"""Where an operating system's advisories are looked up."""

from __future__ import annotations

import pytest

from secloop.model.facts import Component
from secloop.stages.build.advisories.base import Advisory, Interval
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.advisories.releases import advisory_key, component_keys
from secloop.stages.build.dependencies.hits import hits_of
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
        ("Chainguard", "Chainguard", "Chainguard", "chainguard-20230214"),
        ("AlmaLinux:9", "AlmaLinux:9", "AlmaLinux", "almalinux-9.4"),
        ("Photon OS:4.0", "Photon OS:4.0", "Photon OS", "photon-4.0"),
        ("Mageia:9", "Mageia:9", "Mageia", "mageia-9"),
        ("Azure Linux:3", "Azure Linux:3", "Azure Linux", "azurelinux-3.0"),
        ("openEuler:22.03-LTS-SP3", "openEuler:22.03-LTS-SP3", "openEuler", "openeuler-22.03-LTS-SP3"),
        ("openSUSE:Tumbleweed", "openSUSE:Tumbleweed", "openSUSE", "opensuse-tumbleweed-20240101"),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "SUSE:15.5", "SUSE", "sles-15.5"),
        ("SUSE:Linux Enterprise Module for Python 3 15 SP5", "SUSE:15.5", "SUSE", "sles-15.5"),
        ("SUSE:Linux Enterprise Server for SAP Applications 12 SP5", "SUSE:12.5", "SUSE", "sles-12.5"),
        ("SUSE:Linux Enterprise Server 15 SP4-LTSS", "SUSE:15.4", "SUSE", "sles-15.4"),
        ("SUSE:Linux Enterprise Server 16.0", "SUSE:16.0", "SUSE", "sles-16.0"),
        ("Ubuntu:Pro:18.04:LTS", "Ubuntu:Pro:18.04", "Ubuntu", "ubuntu-18.04"),
        ("Ubuntu:24.10", "Ubuntu:24.10", "Ubuntu", "ubuntu-24.10"),
        ("Debian:12", "Debian:12", "Debian", "debian-12.5"),
        ("Debian:12", "Debian:12", "Debian", "bookworm"),
        ("Ubuntu:22.04:LTS", "Ubuntu:22.04", "Ubuntu", "jammy"),
        ("Alpine:v3.18", "Alpine:3.18", "Alpine", "alpine-v3.18"),
        ("Maven:https://repo.example.org", "Maven", "Maven", ""),
    ],
)
def test_advisory_and_component_meet_under_one_key(written: str, expected: str, ecosystem: str, distro: str) -> None:
    assert advisory_key(written) == expected
    assert expected in component_keys(ecosystem, {"distro": distro})


def test_what_is_fixed_for_paying_users_only_is_open_for_all_others() -> None:
    standard, paid = "Ubuntu:18.04", "Ubuntu:Pro:18.04"
    found = component_keys("Ubuntu", {"distro": "ubuntu-18.04"})
    assert found.index(standard) < found.index(paid)


@pytest.mark.parametrize(
    ("written", "ecosystem", "distro"),
    [
        ("SUSE:Linux Enterprise Micro 5.5", "SUSE", "sles-5.5"),
        ("openSUSE:Leap Micro 5.5", "openSUSE", "opensuse-leap-5.5"),
        ("Red Hat:rhel_eus:9.2::appstream", "Red Hat", "rhel-9.2"),
        ("AlmaLinux:8", "AlmaLinux", "almalinux-9.4"),
        ("Ubuntu:Pro:FIPS-updates:22.04:LTS", "Ubuntu", "ubuntu-22.04"),
        ("Debian:11", "Debian", "debian-12"),
        ("Alpine:v3.18", "Alpine", "alpine-3.20_alpha20231219"),
    ],
)
def test_other_products_and_releases_do_not_meet(written: str, ecosystem: str, distro: str) -> None:
    assert advisory_key(written) not in component_keys(ecosystem, {"distro": distro})


def test_unknown_releases_meet_nothing() -> None:
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
