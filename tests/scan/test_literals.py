"""Literals are found the same with Hyperscan and without."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.scan.literals import Literals

if TYPE_CHECKING:
    import pytest

WORDS = (b"ab", b"a.b", b"\x00\n", b"abc", b"B")
FAST = Literals(WORDS)
SAFE_WORDS = (b"ab", b"a.b", b"abc", b"B")
SAFE = Literals(SAFE_WORDS)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*WORDS, b"a", b"b", b"\n", b"x"]), max_size=12).map(b"".join))
def test_a_literal_is_found_where_it_is(data: bytes) -> None:
    assert FAST.within(data) == [word for word in WORDS if word in data]


def test_without_hyperscan_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert Literals(WORDS).within(b"xabcx") == [b"ab", b"abc"]


def test_threads_may_look_at_once() -> None:
    data = b"x" * 100_000 + b"a.b"
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(FAST.within, [data] * 16)) == [[b"a.b"]] * 16


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"", b"ab", b"xabx", b"a", b"b", b"a.", b".b", b"\x00", b"\n"]), max_size=8))
def test_of_many_texts_those_that_hold_a_literal_are_found(texts: list[bytes]) -> None:
    holding = {n for n, text in enumerate(texts) if any(word in text for word in SAFE_WORDS)}
    assert SAFE.among(texts) == holding


def test_of_many_texts_the_same_are_found_without_hyperscan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert Literals(WORDS).among([b"", b"xabcx", b"x"]) == {1}
