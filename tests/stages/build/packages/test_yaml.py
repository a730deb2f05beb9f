"""YAML with lines: text stays text, nothing grows or loops."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.yaml import MAX_DEPTH, parse_yaml


def test_scalars_stay_what_was_written() -> None:
    assert parse_yaml("a: 1.10\nb: yes\nc: '2'\nd:\n") == {"a": "1.10", "b": "yes", "c": "2", "d": ""}


def test_keys_and_entries_know_their_lines() -> None:
    document = parse_yaml("# top\npackages:\n  zlib:\n    - one\n\n    - two\n")
    assert document.line("packages") == 2
    assert document["packages"].line("zlib") == 3
    assert document["packages"]["zlib"].lines == [4, 6]
    assert document.line("nothing") == 1


def test_an_alias_is_the_value_of_its_anchor_and_a_merge_fills_gaps() -> None:
    document = parse_yaml("base: &base {a: x, b: y}\nuse: *base\nmore:\n  <<: *base\n  b: z\n")
    assert document["use"] == {"a": "x", "b": "y"}
    assert document["more"] == {"a": "x", "b": "z"}


def test_an_anchor_cannot_hold_itself() -> None:
    assert parse_yaml("a: &a [*a]\n") == {"a": [""]}


def test_a_lists_of_lists_bomb_stays_small() -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert len(parse_yaml("\n".join(rows))) == 60


@pytest.mark.parametrize(
    "text",
    ["- a\n", "just text", "a: [", "a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "\x00"],
    ids=["list", "text", "open", "deep", "nul"],
)
def test_what_is_no_mapping_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError):
        parse_yaml(text)


def test_an_empty_document_is_an_empty_table() -> None:
    assert parse_yaml("# nothing\n") == {}


@given(st.text(alphabet="ab:-[]{}&*<! \n'\"#|>?,%", max_size=60))
def test_any_text_is_read_or_unreadable(text: str) -> None:
    with suppress(UnreadableError):
        assert isinstance(parse_yaml(text), dict)
