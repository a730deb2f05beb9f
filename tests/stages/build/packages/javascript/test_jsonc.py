"""JSON with comments and trailing commas."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.javascript.jsonc import plain_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1,}', {"a": 1}),
        ("[1, 2, // two\n]", [1, 2]),
        ("[1, /* , ] */ ]", [1]),
        ('{"a": "//no, ]", "b": "/* no */",}', {"a": "//no, ]", "b": "/* no */"}),
        ('{"a": "\\",}"}', {"a": '",}'}),
    ],
    ids=["object", "line comment", "block comment", "in strings", "escapes"],
)
def test_comments_and_last_commas_go(text: str, value: object) -> None:
    assert json.loads(plain_json(text)) == value


@given(st.text(alphabet='"\\/*,]}{[\n a:'))
def test_every_line_stays_where_it_is(text: str) -> None:
    assert plain_json(text).count("\n") == text.count("\n")


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_plain_json_is_left_alone(value: object) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    assert json.loads(plain_json(text)) == value


def test_hostile_text_takes_linear_time() -> None:
    for text in ("," * 50_000, ",/*" * 20_000, '"' * 50_000, ",//\n" * 5_000):
        assert plain_json(text).count("\n") == text.count("\n")
