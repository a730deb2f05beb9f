"""Whatever a file holds, it costs bounded time and stack, and its neighbours are still looked at."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize("path", DEEP)
def test_deep_and_long_programs_are_borne(path: str) -> None:
    scan(path, DEEP[path].encode())
