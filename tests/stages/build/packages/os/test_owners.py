"""Which package of the system a file belongs to."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.os.owners import owned, place, tells
from secloop.stages.build.packages.os.rpm_header import files_of
from stages.build.packages.rpm_building import sqlite_database

LISTS = {
    "var/lib/dpkg/info/python3-flask.list": b"/.\n/usr\n/usr/lib/python3/flask/METADATA\n",
    "var/lib/dpkg/info/libc6:amd64.list": b"/lib/x86_64-linux-gnu/libc.so.6\n",
    "var/lib/dpkg/status.d/base.md5sums": b"0123  usr/share/doc/base\n",
    "lib/apk/db/installed": b"P:py3-flask\nF:usr/lib/python3\nR:METADATA\n\nP:musl\nF:lib\nR:ld-musl.so.1\n",
}


def rpm_header(name: str, files: list[tuple[str, str]]) -> bytes:
    """Return a header that names files as RPM does: folders once, and names with the number of their folder."""
    folders = list(dict.fromkeys(folder for folder, _ in files))
    values = [
        (1000, 6, 1, name.encode() + b"\0"),
        (1116, 4, len(files), b"".join(struct.pack(">I", folders.index(folder)) for folder, _ in files)),
        (1117, 8, len(files), b"".join(file.encode() + b"\0" for _, file in files)),
        (1118, 8, len(folders), b"".join(folder.encode() + b"\0" for folder in folders)),
    ]
    values.sort(key=lambda value: value[1])  # numbers first, so that they are aligned
    store, entries = b"", []
    for tag, kind, count, data in values:
        entries.append(struct.pack(">IIII", tag, kind, len(store), count))
        store += data
    return struct.pack(">II", len(entries), len(store)) + b"".join(entries) + store


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("var/lib/dpkg/info/python3-flask.list", ("usr/lib/python3/flask/METADATA", "python3-flask")),
        ("var/lib/dpkg/info/libc6:amd64.list", ("usr/lib/x86_64-linux-gnu/libc.so.6", "libc6")),
        ("var/lib/dpkg/status.d/base.md5sums", ("usr/share/doc/base", "base")),
        ("lib/apk/db/installed", ("usr/lib/python3/METADATA", "py3-flask")),
        ("lib/apk/db/installed", ("usr/lib/ld-musl.so.1", "musl")),
    ],
)
def test_lists_of_dpkg_and_apk_name_the_owner_of_a_file(path: str, expected: tuple[str, str]) -> None:
    assert tells(path)
    assert expected in list(owned(path, LISTS[path]))


def test_a_database_of_rpm_names_the_owner_of_a_file() -> None:
    files = [("/usr/lib/python3/", "METADATA"), ("/lib64/", "libc.so.6"), ("/usr/lib/python3/", "RECORD")]
    data = sqlite_database([rpm_header("python3-flask", files)])
    assert list(owned("usr/lib/sysimage/rpm/rpmdb.sqlite", data)) == [
        ("usr/lib/python3/METADATA", "python3-flask"),
        ("usr/lib64/libc.so.6", "python3-flask"),
        ("usr/lib/python3/RECORD", "python3-flask"),
    ]


@pytest.mark.parametrize("path", ["var/lib/dpkg/status", "app/lib/apk/db/installed", "var/lib/dpkg/info/a.postinst"])
def test_other_files_own_nothing(path: str) -> None:
    assert not tells(path)
    assert list(owned(path, b"/usr/bin/a\n")) == []


def test_merged_folders_have_one_name() -> None:
    assert place("/lib/a") == place("usr/lib/a") == place("./usr/lib/a".removeprefix("./"))
    assert place("/library/a") == "library/a"


@given(st.sampled_from([*LISTS, "var/lib/rpm/Packages", "usr/lib/sysimage/rpm/rpmdb.sqlite"]), st.binary(max_size=200))
def test_no_bytes_raise_anything_else(path: str, data: bytes) -> None:
    with suppress(UnreadableError):
        list(owned(path, data))


@given(st.binary(max_size=60), st.integers(0, 200))
def test_a_damaged_header_owns_nothing_or_less(noise: bytes, at: int) -> None:
    good = rpm_header("a", [("/usr/", "b"), ("/etc/", "c")])
    for _, file in files_of(good[:at] + noise + good[at + len(noise) :]):
        assert isinstance(file, str)
