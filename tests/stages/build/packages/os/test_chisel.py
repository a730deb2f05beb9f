"""Chisel's manifest."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, gaps, observations, pins

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = "var/lib/chisel/manifest.wall"
ROWS = [
    {"jsonwall": "1.0", "schema": "1.0", "count": 4},
    {"kind": "content", "slice": "libc6_libs", "path": "/lib/libc.so.6"},
    {"kind": "package", "name": "libc6", "version": "2.39-0ubuntu8.4", "sha256": "ab" * 32, "arch": "amd64"},
    {"kind": "slice", "name": "libc6_libs"},
]
LINES = "\n".join(json.dumps(row, separators=(",", ":")) for row in ROWS).encode()


def _plain(data: bytes) -> bytes:
    return data


@pytest.mark.parametrize("pack", [_plain, zstd.compress], ids=["plain", "zstd"])
def test_packages_are_read_of_the_release_that_the_image_names(pack: Callable[[bytes], bytes]) -> None:
    files: dict[str, str | bytes] = {PATH: pack(LINES), "etc/os-release": "ID=ubuntu\nVERSION_ID=24.04\n"}
    found = component(files, "libc6")
    assert found.purl == "pkg:deb/ubuntu/libc6@2.39-0ubuntu8.4?arch=amd64&distro=ubuntu-24.04"
    assert found.hashes == (f"sha256:{'ab' * 32}",)


def test_a_broken_line_costs_itself_only() -> None:
    (gap,) = gaps({PATH: LINES + b"\n{"})
    assert gap.reason == "line 5: not valid JSON"
    assert pins({PATH: LINES + b"\n{"}) == {"libc6": "2.39-0ubuntu8.4"}


@pytest.mark.parametrize("data", [b"", b"text", zstd.compress(LINES)[:-9], zstd.compress(b"text")])
def test_what_is_no_manifest_is_a_gap(data: bytes) -> None:
    (gap,) = gaps({PATH: data})
    assert gap.reason


@given(st.binary(max_size=40), st.sampled_from([b"", LINES, zstd.compress(LINES)]))
def test_no_bytes_raise(other: bytes, start: bytes) -> None:
    assert len(observations({PATH: start + other})) <= 2
