"""Blocks read as JSON say what TOML says, or nothing."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.toml_blocks import pairs

LOCKED = """
name = "one"
version = "1.2"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "two", marker = "python_full_version < '3.11' and extra = 'x'" },
    { name = "three", extra = ["a", "b"] },
]
sdist = { url = "https://files.example/one.tar.gz", hash = "sha256:00", size = 12 }
optional = false
empty = []

"""
UNUSUAL = [
    "\nname = 'one'\n",
    '\nname = "a\\tb"\n',
    '\nname = """a"""\n',
    '\nname = "a" # why\n',
    "\nsize = 1_000\n",
    '\nname = "a"\n\n[package.metadata]\nkey = "b"\n',
    '\nname = "a"\nname = "b"\n',
    '\nname = "a", version = "b"\n',
    '\na.b = "c"\n',
    '\nname = "a\n',
    "",
]
PARTS = st.sampled_from(
    [
        '"',
        "\n",
        "name",
        " = ",
        "{ ",
        " }",
        "[",
        "]",
        ",",
        "\n    ",
        '"a"',
        "1",
        "true",
        "'",
        "#",
        "\\",
        "0x1",
        ".",
        "1.0",
    ]
)


def _toml(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError):
        return None


def test_a_block_as_machines_write_it_is_read() -> None:
    found = pairs(LOCKED)

    assert found is not None
    assert found == _toml(LOCKED)


@pytest.mark.parametrize("text", UNUSUAL)
def test_what_differs_between_the_languages_is_left(text: str) -> None:
    assert pairs(text) is None


@given(st.lists(PARTS, max_size=40).map("".join))
def test_what_is_read_is_what_toml_reads(text: str) -> None:
    found, expected = pairs("\n" + text), _toml("\n" + text)

    assert found is None or expected is None or found == expected
