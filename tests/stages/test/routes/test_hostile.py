"""Whatever a file holds, reading its routes costs bounded time and stack."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.test.routes.paths import angle, brace, bracket, colon, join, regex
from secloop.stages.test.routes.sensor import RoutesSensor

WORDS = (
    *("app", "router", "get", "route", "use", "register", "path", "include", "flask", "express", "gin", "GetMapping"),
    *("(", ")", "[", "]", "{", "}", ",", ".", "=", "=>", "@", "'/x'", "\n", "\n  ", "def ", "class ", "function "),
    *("import ", "from ", "func ", "return ", ":", ";", "urlpatterns", "*", "+", "net/http", "as_view"),
)  # fmt: skip


def scan(path: str, data: bytes) -> list[object]:
    """Return what the sensor says of a file, and of it as a whole tree."""
    seen = list(RoutesSensor().scan(SourceFile(FileMeta(path=path, size=len(data)), data)))
    return [*seen, *RoutesSensor().finish(seen, {})]


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.ts", "a.go", "A.java", "web.xml", "app/x/route.ts"])
@settings(max_examples=40, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), max_size=60), tail=st.binary(max_size=40))
def test_any_file_is_borne(path: str, words: list[str], tail: bytes) -> None:
    scan(path, "".join(words).encode() + tail)


@pytest.mark.parametrize(
    ("path", "text"),
    {
        "a.js": "const express = require('express'); const app = express(); app" + ".get('/x', f)" * 3_000,
        "b.js": "express;" + "(function(){" * 400 + "app.get('/x', f)" + "})()" * 400,
        "a.py": "import flask\nurlpatterns = " + "[" * 900 + "]" * 900,
        "a.go": 'package a\nimport "net/http"\nfunc f() { r' + '.Group("/a")' * 3_000 + " }",
    }.items(),
    ids=["chain", "nested functions", "nested lists", "groups"],
)
def test_depth_is_borne(path: str, text: str) -> None:
    scan(path, text.encode())


def test_a_cycle_of_mounts_ends() -> None:
    text = (
        "const express = require('express'); const a = express(), b = express();"
        "a.use('/b', b); b.use('/a', a); a.get('/x', f)"
    )
    routes = [one for one in scan("a.js", text.encode()) if type(one).__name__ == "Routes"]
    assert routes


@given(st.text(max_size=80))
def test_any_path_has_one_form(path: str) -> None:
    for form in (angle, brace, bracket, colon, regex):
        assert isinstance(form(path), str)
    assert join(path, "/x").endswith("/x")
