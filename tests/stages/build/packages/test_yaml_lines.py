"""YAML read line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.yaml_lines import Entry, entries


def _read(text: str) -> list[tuple[str, str, str]]:
    return [("/".join(one.path), one.value, one.comment) for one in entries(text) if one.value]


def test_keys_lists_comments_and_quotes() -> None:
    text = """a:
  b: 1 # one
  "c d": 'it''s' # two
list:
- x: "y # no"   # yes
  z: w#x
- plain
-   - deep: 1
other: &anchor value
flow: { k: v, "l": m }
"""
    assert _read(text) == [
        ("a/b", "1", "one"),
        ("a/c d", "it's", "two"),
        ("list/-/x", "y # no", "yes"),
        ("list/-/z", "w#x", ""),
        ("list/-", "plain", ""),
        ("list/-/-/deep", "1", ""),
        ("other", "value", ""),
        ("flow", '{ k: v, "l": m }', ""),
        ("flow/k", "v", ""),
    ]


def test_block_text_is_passed_over() -> None:
    text = "steps:\n  - run: |\n      uses: not/this@v1\n\n      more: text\n    name: x\n  - run: >-\n      a: b\n"
    text += "  - uses: it@v1\n"
    assert _read(text) == [("steps/-/name", "x", ""), ("steps/-/uses", "it@v1", "")]


def test_a_new_document_starts_at_the_top() -> None:
    assert _read("a:\n  b:\n    c: 1\n---\nd: 2\n") == [("a/b/c", "1", ""), ("d", "2", "")]


def test_template_lines_are_no_keys() -> None:
    assert _read("a:\n  {{- if .x }}\n  b: {{ .y }}\n  {{- end }}\n  c: 1\n")[-1] == ("a/c", "1", "")


def test_lines_count_from_one() -> None:
    assert list(entries("\n# no\na: 1\n")) == [Entry(3, ("a",), "1", "")]


@pytest.mark.parametrize(
    "text",
    ["- " * 5000 + "a: 1", "\n".join(" " * n + "a:" for n in range(1500)), "a: " + "#" * 50_000, "a: " + "'" * 50_000],
)
def test_hostile_text_is_read_in_bounds(text: str) -> None:
    assert all(len(one.path) <= 70 for one in entries(text))


@given(st.text(alphabet="ab:- #'\"{}|>\n&!*,"))
def test_no_text_raises(text: str) -> None:
    assert all(one.line >= 1 and one.path for one in entries(text))
