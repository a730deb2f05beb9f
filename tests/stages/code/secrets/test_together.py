"""Texts that are looked at together are those in which something is found, and maybe more."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.finding import Finding
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.together import Joined
from secloop.stages.code.secrets.context import FileContext
from secloop.stages.code.secrets.doubt import Doubt
from secloop.stages.code.secrets.hyperscan_prefilter import HyperscanPrefilter
from stages.code.secrets.kit import rules, sensor, source

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

CONTEXT = FileContext(path="a", type="code", noisy=False, fixture=False)


@cache
def _cases() -> list[SourceFile]:
    pages = builtin(prose=True).for_engine("secret")
    return [source(expand(case.text), case.file) for rule in pages for case in rule.cases]


def test_every_case_in_which_something_is_found_is_suspect_among_all_others() -> None:
    suspects = sensor().suspects(_cases())
    found = {n for n, file in enumerate(_cases()) if any(isinstance(one, Finding) for one in sensor().scan(file))}
    assert found <= suspects.keys()
    assert len(found) > 1000


def test_texts_without_anything_are_not_suspect() -> None:
    clean = [source(f"x = {n}\n", "a.py") for n in range(20)]
    assert sensor().suspects(clean) == {}
    assert sensor().suspects([]) == {}
    stained = [*clean, source(expand('token = "{{crc32:ghp_,30}}"'), "b.py"), *clean]
    suspects = sensor().suspects(stained)
    assert suspects.keys() == {20}
    assert suspects[20].rules
    assert not suspects[20].encoded


@pytest.mark.parametrize("text", [base64.b64encode(b"some words of a text"), b"a=%70assword%3Dx"])
def test_encoded_text_is_suspect(text: bytes) -> None:
    assert sensor().suspects([source("x\n"), source(text), source("y\n")]) == {1: Doubt(rules=())}


def test_binary_files_are_not_looked_at_and_notebooks_always() -> None:
    files = [source(b"\x00\x01" + b"x" * 50, "a.bin"), source('{"cells": []}', "a.ipynb")]
    assert sensor().suspects(files) == {1: Doubt(rules=())}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([b"", b"ab", b"\n", b"b", b"a\nb", b"xaby", b"ab\n"]), max_size=8))
def test_a_regex_with_anchors_matches_in_joined_texts_as_in_each(texts: list[bytes]) -> None:
    for prefilter in _anchored():
        each = {n for n, text in enumerate(texts) if prefilter.candidates(text, CONTEXT)}
        assert each == prefilter.suspects(texts, [CONTEXT] * len(texts)).keys()


@cache
def _anchored() -> list[HyperscanPrefilter]:
    rule = rules()[0]
    return [
        HyperscanPrefilter([msgspec.structs.replace(rule, spec=msgspec.structs.replace(rule.spec, regex=regex))], None)
        for regex in (r"^ab", r"ab$", r"\Aab", r"ab\z", r"(?-m:^ab)", r"\bab\b", r"^ab$|xa")
    ]


def test_a_match_is_placed_in_its_text() -> None:
    joined = Joined([b"ab", b"", b"cab"])
    assert list(joined.those(lambda at: joined.data.find(b"a", at))) == [0, 2]
    assert list(joined.those(lambda at: joined.data.find(b"\n", at))) == [0, 1, 2]
