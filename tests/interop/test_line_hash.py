"""GitHub's line hash. Expected values were computed with the reference, github/codeql-action's src/fingerprints.ts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.interop.line_hash import line_hashes

CASES = {
    "empty file": (b"", ["c129715d7a2bc9a3:1"]),
    "every line end": (
        b"import os\r\n\tkey = os.environ\r\rif key:\n  print( 'ok' )\n",
        ["29b6e3e639c906cd:1", "e208c0ec090c405e:1", "2f779783425f2dd:1", "75a468598a5b8787:1", "835b1c03b96a14a3:1",
         "c129715d7a2bc9a3:1"],
    ),
    "lines that differ only in what follows": (
        b"ab\nab\nab\nab",
        ["810f74ace5706f51:1", "db7334d84dfb7250:1", "a67181c4874b4373:1", "952bb1cc6d22bdaa:1"],
    ),
    "byte order mark and pairs of UTF-16 units": (
        "\ufeffna\u00efve caf\u00e9 \u65e5\u672c\u8a9e \U0001f680\n# \U0001f680\n".encode(),
        ["d58e834ad0f8e822:1", "572578b2a78ad6c9:1", "c129715d7a2bc9a3:1"],
    ),
    "bytes that are not UTF-8": (
        b"x = '\xff\xc3('\ny\n",
        ["ad74fd8687111fd5:1", "c33be7e0cf7c3ca:1", "c129715d7a2bc9a3:1"],
    ),
    "lines longer than the window, and blank ones": (
        (b"0123456789" * 30 + b"\n") * 3 + b" \t \n\n",
        ["ed0a226092525cfa:1", "ed0a226092525cfa:2", "ed0a226092525cfa:3", "5b5d4caf73a13177:1", "3c5bef55b72b93c9:1",
         "c129715d7a2bc9a3:1"],
    ),
    "a space between CR and LF": (
        b"a\r \nb\r\n\r\nc",
        ["c52f781a43dbc195:1", "73409ca04f7d2c2e:1", "b0367d257df6d03c:1", "1c206f60a702cfe8:1", "188ff2f224477a1e:1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_hashes_are_those_of_the_reference(case: str) -> None:
    data, expected = CASES[case]
    assert list(line_hashes(data, range(1, len(expected) + 3)).values()) == expected


def test_asking_for_one_line_gives_the_same_as_asking_for_all() -> None:
    data = b"same\n" * 300
    every = line_hashes(data, range(1, 301))
    assert line_hashes(data, [150]) == {150: every[150]}
    assert every[150].endswith(":150")


def test_a_line_behind_the_end_has_no_hash() -> None:
    assert line_hashes(b"one\n", [9]) == {}
    assert line_hashes(b"one\n", []) == {}


@given(st.binary(max_size=300), st.sampled_from([b" ", b"\t", b"  \t"]))
def test_spaces_do_not_change_a_hash(data: bytes, space: bytes) -> None:
    lines = [line.rstrip(b"\r") for line in data.decode("latin-1").encode().split(b"\n")]
    spaced = b"\n".join(space + line + space for line in lines)
    wanted = range(1, 400)
    assert line_hashes(b"\n".join(lines), wanted) == line_hashes(spaced, wanted)
