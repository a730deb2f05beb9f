"""A lazy pattern is compiled when it is first used, and then is as good as a compiled one."""

from __future__ import annotations

import re

import pytest

from secloop.model.regex import lazy


def test_a_lazy_pattern_has_the_methods_and_attributes_of_a_compiled_one() -> None:
    pattern, compiled = lazy(r"(?P<word>\w+)-", re.IGNORECASE), re.compile(r"(?P<word>\w+)-", re.IGNORECASE)
    assert [match.span() for match in pattern.finditer("a-b-c")] == [(0, 2), (2, 4)]
    assert (pattern.pattern, pattern.flags, pattern.groupindex) == (
        compiled.pattern,
        compiled.flags,
        compiled.groupindex,
    )
    assert pattern.sub("", "a-b-c") == "c"
    assert pattern.search("-") is None


def test_a_lazy_pattern_is_compiled_once_and_not_before_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    compile_ = re.compile

    def counting(pattern: str, flags: int = 0) -> re.Pattern[str]:
        calls.append(pattern)
        return compile_(pattern, flags)

    monkeypatch.setattr(re, "compile", counting)
    pattern = lazy("a+")
    assert calls == []
    assert pattern.search("caat")
    assert pattern.fullmatch("aa")
    assert pattern.search("caat")
    assert calls == ["a+"]


def test_a_wrong_pattern_says_so_when_it_is_used() -> None:
    pattern = lazy("(")
    with pytest.raises(re.error, match="unterminated"):
        pattern.search("")
