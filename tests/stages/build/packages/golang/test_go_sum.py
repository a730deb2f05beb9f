"""`go.sum`, beside `go.mod` and alone, and `vendor/modules.txt`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from secloop.stages.build.packages.folder import neighbours, read_folder
from stages.build.reading import component, components, gaps, pins, source

HASH = "h1:" + "A" * 43 + "="
SUM = f"""example.com/a v1.0.0 {HASH}
example.com/a v1.0.0/go.mod {HASH}
example.com/b v1.1.0 {HASH}
example.com/b v1.1.0/go.mod {HASH}
example.com/b v1.2.0/go.mod {HASH}
example.com/c v2.0.0+incompatible/go.mod {HASH}
"""
MODULES = """# example.com/a v1.0.0
## explicit; go 1.20
example.com/a/x
example.com/a/y
# example.com/b v1.0.0 => example.com/fork v1.1.0
## implicit; go 1.20
example.com/b
# example.com/local v1.0.0 => ./local
## explicit
example.com/local
# example.com/nothing v1.0.0
## explicit
"""


def test_alone_it_names_the_last_version_and_what_is_built() -> None:
    found = {c.name: (c.version, c.scope, c.line) for c in components({"go.sum": SUM})}
    assert found == {
        "example.com/a": ("v1.0.0", "runtime", 1),
        "example.com/b": ("v1.2.0", "optional", 5),
        "example.com/c": ("v2.0.0+incompatible", "optional", 6),
    }


@pytest.mark.parametrize(("go", "names"), [("1.16", {"example.com/a", "example.com/x"}), ("1.17", {"example.com/x"})])
def test_beside_an_old_go_mod_it_adds_what_is_built(go: str, names: set[str]) -> None:
    files = {"go.mod": f"module m\n\ngo {go}\n\nrequire example.com/x v1.0.0\n", "go.sum": SUM}
    assert set(pins(files)) - {"stdlib"} == names
    assert all(not c.direct for c in components(files) if c.name == "example.com/a")


def test_what_is_no_sum_is_skipped() -> None:
    (gap,) = gaps({"go.sum": "something else\n"})
    assert isinstance(gap, Skipped)


def test_vendored_modules_are_those_with_packages() -> None:
    found = {c.name: (c.version, c.direct, c.line) for c in components({"vendor/modules.txt": MODULES})}
    assert found == {"example.com/a": ("v1.0.0", True, 1), "example.com/fork": ("v1.1.0", False, 5)}


def test_vendored_modules_yield_to_the_go_mod_above() -> None:
    files = {"vendor/modules.txt": MODULES, "go.mod": "module m\n"}
    assert neighbours(["vendor/modules.txt"], {path: text.encode() for path, text in files.items()}) == {"go.mod"}
    assert list(read_folder({path: source(path, text) for path, text in files.items()}, "vendor")) == []


def test_versions_keep_their_v() -> None:
    assert component({"vendor/modules.txt": MODULES}, "example.com/a").purl == "pkg:golang/example.com/a@v1.0.0"


@given(st.binary(max_size=200), st.sampled_from(["go.sum", "vendor/modules.txt"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
