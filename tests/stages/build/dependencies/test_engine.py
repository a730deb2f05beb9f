"""The advisory engine and its page."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from secloop.loop.pagetests import run_page
from secloop.rules.base import Engine, RuleSet
from secloop.stages.build.dependencies.engine import AdvisoryEngine, matchers_by_ecosystem
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from stages.build.dependencies.pages import page


def test_the_engine_is_one() -> None:
    assert isinstance(AdvisoryEngine(), Engine)


def test_the_page_is_valid_and_covers_every_ecosystem_once() -> None:
    assert AdvisoryEngine().validate(page()) == []
    named = [ecosystem for matcher in page().matchers for ecosystem in matcher.match["ecosystems"]]
    assert len(named) == len(set(named))
    assert sorted(matchers_by_ecosystem(RuleSet([page()]))) == sorted(named)
    assert {"Go", "PyPI", "npm", "crates.io", "Maven", "Debian"} <= set(named)


@pytest.mark.parametrize(
    ("match", "problem"),
    [
        ({"ecosystems": ["Rust"]}, "'Rust' is none of AlmaLinux, "),
        ({"ecosystems": []}, "is a list of names"),
        ({"ecosystems": "npm"}, "is a list of names"),
        ({"ecosystem": ["npm"]}, "exactly one key"),
        ("npm", "exactly one key"),
    ],
)
def test_a_wrong_match_is_told_in_one_line(match: Any, problem: str) -> None:
    (first, *_) = page().matchers
    wrong = msgspec.structs.replace(page(), matchers=(msgspec.structs.replace(first, match=match),))
    (line,) = AdvisoryEngine().validate(wrong)
    assert line.startswith("matcher pypi: ")
    assert problem in line


def test_every_example_of_the_page_holds() -> None:
    assert run_page(page(), [DependenciesSensor()]).lines() == ()
