"""What a parsed file imports for certain, and which members it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.stages.build.reach.uses import go, javascript, python
from secloop.syntax.parsing import parse

if TYPE_CHECKING:
    from secloop.stages.build.reach.uses.base import Uses


def of_python(text: str) -> Uses:
    """Return the uses of a Python file."""
    return python.uses(parse(text.encode(), "python"))


def of_javascript(text: str, language: str = "typescript") -> Uses:
    """Return the uses of a file of JavaScript or TypeScript."""
    return javascript.uses(parse(text.encode(), language))


def of_go(text: str) -> Uses:
    """Return the uses of a Go file."""
    return go.uses(parse(f"package m\n{text}".encode(), "go"))


def test_python_names_are_those_of_their_modules_whatever_they_are_called_here() -> None:
    uses = of_python("import yaml as y\nfrom jwt import decode as d\nimport a.b\ny.load(f)\nd(t)\na.b.c()\n")
    assert uses.imports == {"yaml": 1, "jwt": 2, "jwt.decode": 2, "a": 3, "a.b": 3}
    assert uses.members[("yaml", "load")] == 4
    assert uses.members[("jwt", "decode")] == 5
    assert uses.members[("a", "b.c")] == 6


def test_python_what_is_imported_and_not_named_is_no_use() -> None:
    assert of_python("from jwt import decode\n").members == {}


def test_python_imports_for_a_type_checker_stand_apart() -> None:
    uses = of_python("import typing\nif typing.TYPE_CHECKING:\n    import yaml\nif x:\n    import jwt\n")
    assert uses.typing == {"yaml": 3}
    assert set(uses.imports) == {"typing", "jwt"}


def test_python_an_import_in_a_string_is_none() -> None:
    assert of_python('"""\nimport yaml\n"""\nx = "import jwt"\n').imports == {}


def test_python_modules_imported_by_name_are_found() -> None:
    uses = of_python("import importlib\nimportlib.import_module('a.b')\nf('c')\n__import__(\"d\")\n")
    assert {"a.b", "d"} <= set(uses.imports)
    assert "c" not in uses.imports


def test_python_a_keyword_or_an_attribute_of_the_same_name_is_no_use() -> None:
    uses = of_python("from jwt import decode\nf(decode=1)\nx().decode()\n")
    assert uses.members == {}
    assert uses.methods["decode"] == 3


@pytest.mark.parametrize("language", ["javascript", "typescript", "tsx"])
def test_javascript_bindings_of_every_kind(language: str) -> None:
    text = """import def, {a as b} from 'p'
import * as ns from '@s/q'
const _ = require('lodash'), {c: d, e} = require('r')
const {w} = await import('dyn')
_.template('x'); ns.f?.(); b(); d(); w(); def.x.y()
require('z').q()
export * from 'ex'
"""
    uses = of_javascript(text, language)
    assert set(uses.imports) == {"p", "@s/q", "lodash", "r", "dyn", "z", "ex"}
    wanted = {("lodash", "template"), ("@s/q", "f"), ("p", "a"), ("r", "c"), ("dyn", "w"), ("p", "x.y"), ("z", "q")}
    assert wanted <= set(uses.members)
    assert ("r", "e") not in uses.members


def test_javascript_imports_of_types_leave_nothing_in_the_program() -> None:
    uses = of_javascript("import type T from 't'\nexport type {U} from 'u'\nimport x = require('x')\n")
    assert set(uses.typing) == {"t", "u"}
    assert set(uses.imports) == {"x"}


def test_javascript_an_import_in_a_string_or_comment_is_none() -> None:
    assert of_javascript("// require('a')\nconst s = \"require('b')\"\n").imports == {}


def test_go_selectors_and_types_of_packages() -> None:
    uses = of_go(
        'import (\n"net/http"\ny "gopkg.in/yaml.v3"\n"github.com/a/go-b/v2"\n)\n'
        "func f(w http.ResponseWriter) { y.Unmarshal(nil); b.Do().Run() }\n"
    )
    assert set(uses.imports) == {"net/http", "gopkg.in/yaml.v3", "github.com/a/go-b/v2"}
    assert set(uses.members) == {
        ("net/http", "ResponseWriter"),
        ("gopkg.in/yaml.v3", "Unmarshal"),
        ("github.com/a/go-b/v2", "Do"),
    }
    assert "Run" in uses.methods


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/b", "b"), ("a/b/v2", "b"), ("gopkg.in/yaml.v3", "yaml"), ("a/go-cmp", "cmp"), ("a/go-cmp/cmp", "cmp")],
)
def test_go_names_of_packages_are_guessed_from_their_paths(path: str, name: str) -> None:
    assert name in set(go.package_names(path))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200), start=st.sampled_from([b"import ", b"from a import ", b"require(", b"a.b.c("]))
def test_any_bytes_have_uses(data: bytes, start: bytes) -> None:
    for language, reader in (("python", python.uses), ("tsx", javascript.uses), ("go", go.uses)):
        uses = reader(parse(start + data, language))
        assert all(line >= 1 for line in (*uses.imports.values(), *uses.members.values()))
