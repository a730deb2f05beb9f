"""Untrusted text stays on its line and in its columns."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from secloop.interop.base import json_bytes
from secloop.interop.text import columns, fit, fit_path, lines, visible, wrap

ANY = st.text(alphabet=st.characters(exclude_categories=[]))


@given(ANY)
def test_visible_text_has_no_control_bidirectional_or_broken_character(text: str) -> None:
    shown = visible(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", shown)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert visible(shown) == shown


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_json_document_holds_the_same_text_without_characters_that_fool_a_viewer(text: str) -> None:
    document = json_bytes({text: [text]})
    assert json.loads(document) == {text: [text]}
    shown = document.decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", shown)


def test_a_name_that_reverses_the_text_after_it_is_escaped_in_json() -> None:
    assert b'"a\\u202egpj.exe"' in json_bytes({"file": "a\u202egpj.exe"})


@given(ANY, st.integers(2, 60))
def test_fitted_text_never_takes_more_columns(text: str, width: int) -> None:
    assert columns(fit(visible(text), width)) <= width
    assert columns(fit_path(visible(text), width)) <= width


@given(st.text(alphabet="ab 日\u0301"), st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    found = wrap(text, width)
    assert all(columns(line) <= width for line in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_wide_and_combining_characters_are_measured_as_terminals_do() -> None:
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
    assert fit("日本語", 5) == "日本…"


def test_a_path_loses_its_start() -> None:
    assert fit_path("src/secloop/interop/text.py", 16) == "…interop/text.py"
    assert fit_path("a.py", 16) == "a.py"


def test_line_ends_of_a_text_are_kept_and_escapes_are_not() -> None:
    assert lines("a\r\nb\x1b[0m\tc") == "a\nb\\x1b[0m    c"
