"""Archives are sources of files: bounded, and what was not looked at is said."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.enums import FileClass
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.base import Settings
from secloop.scan.engine import scan
from secloop.scan.sources import MemorySource
from secloop.stages.code.secrets.decoding import archives
from secloop.stages.code.secrets.decoding.archives import Unpacked, Unpacking
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = b"key"


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _read(data: bytes, path: str = "a.zip") -> dict[str, bytes]:
    opened = Unpacking(path, data)
    assert opened.gaps == []
    out = {entry.path: entry.read() for entry in opened.entries()}
    opened.close()
    return out


def _reasons(data: bytes) -> list[tuple[str, FileClass, str]]:
    opened = Unpacking("a", data)
    opened.close()
    return [(one.file, one.outcome, one.reason) for one in opened.gaps]


@pytest.mark.parametrize(
    "pack", [_zip, _tar, *(lambda m, f=f: f.compress(_tar(m)) for f in (gzip, bz2, lzma))], ids=list("ztgbx")
)
def test_each_kind_gives_its_members_by_path(pack: Callable[[dict[str, bytes]], bytes]) -> None:
    assert _read(pack({"b/c.py": b"2", "a.py": b"1"})) == {"a.zip!/a.py": b"1", "a.zip!/b/c.py": b"2"}


def test_a_compressed_file_is_its_own_member() -> None:
    assert _read(gzip.compress(SECRET), "logs/app.log.gz") == {"logs/app.log.gz!/app.log": SECRET}


def test_archives_in_archives_are_opened_up_to_the_bound() -> None:
    inner = _zip({"x": SECRET})
    assert _read(_tar({"m.whl": _zip({"l.jar": inner})})) == {"a.zip!/m.whl!/l.jar!/x": SECRET}
    assert _reasons(_zip({"k": _tar({"m": _zip({"l": inner})})})) == [
        ("a!/k!/m!/l", FileClass.LIMITED, "an archive in more than 2 others")
    ]


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "etc/./x", "..\\etc\\x"])
def test_a_member_s_path_leads_nowhere_else(name: str) -> None:
    assert set(_read(_zip({name: b""}))) == {"a.zip!/etc/x"}


def test_a_name_given_twice_is_two_members() -> None:
    assert _read(_tar({"x": b"1", "./x": b"2"})) == {"a.zip!/x": b"1", "a.zip!/x#2": b"2"}


def test_links_and_devices_are_counted() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("device", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    opened = Unpacking("a", out.getvalue())
    assert list(opened.entries()) == []
    assert opened.excluded == {"symlink": 1, "special file": 1}
    opened.close()


@pytest.mark.parametrize("pack", [_zip, lambda m: gzip.compress(_tar(m))], ids=["zip", "tgz"])
def test_a_bomb_is_stopped(pack: Callable[[dict[str, bytes]], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_FREE", 1 << 20)
    bomb = pack({str(n): bytes(1 << 20) for n in range(8)})
    [(path, outcome, reason)] = _reasons(bomb)
    assert (path, outcome) == ("a", FileClass.LIMITED)
    assert "200 times its size" in reason


def test_a_large_member_and_many_members_are_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBER", 1 << 20)
    assert _reasons(_zip({"x": bytes(2 << 20)})) == [("a!/x", FileClass.LIMITED, "larger than 1 MB")]
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    assert [outcome for _, outcome, _ in _reasons(_tar(dict.fromkeys("abcd", b"")))] == [FileClass.LIMITED]


def test_an_encrypted_member_is_a_gap() -> None:
    data = bytearray(_zip({"x": SECRET}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert _reasons(bytes(data)) == [("a!/x", FileClass.FAILED, "encrypted")]


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04", gzip.compress(bytes(100), mtime=0)[:-9], b"BZh9", b"\xfd7zXZ\x00"],
    ids=["zip", "gzip", "bzip2", "xz"],
)
def test_a_broken_archive_is_a_gap(data: bytes) -> None:
    assert [(path, outcome) for path, outcome, _ in _reasons(data)] == [("a", FileClass.FAILED)]


@given(
    st.sampled_from([_zip({"a": b"1" * 50}), _tar({"a": b"1"}), gzip.compress(_tar({"a": b"1"}))]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
)
def test_damage_ends_as_members_or_gaps(data: bytes, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(data)
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    opened = Unpacking("a", bytes(damaged))
    assert all(entry.path.startswith("a!/") for entry in opened.entries())
    opened.close()


def test_a_scan_names_the_member_and_only_opens_what_it_is_told_to() -> None:
    wheel = _zip({"app/settings.yaml": expand("token: {{crc32:ghp_,30}}\n").encode()})
    files = {"dist/app.whl": wheel, "dist/other.whl": wheel, "readme.md": b"x\n"}
    source = Unpacked(MemorySource(files), ["dist/app.whl"])
    result = scan(source, [SecretsSensor()], Settings(root="/nowhere"), builtin(), jobs=1)
    source.close()
    assert [(one.rule, getattr(one.place, "file", "")) for one in result.findings] == [
        ("github-token.classic", "dist/app.whl!/app/settings.yaml")
    ]
