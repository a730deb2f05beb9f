"""Bun's binary lock, written here as Bun writes it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from secloop.stages.build.packages.javascript.bun_binary import HEADER
from stages.build.reading import component, components, gaps

NORMAL, OPTIONAL, DEV, PEER = 2, 4, 8, 16
ROOT, NPM, GITHUB, WORKSPACE, REMOTE = 1, 2, 16, 72, 80


class Lock:
    """A lock under construction: packages in order, package 0 the project."""

    def __init__(self) -> None:
        self.strings = b""
        self.rows: list[tuple[bytes, bytes, bytes, bytes, bytes]] = []
        self.dependencies: list[bytes] = []
        self.resolutions: list[int] = []

    def text(self, text: str) -> bytes:
        """Return the 8 bytes of a string: itself where it fits, else its place."""
        raw = text.encode()
        if len(raw) <= 8:
            return raw.ljust(8, b"\0")
        at = len(self.strings)
        self.strings += raw
        return struct.pack("<II", at, len(raw) | 1 << 31)

    def version(self, version: str, url: str = "") -> bytes:
        """Return a resolution of the registry."""
        numbers, _, before = version.partition("-")
        parts = struct.pack("<III4x", *map(int, numbers.split(".")))
        return self.text(url) + parts + self.text(before) + bytes(8) + bytes(16)

    def add(
        self, name: str, kind: int, value: bytes, needs: tuple[tuple[int, str, int], ...] = (), *, script: int = 1
    ) -> None:
        """Add a package; `needs` are package, wish and behaviour."""
        place = struct.pack("<II", len(self.dependencies), len(needs))
        for package, wish, behaviour in needs:
            self.dependencies.append(bytes(16) + bytes([behaviour, 1]) + self.text(wish))
            self.resolutions.append(package)
        digest = b"\4" + b"\xab" * 64 if kind == NPM else bytes(65)
        meta = bytes(20) + digest + bytes([script, 0, 0])
        self.rows.append((self.text(name), bytes([kind]) + bytes(7) + value.ljust(56, b"\0"), place, place, meta))

    def data(self, number: int = 2) -> bytes:
        """Return the file."""
        begin = len(HEADER) + 4 + 32 + 48
        names, resolutions, slices, same, metas = (b"".join(column) for column in zip(*self.rows, strict=True))
        count = len(self.rows)
        columns = names + bytes(8 * count) + resolutions + slices + same + metas + bytes(20 * count) + bytes(48 * count)
        buffers = (
            b"",
            b"",
            struct.pack(f"<{len(self.resolutions)}I", *self.resolutions),
            b"".join(self.dependencies),
            b"",
            self.strings,
        )
        out = HEADER + struct.pack("<I", number) + bytes(32)
        end = begin + len(columns)
        out += struct.pack("<QQQQQQ", end, count, 8, 8, begin, end) + columns
        for buffer in buffers:
            start = len(out) + 16
            out += struct.pack("<QQ", start, start + len(buffer)) + buffer
        return out


def lock() -> Lock:
    """Return a lock with every kind of package."""
    made = Lock()
    made.add("shop", ROOT, b"", ((1, "", NORMAL), (2, "~2.0.0", DEV), (4, "owner/repository", OPTIONAL)))
    made.add("left", NPM, made.version("1.0.0"), ((3, "^1.2.0", NORMAL), (2, "*", OPTIONAL | PEER)), script=2)
    made.add(
        "@scope/a-long-name", NPM, made.version("2.0.0-beta.11", "https://npm.example.org/@scope/a-long-name/-/a.tgz")
    )
    made.add("deep", NPM, made.version("1.2.3"))
    made.add("gitty", GITHUB, b"".join(map(made.text, ("owner", "repository", "main", "owner-repository-0123abc"))))
    made.add("member", WORKSPACE, made.text("packages/member"), ((3, "1", NORMAL),))
    return made


FILES = {"bun.lockb": lock().data()}


def test_packages_have_their_directness_scope_and_path() -> None:
    assert {(c.name, c.version): (c.direct, c.scope, c.via) for c in components(FILES)} == {
        ("left", "1.0.0"): (True, "runtime", ()),
        ("@scope/a-long-name", "2.0.0-beta.11"): (True, "runtime", ()),
        ("deep", "1.2.3"): (True, "runtime", ()),
        ("gitty", ""): (True, "optional", ()),
    }


def test_facts_beside_the_version_are_kept() -> None:
    left = component(FILES, "left")
    assert (left.hashes, left.constraint, left.install_script) == ((f"sha512:{'ab' * 64}",), "^1.0.0", True)
    assert left.needs == ("pkg:npm/deep@1.2.3", "pkg:npm/%40scope/a-long-name@2.0.0-beta.11")
    assert component(FILES, "@scope/a-long-name").origin == "https://npm.example.org"
    assert component(FILES, "gitty").origin == "https://github.com/owner/repository#0123abc"


def test_another_format_is_refused_with_what_to_do() -> None:
    (gap,) = gaps({"bun.lockb": lock().data(3)})
    assert isinstance(gap, Skipped)
    assert "bun install --save-text-lockfile" in gap.reason


def test_beside_the_text_lock_it_is_not_read() -> None:
    assert not gaps({"bun.lockb": b"\0", "bun.lock": "{}"})


@pytest.mark.parametrize("length", range(0, len(FILES["bun.lockb"]), 97))
def test_a_lock_that_is_cut_off_is_a_gap(length: int) -> None:
    assert [type(one) for one in gaps({"bun.lockb": FILES["bun.lockb"][:length]})] == [Skipped]


@given(st.lists(st.tuples(st.integers(42, len(FILES["bun.lockb"])), st.binary(min_size=1, max_size=8)), max_size=4))
def test_no_damage_raises(damages: list[tuple[int, bytes]]) -> None:
    data = bytearray(FILES["bun.lockb"])
    for at, damage in damages:
        data[at : at + len(damage)] = damage
    components({"bun.lockb": bytes(data)})
