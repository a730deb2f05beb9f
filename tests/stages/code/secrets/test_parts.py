"""What Hyperscan is asked, and that it never makes fewer candidates than the rules themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from secloop.stages.code.secrets.context import FILE_TYPES, FileContext
from secloop.stages.code.secrets.hyperscan_prefilter import HyperscanPrefilter
from secloop.stages.code.secrets.libraries import library_version
from secloop.stages.code.secrets.parts import PARTS, Part, everywhere, expression, followers, loosened, somewhere
from stages.code.secrets.kit import rules

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.stages.code.secrets.compiled import CompiledRule

CONTEXT = FileContext(path="a", type="code", noisy=False, fixture=False)


def _fits(rule: CompiledRule, type_: str, *, noisy: bool) -> bool:
    return (not rule.matcher.languages or type_ in rule.matcher.languages) and not (rule.generic and noisy)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("type_", FILE_TYPES)
def test_every_rule_that_fits_a_file_is_looked_for_in_it(type_: str, noisy: bool) -> None:
    part = Part.of(FileContext(path="a", type=type_, noisy=noisy, fixture=False))
    asked = {*everywhere(rules()), *somewhere(rules(), part), *(i for i, _ in followers(rules()))}
    assert part in PARTS
    assert {i for i, rule in enumerate(rules()) if _fits(rule, type_, noisy=noisy)} <= asked


def test_a_noisy_file_is_not_searched_for_generic_rules() -> None:
    for part in PARTS:
        generic = [i for i in somewhere(rules(), part) if rules()[i].generic]
        assert bool(generic) is not part.noisy


def test_a_rule_that_needs_another_follows_it_and_nothing_that_follows_is_followed() -> None:
    following = dict(followers(rules()))
    assert following
    for i, needed in following.items():
        assert {rules()[n].matcher.id for n in needed} == {one.id for one in rules()[i].spec.required}
        assert not following.keys() & set(needed)


def test_a_rule_without_a_literal_in_its_regex_is_looked_for_by_its_keywords() -> None:
    by_keyword = [rule for rule in rules() if expression(rule) != loosened(rule.regex_bytes)]
    assert by_keyword
    for rule in by_keyword:
        asked = re.compile(expression(rule))
        assert all(asked.search(word.upper()) for word in rule.keywords)


def test_a_rule_that_hyperscan_refuses_is_looked_for_by_its_keywords(tmp_path: Path) -> None:
    (rule,) = (one for one in rules() if one.rule_id == "github-token.classic")
    refused = msgspec.structs.replace(rule, spec=msgspec.structs.replace(rule.spec, regex=r"(?:a$|b)+c"))
    for _ in range(2):
        prefilter = HyperscanPrefilter([rule, refused], tmp_path)
        assert prefilter.candidates(b"x GHP_ x", CONTEXT) == [1]
        assert prefilter.candidates(b"x bbc x", CONTEXT) == []


@pytest.mark.parametrize(
    ("regex", "looser"),
    [
        (rb"a{4,200}", rb"a{4,}"),
        (rb"a{4,19}b{3}", rb"a{4,19}b{3}"),
        (rb"[{4,200}]\{4,200}", rb"[{4,200}]\{4,200}"),
        (rb"\Qa{4,200}\E", rb"\Qa{4,200}\E"),
    ],
)
def test_only_wide_repeats_are_loosened(regex: bytes, looser: bytes) -> None:
    assert loosened(regex) == looser


def test_a_librarys_version_is_the_one_that_its_metadata_tells() -> None:
    from importlib.metadata import version

    assert library_version("re2", "google-re2") == version("google-re2")
    assert library_version("json", "google-re2") == version("google-re2")  # not beside its metadata
