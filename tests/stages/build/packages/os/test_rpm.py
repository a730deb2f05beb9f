"""RPM databases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.packages.rpm_building import bdb_database, header, ndb_database, sqlite_database
from stages.build.reading import component, components, gaps, pins

BASH = header(
    name="bash", version="5.1.8", release="9.el9", arch="x86_64", license="GPLv3+", source="bash-5.1.8-9.el9.src.rpm",
    provides=("bash", "/bin/sh"), requires=("libc.so.6()(64bit)", "rpmlib(PayloadFilesHavePrefix)"),
)  # fmt: skip
GLIBC = header(
    name="glibc", version="2.34", release="100.el9", epoch=1, arch="x86_64", source="glibc-src-2.34-100.el9.src.rpm",
    provides=("libc.so.6()(64bit)",), module="m:1",
)  # fmt: skip
BIG = header(name="big", version="1", license="x" * 2000)
KEY = header(name="gpg-pubkey", version="fd431d51", release="4ae0493b")

STORES = [
    ("var/lib/rpm/rpmdb.sqlite", sqlite_database([BASH, GLIBC, KEY])),
    ("usr/lib/sysimage/rpm/rpmdb.sqlite", sqlite_database([BASH, GLIBC, KEY], wal=True)),
    ("usr/lib/sysimage/rpm/Packages.db", ndb_database([BASH, GLIBC, KEY])),
    ("var/lib/rpm/Packages", bdb_database([BASH, GLIBC, KEY])),
    ("rootfs/var/lib/rpm/Packages", bdb_database([BASH, GLIBC, KEY], order=">")),
]
IDS = ["sqlite", "sqlite with a log", "ndb", "berkeley", "berkeley big-endian"]


@pytest.mark.parametrize(("path", "data"), STORES, ids=IDS)
def test_packages_are_read_from_every_store(path: str, data: bytes) -> None:
    assert pins({path: data}) == {"bash": "5.1.8-9.el9", "glibc": "2.34-100.el9"}
    assert gaps({path: data}) == []


def test_a_package_tells_its_architecture_epoch_source_licence_and_needs() -> None:
    files: dict[str, str | bytes] = {
        "r/var/lib/rpm/Packages.db": ndb_database([BASH, GLIBC]),
        "r/usr/lib/os-release": 'ID="rocky"\nVERSION_ID="9.3"\n',
    }
    glibc, bash = component(files, "glibc"), component(files, "bash")
    assert bash.purl == "pkg:rpm/rocky/bash@5.1.8-9.el9?arch=x86_64&distro=rocky-9.3"
    assert glibc.purl == (
        "pkg:rpm/rocky/glibc@2.34-100.el9?arch=x86_64&distro=rocky-9.3&epoch=1&modularitylabel=m:1&upstream=glibc-src"
    )
    assert bash.licenses == ("GPLv3+",)
    assert bash.needs == (glibc.purl,)
    assert (bash.direct, glibc.direct, glibc.via) == (True, False, ("bash",))


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", b"RpmP", b"\0" * 12 + b"\x61\x15\x06\0", b"text"])
def test_what_is_no_database_is_a_gap(data: bytes) -> None:
    (gap,) = gaps({"var/lib/rpm/Packages": data})
    assert isinstance(gap, Skipped)


def test_a_damaged_package_costs_itself_only() -> None:
    (gap,) = gaps({"var/lib/rpm/Packages.db": ndb_database([BASH, b"\0\0\0\x01" * 4])})
    assert gap.reason == "line 1: package 2 is damaged"
    assert pins({"var/lib/rpm/Packages.db": ndb_database([BASH, b"\0\0\0\x01" * 4])}) == {"bash": "5.1.8-9.el9"}


def test_a_view_in_place_of_the_table_is_not_run() -> None:
    import sqlite3

    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIEW Packages AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
        " SELECT n AS blob FROM c"
    )
    data = connection.serialize()
    connection.close()
    (gap,) = gaps({"var/lib/rpm/rpmdb.sqlite": data})
    assert gap.reason == "no table of packages in the database"


@pytest.mark.parametrize("length", [1 << 31, 6000])
def test_a_chain_of_pages_in_a_circle_ends(length: int) -> None:
    good = bdb_database([BIG])
    data = bytearray(good)
    data[3 * 512 + 16] = 2  # the second overflow page names the first as the next
    at = good.index(b"\x03\0\0\0\x02\0\0\0", 512)
    data[at + 8 : at + 12] = length.to_bytes(4, "little")
    (gap,) = gaps({"var/lib/rpm/Packages": bytes(data)})
    assert gap.reason == "line 1: package 1 is damaged"


def test_a_database_that_tells_a_part_of_itself_again_and_again_is_given_up() -> None:
    data = bytearray(ndb_database([BASH]))
    for at in range(48, 4096, 16):
        data[at : at + 16] = data[32:48]
    (gap,) = gaps({"var/lib/rpm/Packages.db": bytes(data)})
    assert gap.reason == "the database tells the same part of itself twice"


@given(st.sampled_from(range(len(STORES))), st.lists(st.tuples(st.integers(0, 4095), st.binary(max_size=6))))
def test_no_damage_raises(store: int, damages: list[tuple[int, bytes]]) -> None:
    own = bytearray(STORES[store][1])
    for at, other in damages:
        own[at : at + len(other)] = other
    for one in components({"var/lib/rpm/Packages": bytes(own)}):
        assert one.name
