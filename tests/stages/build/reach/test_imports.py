"""Imports by plain search: every way to write one, its line, and that nothing on any bytes breaks it."""

from __future__ import annotations

import ast
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.stages.build.reach import imports
from secloop.stages.build.reach.files import GO, JAVASCRIPT, PYTHON
from secloop.stages.build.reach.imports import imports_in


def modules(text: str, language: str) -> list[tuple[str, int]]:
    """Return what is imported, with lines."""
    return [(one.module, one.line) for one in imports_in(text.encode(), language)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import flask\n", ["flask"]),
        ("import flask", ["flask"]),
        ("import a.b.c as d, e  # f\n", ["a.b.c", "e"]),
        ("    from yaml.loader import Loader\n", ["yaml.loader"]),
        ("from yaml import (\n    load,\n)\n", ["yaml"]),
        ("from yaml import(load)\n", ["yaml"]),
        ("from yaml \\\n    import load\n", ["yaml"]),
        ("import a, \\\n    b, \\\n    c\n", ["a", "b", "c"]),
        ("import a; import b; from c import d\n", ["a", "b", "c"]),
        ("try: import lxml\nexcept ImportError: import xml2\n", ["lxml", "xml2"]),
        ("m = importlib.import_module('plug.in')\n", ["plug.in"]),
        ('m = __import__("old")\n', ["old"]),
        ("torch = pytest.importorskip('torch')\n", ["torch"]),
        ("m = import_string(\n    'a.b'\n)\n", ["a.b"]),
        ('   "import numpy as np\\n",\n   "from pandas import x"\n', ["numpy", "pandas"]),
        ("cimport cython\n", ["cython"]),
        ("from . import a\nfrom .b import c\nfrom .. import d\n", []),
        ("import os, sys\nfrom collections.abc import X\nfrom __future__ import annotations\n", []),
        ("# import flask\n", []),
        ("important = 1\nreimport(x)\n", []),
    ],
)
def test_python(text: str, names: list[str]) -> None:
    assert [name for name, _ in modules(text, PYTHON)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a from 'a'\n", ["a"]),
        ('import * as b from "@s/b/part"\n', ["@s/b/part"]),
        ("import 'side-effect'\n", ["side-effect"]),
        ("import {\n  x,\n} from 'many'\n", ["many"]),
        ("export * from 'again'\n", ["again"]),
        ("const a = require('a'), b = require( 'b/c' )\n", ["a", "b/c"]),
        ("import a = require('a')\n", ["a"]),
        ("const a = await import('dyn')\n", ["dyn"]),
        ("import(/* webpackChunkName: 'x' */ 'chunk')\n", ["chunk"]),
        ("require.resolve(`c`)\n", ["c"]),
        ("@use 'pkg/sass';\n@import '~boot/strap';\n", ["pkg/sass", "boot/strap"]),
        ("import a from './a'; import b from '../b'; import c from '/c'; import d from '#d'\n", []),
    ],
)
def test_javascript(text: str, names: list[str]) -> None:
    assert [name for name, _ in modules(text, JAVASCRIPT)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('import "fmt"\n', ["fmt"]),
        ('import y "gopkg.in/yaml.v3"\n', ["gopkg.in/yaml.v3"]),
        (
            'import (\n\t"a.b/c" // why)\n\n\t_ "d.e/f"\n\t. "g"\n\t// "no"\n)\nvar x = "not"\n',
            ["a.b/c", "d.e/f", "g"],
        ),
        ("import (\n\t`raw`\n)\n", ["raw"]),
        ('import ("one/line")\n', ["one/line"]),
        ('var important = "x"\n// import "y"\n', []),
    ],
)
def test_go(text: str, names: list[str]) -> None:
    assert [name for name, _ in modules(text, GO)] == names


def test_lines_are_those_of_the_statements_and_a_module_counts_once() -> None:
    text = "\n\nimport b\nimport os\ndef f():\n    import a\n    import b\n"
    assert modules(text, PYTHON) == [("b", 3), ("a", 6)]
    assert modules("x\n\nrequire('b')\nimport a from 'a'\n", JAVASCRIPT) == [("b", 3), ("a", 4)]


def test_a_file_of_endless_imports_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MOST", 10)
    assert len(imports_in(b"".join(b"import m%d\n" % n for n in range(100)), PYTHON)) == 10


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300), language=st.sampled_from([PYTHON, JAVASCRIPT, GO]))
def test_any_bytes_are_searched(data: bytes, language: str) -> None:
    for one in imports_in(b"import " + data + b"\nimport(" + data, language):
        assert one.module
        assert one.line >= 1


_NAME = st.from_regex(r"[a-z][a-z0-9]{0,4}(\.[a-z][a-z0-9]{0,4}){0,2}", fullmatch=True).filter(
    lambda name: name.partition(".")[0] not in sys.stdlib_module_names and name.partition(".")[0].isidentifier()
)
_LINES = st.sampled_from(
    ["import {}", "import {} as x", "from {} import y", "if x: import {}", "x = 1; from {} import *"]
)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(st.tuples(_LINES, _NAME), max_size=8))
def test_nothing_that_python_imports_is_missed(lines: list[tuple[str, str]]) -> None:
    text = "\n".join(form.format(name) for form, name in lines)
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a keyword as a name
        return
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name for name, _ in modules(text, PYTHON)} == imported
