"""Page tests: what they accept, and every way in which a page can fail them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secloop.loop.pagetests import PageResult, run_page
from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.errors import UsageError
from secloop.model.finding import Finding
from secloop.model.places import CodeSpan, ResourceAddress
from secloop.rules import registry
from secloop.rules.pages import parse_page
from secloop.scan.base import SensorInfo, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.model.rule import Rule
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings

HEAD = """\
---
{{id: bad-word, title: Bad word, stage: code, kind: weakness, engine: words, since: 0.1.0, state: stable,
 severity: low, confidence: high, cwe: [1], matchers: [{matchers}]}}
---
## What it finds
Words.
## Why it matters
They hurt.
## How to fix
Think.
## Examples
"""
ONE = "{id: one, match: foo}"


class Words:
    """A sensor, and an engine, whose matchers are words: each line that holds the word is a finding."""

    name = "words"
    info = SensorInfo(name="words", version="1", stage=Stage.CODE, kinds=(Kind.WEAKNESS,))

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def validate(self, rule: Rule) -> list[str]:
        return [f"{matcher.id} is no word" for matcher in rule.matchers if not isinstance(matcher.match, str)]

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        del settings
        self.words = {rule.rule_id(matcher): matcher.match for rule, matcher in rules.matchers()}
        return rules.digest

    def wants(self, file: FileMeta) -> bool:
        del file
        return True

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:
        del files
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        assert isinstance(unit, SourceFile)
        if "crash" in unit.text:
            raise ValueError("crash")
        for number, line in enumerate(unit.text.splitlines(), 1):
            for rule, word in self.words.items():
                if word in line:
                    yield self._finding(rule, unit.path, number, line)

    def _finding(self, rule: str, file: str, number: int, line: str) -> Finding:
        code = CodeSpan(file=file, line=number, end_line=number)
        resource = ResourceAddress(address=line.rsplit(maxsplit=1)[-1], file=file, line=number)
        return Finding(
            kind=Kind.WEAKNESS,
            stage=Stage.CODE,
            rule=rule,
            title="t",
            message="m",
            severity=Severity.LOW,
            confidence=Confidence.HIGH,
            place=resource if file.endswith(".tf") else code,
            identity=("bad-word", str(number)),
        )

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:
        del facts, known
        return ()


@pytest.fixture(autouse=True)
def words_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the engine `words`."""
    monkeypatch.setattr(registry, "engine", lambda _: Words())


def result(cases: str, matchers: str = ONE) -> PageResult:
    """Return how a page with these matchers and fences ends; `~` stands for a fence's ticks."""
    text = HEAD.format(matchers=matchers) + cases.replace("~", "```")
    return run_page(parse_page(text, "rules/bad-word.md"), [Words()])


def failures(cases: str, matchers: str = ONE) -> list[str]:
    """Return what fails, without the page's name, lines and complaints about too few cases."""
    lines = [line.partition(" ")[2] for line in result(cases, matchers).lines()]
    return [line for line in lines if "cases, needs" not in line]


FULL = (
    "~text bad=one\nfoo # <- here\n~\n~text bad=one\n\nfoo # <- here\nx\nfoo # <- here\n~\n"
    "~text good=one\nfo\n~\n~text good\nx\n~\n"
)


def test_a_page_whose_cases_are_as_they_say_passes() -> None:
    page = result(FULL)
    assert page.passed
    assert page.lines() == ()
    assert [(case.bad, case.found) for case in page.cases] == [
        (True, (("case.txt", 1),)),
        (True, (("case.txt", 2), ("case.txt", 4))),
        (False, ()),
        (False, ()),
    ]


def test_a_failure_names_the_page_and_the_line_of_the_case() -> None:
    page = result(FULL.replace("~text good\nx", "~text good\nfoo"))
    assert not page.passed
    assert page.lines() == ("rules/bad-word.md:24: case.txt line 1 is found, though good",)


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ("~text bad=one\nfoo # <- here\nbar # <- here\n~\n", ["case.txt line 2 is bad, but not found"]),
        ("~text bad=one\nfoo # <- here\nfoo\n~\n", ["case.txt line 2 is found, but not marked"]),
        ("~text bad=one\nbar\n~\n", ["nothing is found in this bad case"]),
        ("~text bad=one\nfoo\nfoo\n~\n", []),
        ("~text bad=one lines=2\n\nfoo\n~\n", []),
        ("~text good=one\nx\nfoo\n~\n", ["case.txt line 2 is found, though good"]),
        ("~hcl bad=one at=a.b\nfoo a.b\n~\n", []),
        ("~hcl bad=one at=a.b\nfoo a.c\n~\n", ["a.b is bad, but not found", "a.c is found, but not named in at="]),
        ("~text bad=one group=g\nx\n~\n~text file=b/c.txt group=g\nfoo # <- here\n~\n", []),
        (
            "~text bad=one group=g\nfoo # <- here\n~\n~text file=b.txt group=g\nfoo\n~\n",
            ["b.txt line 1 is found, but not marked"],
        ),
        ("~env good\n# .env is scanned too\nfoo\n~\n", [".env line 2 is found, though good"]),
    ],
)
def test_a_case_fails_with_what_was_missed_or_found_in_excess(cases: str, expected: list[str]) -> None:
    assert failures(cases) == expected


def test_a_case_that_could_not_be_analysed_fails() -> None:
    (problem,) = failures("~text good\ncrash\n~\n")
    assert problem.startswith("case.txt was not analysed")


def test_generators_are_expanded_before_the_scan() -> None:
    assert failures("~text bad=one\nfoo {{hex:4}}\n~\n", "{id: one, match: '{{hex'}") == [
        "nothing is found in this bad case"
    ]


def test_a_matcher_without_cases_enough_fails_the_page() -> None:
    assert result("~text bad=one\nfoo\n~\n").problems == (
        "bad-word has 1 bad cases, needs 2: add bad=one",
        "bad-word has 0 near-miss good cases, needs 2: add good=one",
    )


def test_a_good_case_of_one_matcher_may_be_found_by_another() -> None:
    two = "{id: one, match: foo}, {id: two, match: bar}"
    assert failures("~text good=one\nbar\n~\n~text bad=two\nbar # <- here\n~\n~text bad=one\nfoo\n~\n", two) == []


def test_two_matchers_that_fire_on_the_same_cases_fail_the_page() -> None:
    two = "{id: one, match: foo}, {id: two, match: bar}"
    problems = failures("~text bad=one\nfoo # <- here\nbar\n~\n~text bad=two\nfoo\nbar # <- here\n~\n", two)
    assert problems == ["one and two fire on the same cases: merge them or add a case for one only"]


def test_a_matcher_whose_cases_the_others_find_is_not_needed() -> None:
    two = "{id: wide, match: foo}, {id: narrow, match: foobar}"
    problems = failures("~text bad=wide\nfoo # <- here\n~\n~text bad=narrow\nfoobar # <- here\n~\n", two)
    assert problems == ["narrow is not needed: without it the others find all its cases"]


def test_a_matcher_the_engine_rejects_is_told_and_no_case_runs() -> None:
    page = result(FULL, "{id: one, match: [1]}")
    assert page.lines() == ("rules/bad-word.md:1: one is no word",)
    assert page.cases == ()


def test_a_kind_that_no_sensor_reports_is_told() -> None:
    text = HEAD.format(matchers=ONE).replace("kind: weakness", "kind: threat")
    with pytest.raises(UsageError, match=r"bad-word.md:1: no sensor reports the kind threat"):
        run_page(parse_page(text, "rules/bad-word.md"), [Words()])
