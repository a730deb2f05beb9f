"""The smaller regex finds what the regex itself finds: the same matches, with the same groups."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.stages.code.secrets.compiled import pattern
from secloop.stages.code.secrets.spans import Searcher, Span, loosen
from stages.code.secrets.kit import rules

CASES = "\n\n".join(
    expand(case.text) for rule in builtin(prose=True).for_engine("secret") for case in rule.cases
).encode()

REGEXES = [
    rb"(?i)(?P<key>[\w.-]{0,30}?(?:pass|key))\s{0,5}[=:]\s?([^\s\"]{4,30})",
    rb"a{2,20}?b?(c{0,25})",
    rb"((?:ab|a){1,40})(b{0,20}|c)",
    rb"(?:a{0,20}b){1,3}c",  # the inner repeat is in one that repeats
    rb"(?:x(a{1,22})?){0,30}y",
    rb"\bab{0,21}\b|[]a]{3,25}(?i)C{1,30}",
    rb"[[:alpha:]]{1,20}\.(?-i:a|b{0,20})\x61{1,20}",
    rb"(a|b{0,20})*c",
    rb"(?m)^[ab]{0,25}$",
    rb"\Qa{0,30}\E|b{0,30}",
]

PIECES = [
    *b"a aa b ab c C x y . pass = aaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccccc".split(),
    b" ",
    b"\n",
]


def _exactly(regex: bytes, data: bytes) -> list[tuple[Span, ...]]:
    """Return the matches of the regex itself, each once: the binding tells some empty matches twice."""
    compiled = pattern(regex)
    spans = (tuple(match.span(n) for n in range(compiled.groups + 1)) for match in compiled.finditer(data))
    return list(dict.fromkeys(spans))


@pytest.mark.parametrize("regex", REGEXES, ids=range(len(REGEXES)))
@settings(max_examples=150, deadline=None)
@given(data=st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))
def test_matches_and_groups_are_those_of_the_regex(regex: bytes, data: bytes) -> None:
    searcher = Searcher(regex, pattern)
    assert list(searcher.spans(data)) == _exactly(regex, data)


@pytest.mark.parametrize("length", [0, 1, 25, 26, 40])
def test_an_empty_match_at_the_very_end_is_told_once(length: int) -> None:
    spans = list(Searcher(rb"(?m)^[ab]{0,25}$", pattern).spans(b"a" * length + b"\n"))
    assert spans.count(((length + 1, length + 1),)) == 1
    assert len(spans) == (2 if length <= 25 else 1)


def test_every_rule_finds_in_all_cases_what_its_own_regex_finds() -> None:
    for rule in rules():
        searcher = rule.searcher
        assert (searcher.groups, searcher.names) == (rule.regex.groups, dict(rule.regex.groupindex)), rule.rule_id
        assert list(searcher.spans(CASES)) == _exactly(rule.regex_bytes, CASES), rule.rule_id


def test_a_match_beyond_a_bound_is_left_to_the_regex_and_the_search_goes_on() -> None:
    regex = rb"k=([a-z]{2,20})(;|$)"
    data = b"k=ab; k=" + b"c" * 21 + b"; k=" + b"d" * 20 + b"; k=ef"
    assert list(Searcher(regex, pattern).spans(data)) == _exactly(regex, data)
    assert len(_exactly(regex, data)) == 3


def test_wide_repeats_lose_their_bound_and_groups_keep_their_numbers() -> None:
    loose = loosen(rb"(?i)(?P<key>\w{0,40}?key)=([^ ]{8,500})[a-f]{0,4}")
    assert loose.regex == rb"(?i)(?P<key>(\w{0,}?)key)=(([^ ]{8,}))[a-f]{0,4}"
    assert loose.groups == (0, 1, 3)
    assert loose.names == {b"key": 1}
    assert loose.bounds == ((2, 40), (4, 500))


@pytest.mark.parametrize(
    "regex", [rb"\Qa{0,30}\E", rb"(?:a{0,30}b)*", rb"[{0,30}]", rb"\{0,30}", rb"a{30}", rb"a{30,}"]
)
def test_what_cannot_be_told_keeps_its_bound(regex: bytes) -> None:
    assert loosen(regex).regex == regex
    assert loosen(regex).bounds == ()


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read(regex: bytes) -> None:
    assert loosen(regex).groups[0] == 0
