"""Whatever a file holds, it costs bounded time and stack, and its neighbours are still looked at."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from secloop.rules import index
from secloop.rules.base import RuleSet
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.sensor import SastSensor

ENDS = {"python": "py", "javascript": "js", "typescript": "ts", "java": "java", "go": "go"}


@cache
def sensor() -> SastSensor:
    """Return the sensor with the built-in rules."""
    one = SastSensor()
    one.configure(Settings(), RuleSet(rule for rule in index.builtin() if rule.engine == "semgrep"))
    return one


def scan(path: str, data: bytes) -> list[object]:
    """Return what the sensor says of a file, and of it as a whole tree."""
    seen = list(sensor().scan(SourceFile(FileMeta(path=path, size=len(data)), data)))
    return [*seen, *sensor().finish(seen, {})]


@pytest.mark.parametrize("end", ENDS.values())
@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_borne(end: str, data: bytes) -> None:
    scan(f"a.{end}", data)


WORDS = (
    "def f(x): |\n    |return |x|=|(|)|[|]|{|}|if |else|:|;|'|\"|`|${|...|class A |function |=>|import |from |$X|\n|"
    "request.args|eval|async |func |switch |case "
)
PIECES = st.lists(st.sampled_from(WORDS.split("|")), max_size=60)


@pytest.mark.parametrize("end", ENDS.values())
@settings(max_examples=40, deadline=None)
@given(pieces=PIECES)
def test_broken_programs_are_borne(end: str, pieces: list[str]) -> None:
    scan(f"a.{end}", "".join(pieces).encode())


DEEP = {
    "parentheses.py": "x = " + "(" * 10_000 + "1" + ")" * 10_000 + "\n",
    "lists.py": "x = " + "[" * 3_000 + "]" * 3_000 + "\n",
    "calls.js": "f(" * 3_000 + ")" * 3_000 + ";\n",
    "sums.java": "class A { int f() { return " + "1 + " * 5_000 + "1; } }\n",
    "branches.py": "def f(x):\n    if x == 0:\n        a = 1\n"
    + "".join(f"    elif x == {i}:\n        a = {i}\n" for i in range(5_000)),
    "cases.go": "package a\nfunc f(x int) {\n\tswitch x {\n"
    + "".join(f"\tcase {i}:\n\t\tg({i})\n" for i in range(5_000))
    + "\t}\n}\n",
    "blocks.js": "{" * 3_000 + "}" * 3_000 + "\n",
    "chain.js": "a" + ".b()" * 3_000 + ";\n",
    "nested.java": "class A { void f() { " + "if (a) { " * 800 + "} " * 800 + "} }\n",
}


PARENTHESES, CASES, LINES = 10_000, 5_000, 50_000
WIDE = {
    "py": (
        "x = {}\n",
        "match x:\n{}",
        "    case {0}:\n        y = {0}\n",
        "{}",
        "x{0} = {0}\n",
    ),
    "js": ("x = {};\n", "switch (x) {{\n{}}}\n", "  case {0}: y = {0}; break;\n", "{}", "let x{0} = {0};\n"),
    "ts": ("x = {};\n", "switch (x) {{\n{}}}\n", "  case {0}: y = {0}; break;\n", "{}", "let x{0}: number = {0};\n"),
    "java": (
        "class A {{ int x = {}; }}\n",
        "class A {{ void f(int x) {{ switch (x) {{\n{}}} }} }}\n",
        "case {0}: y = {0}; break;\n",
        "class A {{\n{}}}\n",
        "int x{0} = {0};\n",
    ),
    "go": (
        "package a\nvar x = {}\n",
        "package a\nfunc f(x int) {{\nswitch x {{\n{}}}\n}}\n",
        "case {0}:\n\ty = {0}\n",
        "package a\n{}",
        "var x{0} = {0}\n",
    ),
}
"""By the end of files' names: parentheses, a switch, one of its cases, a long file, one of its lines."""


@pytest.mark.parametrize("end", WIDE)
def test_ten_thousand_parentheses_are_borne(end: str) -> None:
    scan(f"a.{end}", WIDE[end][0].format("(" * PARENTHESES + "1" + ")" * PARENTHESES).encode())


@pytest.mark.parametrize("end", WIDE)
def test_five_thousand_cases_are_borne(end: str) -> None:
    cases = "".join(WIDE[end][2].format(i) for i in range(CASES))
    seen = scan(f"a.{end}", WIDE[end][1].format(cases).encode())
    assert not any(isinstance(one, Partial) for one in seen)


@pytest.mark.parametrize("end", WIDE)
def test_fifty_thousand_lines_are_analysed_to_the_end(end: str) -> None:
    lines = "".join(WIDE[end][4].format(i) for i in range(LINES))
    seen = scan(f"a.{end}", WIDE[end][3].format(lines).encode())
    assert not any(isinstance(one, Partial | Skipped) for one in seen)


@pytest.mark.parametrize("path", DEEP)
def test_deep_and_long_programs_are_borne(path: str) -> None:
    scan(path, DEEP[path].encode())
