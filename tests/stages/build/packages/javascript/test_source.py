"""Sources that import packages by address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.scan.base import FileMeta
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.packages.folder import neighbours, read_folder
from secloop.stages.build.packages.registry import extractor_for
from stages.build.reading import component, components, source


@pytest.mark.parametrize(
    ("address", "purl", "constraint"),
    [
        ("npm:left@1.0.0", "pkg:npm/left@1.0.0", ""),
        ("npm:left@^1/sub.js", "pkg:npm/left", "^1"),
        ("jsr:@std/path@1.0.8", "pkg:jsr/%40std/path@1.0.8", ""),
        ("https://esm.sh/left@1.0.0", "pkg:npm/left@1.0.0", ""),
        ("https://esm.sh/v135/*@scope/left@1.0.0/x.js?dev", "pkg:npm/%40scope/left@1.0.0", ""),
        ("https://unpkg.com/left@1.0.0/dist/left.js", "pkg:npm/left@1.0.0", ""),
        ("https://cdn.jsdelivr.net/npm/left@1/+esm", "pkg:npm/left", "1"),
        ("https://ga.jspm.io/npm:left@1.0.0/x.js", "pkg:npm/left@1.0.0", ""),
        ("https://cdn.skypack.dev/left", "pkg:npm/left", ""),
        ("https://deno.land/x/oak@v12.0.0/mod.ts", "pkg:generic/deno.land/x/oak@v12.0.0", ""),
        ("https://deno.land/std@0.200.0/path/mod.ts", "pkg:generic/deno.land/std@0.200.0", ""),
    ],
)
def test_an_address_names_a_package(address: str, purl: str, constraint: str) -> None:
    (found,) = components({"main.ts": f'// first\nimport {{ a }} from "{address}";\n'})
    assert (found.purl, found.constraint, found.line, found.direct) == (purl, constraint, 2, True)


@pytest.mark.parametrize(
    "address", ["./left.ts", "left", "node:fs", "https://example.org/left@1.0.0.js", "https://esm.sh/gh/a/b@1", "npm:"]
)
def test_other_imports_name_none(address: str) -> None:
    assert components({"main.ts": f'import a from "{address}";\n'}) == []


def test_dynamic_and_repeated_imports_are_one_and_comments_none() -> None:
    text = 'const a = await import(\n  "npm:a@1.0.0"\n);\nexport * from "npm:a@1.0.0";\n  // import "npm:b@1.0.0"\n'
    (found,) = components({"main.mjs": text})
    assert (found.name, found.line) == ("a", 2)


def test_imports_of_tests_are_of_tests() -> None:
    for path in ("main_test.ts", "tests/main.ts", "src/__tests__/a.spec.mjs"):
        assert component({path: 'import "npm:a@1.0.0";'}, "a").scope == "test"
    assert component({"main.ts": 'import "npm:a@1.0.0";'}, "a").scope == "runtime"


def test_below_a_lock_the_lock_is_the_place() -> None:
    files = {
        path: source(path, text) for path, text in {"src/a.ts": 'import "npm:a@1.0.0";', "deno.lock": "{}"}.items()
    }
    assert neighbours(["src/a.ts"], dict.fromkeys(files, b"")) == {"deno.lock"}
    assert list(read_folder(files, "src")) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('import a from "npm:a@1";', True),
        ("import a from 'https://esm.sh/a';", True),
        ('import a from "a"; const home = "https://example.org/a";', False),
        ("", False),
    ],
)
def test_only_sources_that_import_by_address_are_read(text: str, wanted: bool) -> None:
    meta = FileMeta(path="src/a.ts", size=len(text), head=text.encode())
    assert DependenciesSensor().wants(meta) is wanted


def test_installed_packages_are_not_looked_into() -> None:
    assert extractor_for("node_modules/a/mod.ts") is None


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    components({"a.ts": data})
    DependenciesSensor().wants(FileMeta(path="a.ts", size=len(data), head=data))


@given(st.text(alphabet="npm:jsr/@1.a\"' \nimportfrom(http", max_size=200))
def test_no_text_raises(text: str) -> None:
    components({"a.ts": text})
