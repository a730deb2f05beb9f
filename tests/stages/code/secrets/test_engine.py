"""The engine says what is wrong with a page."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from secloop.model.errors import UsageError
from secloop.model.rule import Matcher, Rule
from secloop.rules.base import Engine, RuleSet
from secloop.rules.index import builtin
from secloop.scan.base import Settings
from secloop.stages.code.secrets.engine import SecretEngine
from secloop.stages.code.secrets.sensor import SecretsSensor


def _page(match: dict[str, Any], **other: Any) -> Rule:
    page = next(iter(builtin().for_engine("secret")))
    return msgspec.structs.replace(page, id="own", source="own.md", matchers=(Matcher(id="m", match=match, **other),))


def test_it_is_an_engine() -> None:
    assert isinstance(SecretEngine(), Engine)


def test_all_built_in_pages_are_valid() -> None:
    assert [problem for rule in builtin().for_engine("secret") for problem in SecretEngine().validate(rule)] == []


@pytest.mark.parametrize(
    ("match", "other", "part"),
    [
        ({"keywords": ["a"], "regex": "(a"}, {}, "missing )"),
        ({"keywords": ["a"], "regex": "(?<=a)b"}, {}, "invalid perl operator"),
        ({"keywords": ["a"], "regex": "a*"}, {}, "matches the empty string"),
        ({"regex": "abc"}, {}, "keywords are missing"),
        ({"keywords": ["a"], "regex": "abc", "secretGroup": 2}, {}, "secretGroup 2 does not exist"),
        ({"keywords": ["a"], "regex": "abc", "each": "(a"}, {}, "missing )"),
        ({"keywords": ["a"], "regex": "abc", "each": "a(b)(c)"}, {}, "each needs one group"),
        ({"keywords": ["a"], "regex": "abc", "each": "(b?)"}, {}, "each needs one group"),
        ({"keywords": ["a"], "regex": "abc"}, {"check": "crc"}, "check 'crc' is not one of"),
        ({"keywords": ["a"], "regex": "abc"}, {"languages": ("cobol",)}, "language 'cobol' is not one of"),
        (
            {"keywords": ["a"], "regex": "abc", "required": [{"id": "x"}]},
            {},
            "required matcher 'x' is not on this page",
        ),
        ({"keywords": ["a"], "regexp": "abc"}, {}, "unknown field `regexp`"),
        ({"keywords": ["a"]}, {}, "missing required field `regex`"),
    ],
)
def test_a_problem_is_named(match: dict[str, Any], other: dict[str, Any], part: str) -> None:
    problems = SecretEngine().validate(_page(match, **other))
    assert any(part in problem for problem in problems), problems
    assert all(problem.startswith("own.md: matcher m: ") for problem in problems)


def test_a_broken_page_stops_the_sensor_with_one_clear_line() -> None:
    page = _page({"keywords": ["a"], "regex": "(a"})
    with pytest.raises(UsageError, match=r"own\.md: matcher m: missing \)"):
        SecretsSensor().configure(Settings(), RuleSet([page]))


def test_each_secret_of_a_block_is_judged_by_itself() -> None:
    from secloop.model.finding import Finding
    from stages.code.secrets.kit import source

    match = {
        "keywords": ["begin"],
        "regex": r"begin\n((?:tok.*\n)+)end",
        "each": r"(?m)^tok_([a-z0-9]{12})$",
        "allowlists": [{"stopwords": ["a1b2"]}],
    }
    sensor = SecretsSensor()
    sensor.configure(Settings(), RuleSet([_page(match)]))
    text = "tok_z7w2k9q4m1p8\nbegin\ntok_q7w2k9z4m1p8\ntok_short\ntok_a1b2k9z4m1p8\ntok_m7w2k9z4q1p8\nend\n"
    found = [one for one in sensor.scan(source(text, "a.txt")) if isinstance(one, Finding)]
    assert [(getattr(one.place, "line", 0), getattr(one.place, "column", 0)) for one in found] == [(3, 5), (6, 5)]


def test_allowlists_hold_by_secret_match_line_path_and_stopword() -> None:
    from secloop.model.finding import Finding
    from stages.code.secrets.kit import source

    base = {"keywords": ["tok"], "regex": "tok_([a-z0-9]{12})"}
    text = "x = tok_q7w2k9z4m1p8  # fine\n"

    def count(*allowlists: dict[str, Any]) -> int:
        sensor = SecretsSensor()
        sensor.configure(Settings(), RuleSet([_page({**base, "allowlists": list(allowlists)})]))
        return sum(isinstance(o, Finding) for o in sensor.scan(source(text)))

    assert count() == 1
    assert count({"regexes": ["^q7"]}) == 0
    assert count({"regexes": ["^tok_"]}) == 1
    assert count({"regexes": ["^tok_"], "regexTarget": "match"}) == 0
    assert count({"regexes": ["# fine"], "regexTarget": "line"}) == 0
    assert count({"stopwords": ["W2K9"]}) == 0
    assert count({"paths": [r"^app/"]}) == 0
    assert count({"paths": [r"^lib/"], "stopwords": ["w2k9"], "condition": "AND"}) == 1
    assert count({"paths": [r"^app/"], "stopwords": ["w2k9"], "condition": "AND"}) == 0
