"""What rules say is to be written in place of what they find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from secloop.model.finding import Finding
from secloop.rules import index
from secloop.rules.base import RuleSet
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.fixer import written
from secloop.stages.test.sast.fixes import foreign_fix, read_fix
from secloop.stages.test.sast.foreign import Foreign
from secloop.stages.test.sast.semgrep.formula import BadRuleError
from secloop.stages.test.sast.sensor import SastSensor

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.model.rule import Rule

LANGUAGE_ENDS = {"python": "py", "javascript": "js", "typescript": "ts", "java": "java", "go": "go"}


def sensor_with(pages: list[Rule]) -> SastSensor:
    """Return the sensor with these rules alone."""
    sensor = SastSensor()
    sensor.configure(Settings(), RuleSet(pages))
    return sensor


def found(sensor: SastSensor, path: str, data: bytes) -> list[Finding]:
    """Return the findings in one file."""
    seen = sensor.scan(SourceFile(FileMeta(path=path, size=len(data)), data))
    return [one for one in seen if isinstance(one, Finding)]


def fixed(sensor: SastSensor, path: str, text: str) -> str:
    """Return a file with all fixes made."""
    data = text.encode()
    edits = [edit for one in found(sensor, path, data) if one.fix is not None for edit in one.fix.edits]
    after = written(data, edits)
    assert after is not None
    return after.decode()


CASES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "a metavariable": ("python", {"pattern": "f($X)", "fix": "g($X)"}, "f(a + 1)\n", "g(a + 1)\n"),
    "many arguments": ("python", {"pattern": "f($...ARGS)", "fix": "g(0, $...ARGS)"}, "f(a, b=1)\n", "g(0, a, b=1)\n"),
    "the content of a string": ("python", {"pattern": 'f("$X")', "fix": 'g("x/$X")'}, "f('é')\n", 'g("x/é")\n'),
    "a line that goes on as deep": (
        "python",
        {"pattern": "f($X)", "fix": "if ok:\n    f2($X)\n"},
        "def m():\n    f(1)\n",
        "def m():\n    if ok:\n        f2(1)\n",
    ),
    "a part of the text": (
        "java",
        {"pattern": "$A.open(...)", "fix-regex": {"regex": "(open)\\((\\w+)", "replacement": "\\1(safe(\\2)"}},
        "class A { void m() { a.open(b, c); } }\n",
        "class A { void m() { a.open(safe(b), c); } }\n",
    ),
    "as often as asked": (
        "javascript",
        {"pattern": "f(...)", "fix-regex": {"regex": "a", "replacement": "b", "count": 1}},
        "f(a, a)\n",
        "f(b, a)\n",
    ),
    "the sink of data": (
        "python",
        {
            "mode": "taint",
            "pattern-sources": [{"pattern": "source()"}],
            "pattern-sinks": [{"pattern": "sink($X)"}],
            "fix": "sink(clean($X))",
        },
        "a = source()\nsink(a)\n",
        "a = source()\nsink(clean(a))\n",
    ),
    "nothing where a name stands for nothing": (
        "go",
        {"pattern": "f()", "fix": "g($X)"},
        "package a\nfunc m() { f() }\n",
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_foreign_rules_fix_is_made(name: str, tmp_path: Path) -> None:
    language, match, before, after = CASES[name]
    rule: dict[str, Any] = {"id": "r", "languages": [language], "severity": "ERROR", "message": "m", **match}
    file = tmp_path / "r.yaml"
    file.write_text(yaml.safe_dump({"rules": [rule]}), encoding="utf-8")
    read = Foreign([file])
    assert not read.problems
    sensor = sensor_with(read.pages)
    assert fixed(sensor, f"a.{LANGUAGE_ENDS[language]}", before) == (after or before)


@pytest.mark.parametrize(
    "given",
    [
        {"replace": "a", "regex": "b"},
        {},
        {"regex": "("},
        {"replace": "a", "count": -1},
        3,
        {"replace": "a", "other": 1},
    ],
    ids=str,
)
def test_a_fix_that_makes_no_sense_is_refused(given: object) -> None:
    with pytest.raises(BadRuleError):
        read_fix(given)


def test_a_foreign_fix_that_cannot_be_read_is_left_out() -> None:
    assert foreign_fix({"fix-regex": {"regex": "("}}) is None
    assert foreign_fix({"fix-regex": "text"}) is None


def test_nothing_is_written_into_a_file_that_is_no_utf8() -> None:
    sensor = sensor_with([page for page in index.builtin() if page.id == "weak-hash"])
    data = b"import hashlib\nhashlib.md5(b'\xff')\n"
    assert [one.fix for one in found(sensor, "a.py", data)] == [None]


FIXING = [
    (page.id, matcher.id)
    for page in index.builtin()
    if page.engine == "semgrep"
    for matcher in page.matchers
    if matcher.fix is not None
]


@pytest.mark.parametrize(("page_id", "matcher_id"), FIXING, ids=str)
def test_the_fix_of_a_rule_page_clears_cases_of_its_own(page_id: str, matcher_id: str) -> None:
    """Wherever the edit changes a bad case, the finding is gone from it; and it changes at least one."""
    page = next(page for page in index.builtin(prose=True) if page.id == page_id)
    sensor = sensor_with([page])
    changed = 0
    for case in page.cases:
        if case.bad and case.matcher == matcher_id:
            before = found(sensor, case.file, case.text.encode())
            fixable = [one for one in before if one.fix is not None]
            after = found(sensor, case.file, fixed(sensor, case.file, case.text).encode())
            assert len(after) == len(before) - len(fixable)
            changed += bool(fixable)
    assert changed
