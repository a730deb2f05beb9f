"""The databases of dpkg, opkg, apk and pacman, and os-release."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, observations, pins

STATUS = """Package: curl
Status: install ok installed
Architecture: amd64
Version: 7.88.1-10+deb12u5
Depends: libcurl4 (= 7.88.1-10+deb12u5), missing | virtual-ssl,
 libc6 (>= 2.34)
Description: tool
 Version: 9.9 is text, not a field

Package: libcurl4
Status: install ok installed
Architecture: amd64
Source: curl
Version: 7.88.1-10+deb12u5

Package: libssl3
Status: hold ok installed
Version: 3.0.11-1~deb12u2+b1
Source: openssl (3.0.11-1~deb12u2)
Provides: virtual-ssl (= 1)

Package: libc6
Status: install ok half-configured
Version: 1:2.36-9

Package: gone
Status: deinstall ok config-files
Version: 1.0
"""
BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'

APK = """C:Q1abc=
P:musl
V:1.2.4-r2
A:x86_64
L:MIT
o:musl
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1

P:ssl_client
V:1.36.1-r5
A:x86_64
o:busybox
D:so:libc.musl-x86_64.so.1 !conflict missing>=1
"""

DESC = """%NAME%
gawk

%VERSION%
5.3.1-1

%BASE%
gawk-base

%ARCH%
x86_64

%REASON%
1

%LICENSE%
GPL-3.0-or-later
"""


def test_installed_packages_of_dpkg_are_read() -> None:
    assert pins({"var/lib/dpkg/status": STATUS}) == {
        "curl": "7.88.1-10+deb12u5",
        "libcurl4": "7.88.1-10+deb12u5",
        "libssl3": "3.0.11-1~deb12u2+b1",
        "libc6": "1:2.36-9",
    }
    assert gaps({"var/lib/dpkg/status": STATUS}) == []


def test_a_package_of_dpkg_names_its_source_distribution_line_and_needs() -> None:
    files = {"root/var/lib/dpkg/status": STATUS, "root/etc/os-release": BOOKWORM}
    curl, library = component(files, "curl"), component(files, "libcurl4")
    tls, libc = component(files, "libssl3"), component(files, "libc6")
    assert library.purl == ("pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u5?arch=amd64&distro=debian-12&upstream=curl")
    assert tls.purl.endswith("?distro=debian-12&upstream=openssl%403.0.11-1~deb12u2")
    assert curl.needs == (library.purl, tls.purl, libc.purl)
    assert (library.line, library.via, tls.direct) == (10, ("curl",), False)


def test_a_package_of_a_distroless_image_stands_in_a_file_of_its_own() -> None:
    files = {
        "var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2024a-0\n",
        "var/lib/dpkg/status.d/tzdata.md5sums": "0 usr/share\n",
        "var/lib/dpkg/status.d/gone": "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n",
    }
    assert pins(files) == {"tzdata": "2024a-0"}


def test_a_package_installed_for_two_architectures_is_two() -> None:
    text = "\n".join(
        f"Package: libc6\nStatus: install ok installed\nArchitecture: {one}\nVersion: 2.36-9\n"
        for one in ("amd64", "i386")
    )
    found = components({"var/lib/dpkg/status": text})
    assert [(one.purl.partition("?")[2], one.line) for one in found] == [("arch=amd64", 1), ("arch=i386", 6)]


def test_an_unknown_distribution_keeps_its_name() -> None:
    files = {"var/lib/dpkg/status": STATUS, "etc/os-release": "ID=kali\nVERSION_ID=2024.1\n"}
    assert component(files, "libc6").purl == "pkg:deb/kali/libc6@1:2.36-9?distro=kali-2024.1"
    assert component({"usr/lib/opkg/status": STATUS}, "libc6").purl == "pkg:opkg/openwrt/libc6@1:2.36-9"


def test_packages_of_apk_are_read_with_origin_licence_and_needs() -> None:
    files = {"lib/apk/db/installed": APK, "etc/os-release": "ID=alpine\nVERSION_ID=3.18.4\n"}
    musl, client = component(files, "musl"), component(files, "ssl_client")
    assert musl.purl == "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.18.4"
    assert client.purl == "pkg:apk/alpine/ssl_client@1.36.1-r5?arch=x86_64&distro=alpine-3.18.4&upstream=busybox"
    assert (musl.licenses, client.line, client.needs) == (("MIT",), 11, (musl.purl,))


def test_what_apk_was_asked_for_is_direct_and_the_path_starts_there() -> None:
    database = "".join(
        f"P:{name}\nV:1-r0\nD:{needs}\np:{provides}\n\n"
        for name, needs, provides in [
            ("curl", "so:libssl.so.3", ""),
            ("libssl3", "musl", "so:libssl.so.3=3"),
            ("musl", "", ""),
            ("tool", "curl", ""),
        ]
    )
    files = {"lib/apk/db/installed": database, "etc/apk/world": "curl>=1\nnone\nmusl@edge\n"}
    found = {one.name: (one.direct, one.via) for one in components(files)}
    assert found["libssl3"] == (False, ("curl",))
    assert (found["curl"], found["musl"], found["tool"]) == ((True, ()), (True, ()), (False, ()))
    files = {"lib/apk/db/installed": database}
    assert [one.name for one in components(files) if one.direct] == ["tool"]


@pytest.mark.parametrize("root", ["", "rootfs/", "a/b/"])
@pytest.mark.parametrize("folder", ["lib", "usr/lib", "var/lib"])
def test_apk_finds_the_distribution_of_its_own_root(root: str, folder: str) -> None:
    files = {f"{root}{folder}/apk/db/installed": APK, f"{root}usr/lib/os-release": "ID=wolfi\nVERSION_ID=20230201\n"}
    assert component(files, "musl").purl.startswith("pkg:apk/wolfi/musl@")


def test_a_package_of_pacman_is_read() -> None:
    gawk = component({"var/lib/pacman/local/gawk-5.3.1-1/desc": DESC}, "gawk")
    assert gawk.purl == "pkg:alpm/arch/gawk@5.3.1-1?arch=x86_64&upstream=gawk-base"
    assert (gawk.line, gawk.direct, gawk.licenses) == (2, False, ("GPL-3.0-or-later",))


def test_the_system_itself_is_a_component() -> None:
    system = component({"etc/os-release": BOOKWORM}, "debian")
    assert (system.version, system.purl) == ("12", "pkg:generic/debian@12")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("var/lib/dpkg/status.d/x", "no field\n"),
        ("lib/apk/db/installed", "invalid\n"),
        ("var/lib/pacman/local/x/desc", "%NAME%\n\n%VERSION%\n1\n"),
        ("etc/os-release", "VERSION_ID=1\n"),
    ],
)
def test_a_file_without_a_package_is_a_gap(path: str, text: str) -> None:
    (gap,) = gaps({path: text})
    assert isinstance(gap, Skipped)


def test_a_stanza_without_a_version_costs_itself_only() -> None:
    text = "Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: install ok installed\nVersion: 1\n"
    (gap,) = gaps({"var/lib/dpkg/status": text})
    assert isinstance(gap, Partial)
    assert pins({"var/lib/dpkg/status": text}) == {"b": "1"}


PATHS = ["var/lib/dpkg/status", "lib/apk/db/installed", "var/lib/pacman/local/x/desc", "etc/os-release"]


@given(
    st.sampled_from(PATHS), st.lists(st.one_of(st.text(max_size=20), st.sampled_from([STATUS, APK, DESC, BOOKWORM])))
)
def test_no_text_raises(path: str, parts: list[str]) -> None:
    for one in observations({path: "\n".join(parts)}):
        assert one
