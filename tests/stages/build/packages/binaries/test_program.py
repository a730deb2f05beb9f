"""Programs that say what they were built from."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.scan.base import FileMeta, Flag
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.packages.binaries.objects import is_program
from stages.build.packages.binary_building import BASE, HEAD, elf, fat, macho, pe
from stages.build.reading import component, components, gaps, observations, pins

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = """path\texample.com/shop/cmd
mod\texample.com/shop\t(devel)
dep\texample.com/a\tv1.0.0\th1:abc=
dep\texample.com/old\tv0.1.0
=>\texample.com/new\tv0.2.0\th1:def=
build\t-ldflags="-s -X example.com/other.version=9.9.9 -X main.version=1.4.2"
build\tvcs.revision=0123
"""
FRAME = bytes(range(16))
FOUND = {"example.com/shop": "v1.4.2", "stdlib": "1.22.1", "example.com/a": "v1.0.0", "example.com/new": "v0.2.0"}

CRATES = {
    "packages": [
        {"name": "shop", "version": "0.1.0", "source": "local", "dependencies": [1, 2], "root": True},
        {"name": "serde", "version": "1.0.1", "source": "crates.io", "dependencies": [3]},
        {"name": "cc", "version": "1.0.2", "source": "crates.io", "kind": "build"},
        {"name": "itoa", "version": "1.0.3", "source": "git"},
    ]
}


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def inline(version: str = "go1.22.1", modules: str = MODULES) -> bytes:
    """Return the build information of Go 1.18 and later."""
    text = FRAME + modules.encode() + FRAME
    head = b"\xff Go buildinf:" + bytes([8, 2])
    return head.ljust(32, b"\0") + varint(len(version)) + version.encode() + varint(len(text)) + text


def pointed(*, size: int = 8, order: str = "<") -> bytes:
    """Return the build information of Go before 1.18, two pointers to two strings, for the first section."""
    version, text = b"go1.22.1", FRAME + MODULES.encode() + FRAME
    kind = {4: "I", 8: "Q"}[size]
    start = BASE + HEAD
    strings = 64 + 4 * size
    head = b"\xff Go buildinf:" + bytes([size, 1 if order == ">" else 0])
    head += struct.pack(f"{order}2{kind}", start + 64, start + 64 + 2 * size)
    headers = (start + strings, len(version), start + strings + len(version), len(text))
    return head.ljust(64, b"\0") + struct.pack(f"{order}4{kind}", *headers) + version + text


@pytest.mark.parametrize(
    "program",
    [
        elf([(".text", b"x"), (".go.buildinfo", inline())]),
        elf([(".text", b"\xff Go buildinf:"), (".data", inline())]),
        elf([(".go.buildinfo", inline())], order=">"),
        elf([(".go.buildinfo", pointed())]),
        elf([(".go.buildinfo", pointed(size=4, order=">"))], order=">", wide=False),
        pe([(".data", pointed())]),
        pe([(".text", b"x"), (".data", inline())]),
        macho([("__go_buildinfo", inline())]),
        macho([("__go_buildinfo", pointed(order=">"))], order=">"),
        fat([macho([("__text", b"x")]), macho([("__go_buildinfo", inline())])]),
    ],
    ids=["elf", "elf without the section", "elf big-endian", "elf with pointers", "elf 32 bits", "pe with pointers",
         "pe", "macho", "macho big-endian with pointers", "fat"],
)  # fmt: skip
def test_modules_of_a_go_program_are_read(program: bytes) -> None:
    assert pins({"usr/bin/shop": program}) == FOUND
    assert gaps({"usr/bin/shop": program}) == []


def test_the_main_module_of_a_go_program_needs_the_others() -> None:
    files = {"shop": elf([(".go.buildinfo", inline())])}
    main, other = component(files, "example.com/shop"), component(files, "example.com/a")
    assert main.purl == "pkg:golang/example.com/shop@v1.4.2"
    assert (main.direct, len(main.needs)) == (True, 3)
    assert (other.direct, other.via) == (False, ("example.com/shop",))


@pytest.mark.parametrize(
    ("version", "expected"),
    [("go1.21.0 X:boringcrypto", "1.21.0"), ("devel go1.23-0a1b2c", ""), ("go1.22rc1", "1.22rc1")],
)
def test_the_version_of_go_is_told_without_its_experiments(version: str, expected: str) -> None:
    assert pins({"a": elf([(".go.buildinfo", inline(version, ""))])}) == {"stdlib": expected}


@pytest.mark.parametrize("build", [elf, pe, macho])
def test_crates_of_an_auditable_program_are_read(build: Callable[[list[tuple[str, bytes]]], bytes]) -> None:
    files = {"bin/shop": build([(".text", b"x"), (".dep-v0", zlib.compress(json.dumps(CRATES).encode()))])}
    assert pins(files) == {"shop": "0.1.0", "serde": "1.0.1", "cc": "1.0.2", "itoa": "1.0.3"}
    itoa, cc = component(files, "itoa"), component(files, "cc")
    assert (itoa.purl, itoa.via, itoa.origin) == ("pkg:cargo/itoa@1.0.3", ("shop", "serde"), "git")
    assert (cc.scope, component(files, "shop").direct) == ("build", True)


@pytest.mark.parametrize("listed", [b"no zlib", zlib.compress(b"[]"), zlib.compress(b" " * (9 << 20))])
def test_a_damaged_list_of_crates_is_a_gap(listed: bytes) -> None:
    (gap,) = gaps({"a": elf([(".dep-v0", listed)])})
    assert gap.reason


def test_a_program_that_says_nothing_has_no_components_and_no_gap() -> None:
    assert observations({"a": elf([(".text", b"x")]), "b": b"MZ\0\0", "c": b"\x7fELF"}) == []


def test_a_java_class_is_no_program() -> None:
    assert not is_program(b"\xca\xfe\xba\xbe\0\0\0\x37")
    assert is_program(b"\xca\xfe\xba\xbe\0\0\0\x02")


def test_programs_are_wanted_by_their_head_and_huge_ones_only_when_they_look_like_go() -> None:
    wants = DependenciesSensor().wants
    binary = frozenset({Flag.BINARY})
    assert wants(FileMeta(path="bin/a", size=100, head=b"\x7fELF\x02\0", flags=binary))
    assert not wants(FileMeta(path="bin/a", size=100, head=b"\x89PNG\0", flags=binary))
    assert not wants(FileMeta(path="bin/a", size=1 << 30, head=b"\x7fELF\x02\0", flags=binary))
    assert wants(FileMeta(path="bin/a", size=1 << 30, head=b"\x7fELF\x02\0Go\0\0", flags=binary))


SAMPLES = [
    elf([(".go.buildinfo", inline())]),
    pe([(".data", pointed())]),
    fat([macho([("__go_buildinfo", pointed())])]),
    elf([(".dep-v0", zlib.compress(json.dumps(CRATES).encode()))]),
]


@given(
    st.sampled_from(range(len(SAMPLES))),
    st.lists(st.tuples(st.integers(0, 6000), st.binary(min_size=1, max_size=8)), max_size=4),
    st.integers(0, 9000),
)
def test_no_damage_raises(which: int, damages: list[tuple[int, bytes]], end: int) -> None:
    data = bytearray(SAMPLES[which])
    for at, other in damages:
        data[at : at + len(other)] = other
    for one in components({"a": bytes(data[:end])}):
        assert one.name
