"""Strict YAML: what it refuses, and that it keeps lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UsageError
from secloop.policy import yamlfile


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x\n", "f:1: anchors and aliases"),
        ("a: 1\nb: *x\n", "f:2: "),
        ("a: !!python/object:os.system x\n", "f:1: tags are not allowed"),
        ("a: 1\na: 2\n", 'f:2: key "a" is there twice'),
        ("[" * 100, "f:1: nested deeper than 32"),
        ("- " * 5000 + "x", "nested deeper"),
        ("a: 1\n\tb: 2\n", "f:2: not valid YAML"),
        ("a: \x00\n", "not valid YAML"),
        ("? [a]\n: b\n", "f:1: a key must be a plain word"),
        ("a:\n  b: 1" + ":1" * 500_000, "f:2: a number of over 64 characters"),
        ("a: 1" + ":1" * 500_000 + ".5", "f:1: a number of over 64 characters"),
        ("a: 0x" + "f" * 1_000_000, "f:1: a number of over 64 characters"),
        ("- a\n" * 300_000, "more than 200000 values"),
    ],
)
def test_it_refuses_with_a_place(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        yamlfile.parse(text, "f")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_scalars_are_plain_and_dates_stay_text() -> None:
    document = yamlfile.parse("a: 2026-01-31\nb: 3\nc: 1.5\nd: true\ne: ~\nf: x\ng: '3'\n", "f")[0]
    assert document.value == {"a": "2026-01-31", "b": 3, "c": 1.5, "d": True, "e": None, "f": "x", "g": "3"}


def test_lines_are_those_of_the_file_in_every_document() -> None:
    first, second = yamlfile.parse("a: 1\n---\n# c\nb:\n  - x\n  - y: 1\n", "f")
    assert (first.line(("a",)), second.line(("b", 1, "y")), second.line(("b", 7, "q"))) == (1, 6, 4)


def test_an_empty_text_holds_nothing() -> None:
    assert yamlfile.parse("# only a comment\n---\n", "f") == []


words = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | words,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(words, v, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(words, values, min_size=1))
def test_json_reads_as_itself(value: dict[str, Any]) -> None:
    assert yamlfile.parse(json.dumps(value, ensure_ascii=False), "f")[0].value == value


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    message = ""
    try:
        yamlfile.parse(text, "f")
    except UsageError as error:
        message = str(error)
    assert "\n" not in message
