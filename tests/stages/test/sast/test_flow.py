"""Taint is followed through values, branches, collections, functions and files; what is clean is not reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from secloop.model.facts import Flows
from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.base import RuleSet
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.foreign import pattern_page
from secloop.stages.test.sast.sensor import SastSensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.model.finding import Observation

RULE: dict[str, object] = {
    "mode": "taint",
    "pattern-sources": [{"pattern": "source()"}],
    "pattern-sanitizers": [{"pattern": "clean(...)"}],
    "pattern-sinks": [{"patterns": [{"pattern": "sink($X)"}, {"focus-metavariable": "$X"}]}],
}


def found(
    files: dict[str, str], language: str = "python", match: Mapping[str, object] | None = None
) -> list[tuple[str, int]]:
    """Return where the rule finds something in a few files, as (file, line)."""
    page = pattern_page("x()", [language])
    matcher = msgspec.structs.replace(page.matchers[0], match=match or RULE)
    sensor = SastSensor()
    sensor.configure(Settings(), RuleSet([msgspec.structs.replace(page, matchers=(matcher,))]))
    out: list[Observation] = []
    facts: list[Observation] = []
    for path, text in files.items():
        data = text.encode()
        for seen in sensor.scan(SourceFile(FileMeta(path=path, size=len(data)), data)):
            (facts if isinstance(seen, Flows) else out).append(seen)
    out += list(sensor.finish(facts, {}))
    return sorted(
        (one.place.file, one.place.line) for one in out if isinstance(one, Finding) and isinstance(one.place, CodeSpan)
    )


TAINTED = {
    "a variable": "x = source()\nsink(x)\n",
    "a concatenation": "x = 'a' + source()\nsink(x)\n",
    "an interpolation": "x = f'a{source()}'\nsink(x)\n",
    "an item of a dictionary": "d = {}\nd['a'] = 'b'\nd['c'] = source()\nsink(d['c'])\n",
    "an item of a list": "l = ['a']\nl.append(source())\nl.pop(0)\nsink(l[0])\n",
    "a branch that is taken": "x = 'a'\nif 7 * 6 > 40:\n    x = source()\nsink(x)\n",
    "one of two branches": "def f(c):\n    x = 'a'\n    if c:\n        x = source()\n    sink(x)\n",
    "a loop that is left": (
        "def f(l):\n    x = 'a'\n    for i in l:\n        if i:\n"
        "            x = source()\n            break\n    sink(x)\n"
    ),
    "an exception": "def f():\n    x = source()\n    try:\n        g()\n    except E:\n        sink(x)\n",
    "a function": "def f(x):\n    return x + 'a'\n\nsink(f(source()))\n",
    "a method": (
        "class A:\n    def f(self, x):\n        return self.g(x)\n\n    def g(self, x):\n        return x\n\n"
        "def h(a: A):\n    sink(a.f(source()))\n"
    ),
    "a sink in a function": "def f(x):\n    sink(x)\n\nf(source())\n",
    "a closure": "def f():\n    x = source()\n    def g():\n        sink(x)\n    g()\n",
    "an unknown function": "import lib\nsink(lib.f(source()))\n",
    "a comprehension": "sink([x for x in source()])\n",
    "a method that is only called exit": "x = source()\nspan.exit()\nsink(x)\n",
    "a conditional expression": "sink('a' if c else source())\n",
}
CLEAN = {
    "a constant": "x = source()\nx = 'a'\nsink(x)\n",
    "another item of a dictionary": "d = {}\nd['a'] = 'b'\nd['c'] = source()\nsink(d['a'])\n",
    "another item of a list": "l = ['a', source()]\nl.pop()\nsink(l[0])\n",
    "a branch that is not taken": "x = 'a'\nif 7 * 6 < 40:\n    x = source()\nsink(x)\n",
    "the case that is taken": (
        "match 'abc'[1]:\n    case 'a':\n        x = source()\n    case 'b':\n        x = 'c'\nsink(x)\n"
    ),
    "a sanitiser": "sink(clean(source()))\n",
    "a function that returns a constant": "def f(x):\n    return 'a'\n\nsink(f(source()))\n",
    "a function that cleans": "def f(x):\n    return clean(x)\n\nsink(f(source()))\n",
    "a check that ends the program": "x = source()\nif not x.isdigit():\n    sys.exit(1)\nsink(x)\n",
    "a comparison": "sink(source() == 'a')\n",
    "a number of it": "sink(int(source()))\n",
}


@pytest.mark.parametrize("name", TAINTED)
def test_taint_passes_through(name: str) -> None:
    model = {**RULE, "pattern-sanitizers": [{"pattern": "clean(...)"}]}
    assert len(found({"a.py": TAINTED[name]}, match=model)) == 1


@pytest.mark.parametrize("name", CLEAN)
def test_no_taint_is_left_by(name: str) -> None:
    model = {**RULE, "pattern-sanitizers": [{"pattern": "clean(...)"}, {"model": "any"}]}
    assert found({"a.py": CLEAN[name]}, match=model) == []


def test_a_check_that_leaves_the_function_cleans() -> None:
    model = {**RULE, "pattern-sanitizers": [{"model": "any"}]}
    code = "def f():\n    x = source()\n    if x not in ['a', 'b']:\n        return\n    sink(x)\n"
    assert found({"a.py": code}, match=model) == []
    assert found({"a.py": code.replace("not in", "in")}, match=model) != []


def test_a_helper_in_another_file_passes_taint_on_or_does_not() -> None:
    helper = "def same(x):\n    return x\n\ndef fixed(x):\n    return 'a'\n\ndef read():\n    return source()\n"
    code = "from app.helper import same, fixed, read\nsink(same(source()))\nsink(fixed(source()))\nsink(read())\n"
    assert found({"app/helper.py": helper, "app/main.py": code}) == [("app/main.py", 2), ("app/main.py", 4)]


def test_a_sink_in_another_file_is_found_there() -> None:
    helper = "def run(a, x):\n    sink(x)\n"
    code = "from app.helper import run\nrun(1, source())\nrun(source(), 1)\n"
    assert found({"app/helper.py": helper, "app/main.py": code}) == [("app/helper.py", 2)]


def test_a_sanitiser_in_another_file_cleans() -> None:
    helper = "def tidy(x):\n    return clean(x)\n"
    code = "from app.helper import tidy\nsink(tidy(source()))\n"
    assert found({"app/helper.py": helper, "app/main.py": code}) == []


def test_labels_must_be_those_that_the_sink_requires() -> None:
    match = {
        "mode": "taint",
        "pattern-sources": [{"pattern": "a()", "label": "A"}, {"pattern": "b()", "label": "B"}],
        "pattern-sinks": [
            {"requires": "A and not B", "patterns": [{"pattern": "sink($X)"}, {"focus-metavariable": "$X"}]}
        ],
    }
    assert found({"a.py": "sink(a())\nsink(b())\nsink(a() + b())\n"}, match=match) == [("a.py", 1)]


def test_a_propagator_carries_taint_between_variables() -> None:
    match = {**RULE, "pattern-propagators": [{"pattern": "copy($FROM, $TO)", "from": "$FROM", "to": "$TO"}]}
    code = "x = source()\ny = 'a'\ncopy(x, y)\nsink(y)\n"
    assert found({"a.py": code}, match=match) == [("a.py", 4)]
    assert found({"a.py": code}) == []


@pytest.mark.parametrize(
    ("language", "path", "code"),
    [
        ("javascript", "a.js", "function f(x) {\n  return `a${x}`;\n}\nconst { y } = source();\nsink(f(y));\n"),
        ("typescript", "a.ts", "const f = (x: string): string => x;\nsink(f(source()));\n"),
        (
            "java",
            "A.java",
            "class A {\n String f(String x) { return x; }\n void g() {\n  String y = f(source());\n  sink(y);\n }\n}\n",
        ),
        (
            "go",
            "a.go",
            "package a\n\nfunc f(x string) string { return x }\n\nfunc g() {\n\ty := f(source())\n\tsink(y)\n}\n",
        ),
    ],
    ids=["javascript", "typescript", "java", "go"],
)
def test_taint_is_followed_in(language: str, path: str, code: str) -> None:
    assert len(found({path: code}, language)) == 1


def test_the_way_of_taint_is_told() -> None:
    page = pattern_page("x()", ["python"])
    matcher = msgspec.structs.replace(page.matchers[0], match=RULE)
    sensor = SastSensor()
    sensor.configure(Settings(), RuleSet([msgspec.structs.replace(page, matchers=(matcher,))]))
    data = b"def f():\n    x = source()\n    y = lib(x)\n    sink(y)\n"
    (one,) = [o for o in sensor.scan(SourceFile(FileMeta(path="a.py", size=len(data)), data)) if isinstance(o, Finding)]
    assert [step.line for step in one.flow] == [2, 3, 4]
    assert one.identity[1] == "f"
