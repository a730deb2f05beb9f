"""Which advisories affect a package of an operating system: releases, source packages, epochs, notices."""

from __future__ import annotations

import json
from typing import Any

import pytest

from secloop.model.facts import Component
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.advisories.osv import read_record
from secloop.stages.build.dependencies.hits import look
from secloop.stages.build.purl import purl


def index(ecosystem: str, package: str, fixed: str, **more: Any) -> MemoryIndex:
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
    }
    record = {"id": "CVE-2024-1", "affected": [affected], **more}
    return MemoryIndex(read_record(json.dumps(record).encode()))


def installed(ecosystem: str, name: str, version: str, **qualifiers: str) -> Component:
    text = purl(ecosystem, name, version, tuple(qualifiers.items()))
    return Component(name=name, version=version, purl=text, file="var/lib/db")


@pytest.mark.parametrize(
    ("written", "ecosystem", "distro"),
    [
        ("Debian:12", "Debian", "debian-12"),
        ("Ubuntu:22.04:LTS", "Ubuntu", "ubuntu-22.04"),
        ("Ubuntu:Pro:18.04:LTS", "Ubuntu", "ubuntu-18.04"),
        ("Alpine:v3.20", "Alpine", "alpine-3.20.3"),
        ("Wolfi", "Wolfi", "wolfi-20230201"),
        ("Chainguard", "Chainguard", ""),
        ("Rocky Linux:9", "Rocky Linux", "rocky-9.4"),
        ("AlmaLinux:9", "AlmaLinux", "almalinux-9.4"),
        ("Red Hat:enterprise_linux:9::appstream", "Red Hat", "rhel-9.4"),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP6", "SUSE", "sles-15.6"),
        ("openSUSE:Leap 15.6", "openSUSE", "opensuse-leap-15.6"),
        ("Photon OS:5.0", "Photon OS", "photon-5.0"),
        ("Mageia:9", "Mageia", "mageia-9"),
        ("Azure Linux:3", "Azure Linux", "azurelinux-3.0"),
        ("openEuler:24.03-LTS", "openEuler", "openeuler-24.03-LTS"),
    ],
)
@pytest.mark.parametrize("by_source", [False, True], ids=["by name", "by source package"])
def test_an_installed_package_meets_the_advisories_of_its_release(
    written: str, ecosystem: str, distro: str, by_source: bool
) -> None:
    advisories = index(written, "openssl", "3.0.9-r1")
    name, told = ("libssl", {"upstream": "openssl"}) if by_source else ("openssl", {})
    for version, found in (("3.0.8-r0", 1), ("3.0.9-r1", 0)):
        package = installed(ecosystem, name, version, distro=distro, **told)
        assert len(look(advisories, package).hits) == found
    assert look(advisories, installed(ecosystem, name, "1", distro="other-1", **told)).hits == () or ecosystem in {
        "Wolfi",
        "Chainguard",
    }


@pytest.mark.parametrize(
    ("version", "told", "found"),
    [
        ("5.26.3-419.el8", {"epoch": "4", "upstream": "perl"}, 1),
        ("5.26.3-421.el8", {"epoch": "4", "upstream": "perl"}, 0),
        ("1.28-421.el8", {"upstream": "perl@5.26.3-421.el8"}, 0),
        ("1.28-419.el8", {"upstream": "perl@5.26.3-419.el8"}, 1),
    ],
    ids=["older", "fixed", "own version, source fixed", "own version, source older"],
)
def test_the_epoch_of_a_source_package_is_that_of_the_advisory(version: str, told: dict[str, str], found: int) -> None:
    advisories = index("Rocky Linux:8", "perl", "4:5.26.3-420.el8")
    package = installed("Rocky Linux", "perl-Errno", version, distro="rocky-8.9", **told)
    assert len(look(advisories, package).hits) == found


def test_an_epoch_of_debian_stands_in_the_version() -> None:
    advisories = index("Debian:12", "vim", "2:9.0.1378-2")
    for version, found in (("2:9.0.1000-1", 1), ("2:9.0.1378-2", 0)):
        assert len(look(advisories, installed("Debian", "vim", version, distro="debian-12")).hits) == found


def test_a_notice_over_several_problems_gives_each_of_them_with_its_fix() -> None:
    advisories = index("Debian:12", "curl", "7.88.1-10+deb12u4", id="DSA-1-1", upstream=["CVE-2024-2", "CVE-2024-1"])
    hits = look(advisories, installed("Debian", "curl", "7.88.1-10", distro="debian-12")).hits
    assert [(hit.group.ids, hit.fixed) for hit in hits] == [
        (("CVE-2024-1",), ("7.88.1-10+deb12u4",)),
        (("CVE-2024-2",), ("7.88.1-10+deb12u4",)),
    ]


def test_one_problem_that_both_names_of_a_package_have_is_one_hit() -> None:
    records = [
        *read_record(_record("CVE-2024-1", "glibc")),
        *read_record(_record("DEBIAN-CVE-2024-1", "libc6", aliases=["CVE-2024-1"])),
    ]
    package = installed("Debian", "libc6", "2.36-1", distro="debian-12", upstream="glibc")
    assert len(look(MemoryIndex(records), package).hits) == 1


def _record(own: str, package: str, **more: Any) -> bytes:
    affected = {"package": {"ecosystem": "Debian:12", "name": package}, "ranges": [_range()]}
    return json.dumps({"id": own, "affected": [affected], **more}).encode()


def _range() -> dict[str, Any]:
    return {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.36-9"}]}
