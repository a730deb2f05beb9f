"""Installed packages, and the key under which OSV's advisories of their release stand."""

from __future__ import annotations

import pytest

from secloop.stages.build.advisories.releases import advisory_key, component_keys
from secloop.stages.build.purl import ecosystem_of, qualifiers_of
from stages.build.packages.rpm_building import header, sqlite_database
from stages.build.reading import component

DATABASES: dict[str, tuple[str, str | bytes]] = {
    "dpkg": ("var/lib/dpkg/status", "Package: acme\nStatus: install ok installed\nVersion: 1-1\n"),
    "apk": ("lib/apk/db/installed", "P:acme\nV:1-r1\n"),
    "rpm": ("usr/lib/sysimage/rpm/rpmdb.sqlite", sqlite_database([header(name="acme", version="1", release="1")])),
}
FOR_SAP = "SUSE:Linux Enterprise Server for SAP Applications 15 SP5"


@pytest.mark.parametrize(
    ("manager", "release", "ecosystem", "key"),
    [
        ("dpkg", "ID=debian\nVERSION_ID=12\n", "Debian:12", "Debian:12"),
        ("dpkg", "ID=debian\nVERSION_CODENAME=trixie\n", "Debian:13", "Debian:13"),
        ("dpkg", "ID=ubuntu\nVERSION_ID=24.04\n", "Ubuntu:24.04:LTS", "Ubuntu:24.04"),
        ("dpkg", "ID=ubuntu\nVERSION_ID=22.04\n", "Ubuntu:Pro:22.04:LTS", "Ubuntu:Pro:22.04"),
        ("apk", "ID=alpine\nVERSION_ID=3.20.3\n", "Alpine:v3.20", "Alpine:3.20"),
        ("apk", "ID=wolfi\nVERSION_ID=20230201\n", "Wolfi", "Wolfi"),
        ("apk", "ID=chainguard\nVERSION_ID=20230214\n", "Chainguard", "Chainguard"),
        ("rpm", 'ID="rhel"\nVERSION_ID="9.4"\n', "Red Hat:enterprise_linux:9::baseos", "Red Hat:9"),
        ("rpm", 'ID="centos"\nVERSION_ID="7"\n', "Red Hat:enterprise_linux:7::server", "Red Hat:7"),
        ("rpm", 'ID="rocky"\nVERSION_ID="9.4"\n', "Rocky Linux:9", "Rocky Linux:9"),
        ("rpm", 'ID="almalinux"\nVERSION_ID="9.4"\n', "AlmaLinux:9", "AlmaLinux:9"),
        ("rpm", "ID=fedora\nVERSION_ID=41\n", "Fedora:41", "Fedora:41"),
        ("rpm", 'ID="ol"\nVERSION_ID="9.4"\n', "Oracle Linux:9", "Oracle Linux:9"),
        ("rpm", 'ID="amzn"\nVERSION_ID="2023"\n', "Amazon Linux:2023", "Amazon Linux:2023"),
        ("rpm", 'ID="sles"\nVERSION_ID="15.5"\n', "SUSE:Linux Enterprise Server 15 SP5", "SUSE:15.5"),
        ("rpm", 'ID="sles_sap"\nVERSION_ID="15.5"\n', FOR_SAP, "SUSE:15.5"),
        ("rpm", 'ID="opensuse-leap"\nVERSION_ID="15.6"\n', "openSUSE:Leap 15.6", "openSUSE:15.6"),
        ("rpm", 'ID="opensuse-tumbleweed"\nVERSION_ID="20260101"\n', "openSUSE:Tumbleweed", "openSUSE:Tumbleweed"),
        ("rpm", "ID=mariner\nVERSION_ID=2.0\n", "Azure Linux:2", "Azure Linux:2"),
        ("rpm", "ID=photon\nVERSION_ID=5.0\n", "Photon OS:5.0", "Photon OS:5.0"),
        ("rpm", "ID=mageia\nVERSION_ID=9\n", "Mageia:9", "Mageia:9"),
    ],
    ids=lambda value: value if ":" in str(value) else "",
)
def test_a_package_is_looked_up_where_the_advisories_of_its_release_are(
    manager: str, release: str, ecosystem: str, key: str
) -> None:
    path, data = DATABASES[manager]
    purl = component({path: data, "etc/os-release": release}, "acme").purl
    assert advisory_key(ecosystem) == key
    assert key in component_keys(ecosystem_of(purl), qualifiers_of(purl))


def test_centos_keeps_its_name_in_the_package_url() -> None:
    path, data = DATABASES["rpm"]
    purl = component({path: data, "etc/os-release": 'ID="centos"\nVERSION_ID="7"\n'}, "acme").purl
    assert purl.startswith("pkg:rpm/centos/acme@1-1?")
